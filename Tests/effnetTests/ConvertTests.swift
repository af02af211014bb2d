import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet convert")
struct ConvertTests {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func sameTensors(
    _ a: Weights, _ b: Weights, except names: Set<String> = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(a.names == b.names, sourceLocation: sourceLocation)
    for name in a.names where !names.contains(name) {
      #expect(
        a.tensors[name]?.shape == b.tensors[name]?.shape
          && a.tensors[name]?.elements == b.tensors[name]?.elements, "\(name)",
        sourceLocation: sourceLocation)
    }
  }

  @Test("converting our own file keeps every byte")
  func identity() throws {
    let input = try bench.described(.tiny("tiny-fused"))
    let output = bench.path("copy.safetensors")
    let text = try bench.effnet("convert", input, output).standardOutput
    #expect(text.hasPrefix("\(output): tiny-fused, "))
    #expect(text.hasSuffix(" parameters, 9 classes, input 35×35×3\n"))
    #expect(try Data(contentsOf: URL(filePath: output)) == Data(contentsOf: URL(filePath: input)))
  }

  @Test("another program's file becomes one of ours, and JSON describes it")
  func foreign() throws {
    let architecture = try Architecture.small("torchvision/mnasnet0_5", classes: 3)
    let input = try bench.foreign(architecture, naming: .torchvisionMnasNet)
    let output = bench.path("mine.safetensors")
    struct Result: Decodable {
      let input, output, model: String
      let parameters, classes, resolution, channels: Int
    }
    let result = try bench.json(Result.self, "convert", input, output, "--json")
    #expect(result.input == input && result.output == output)
    #expect(result.model == "torchvision/mnasnet0_5")
    #expect(result.parameters == Graph(architecture).parameterCount)
    #expect((result.classes, result.resolution, result.channels) == (3, 224, 3))
    let model = try Model(contentsOf: output)
    #expect(model.description.architecture == architecture)
    #expect(model.description.provenance == input)
    #expect(model.description.classes == ClassLabel.numbered(3))
    #expect(
      model.description.preprocessing == (try PublishedNetwork(named: result.model)).preprocessing)
  }

  @Test(".npz and plain safetensors hold the tensors under timm's names")
  func plain() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let input = try bench.described(architecture)
    let expected = try Weights(safetensors: input)
    try bench.effnet("convert", input, bench.path("w.npz"))
    sameTensors(try Weights(npz: bench.path("w.npz")), expected)
    let named = bench.path("timm.safetensors")
    try bench.effnet("convert", input, named, "--naming", "timm")
    let timm = try Weights(safetensors: named)
    sameTensors(timm, expected)
    // The file describes its network, which is no published one.
    #expect(Set(timm.metadata.keys) == ["format", Model.metadataKey])
    #expect(try Model(contentsOf: named).description == Model(contentsOf: input).description)
    let noted = try bench.effnet("convert", input, named, "--naming", "timm").standardError
    #expect(
      noted == "note: effnet knows no name of this network in timm, so there is no line of Python "
        + "that loads \(named)\n")
    let inspected = try bench.effnet("inspect", named).standardOutput
    #expect(inspected.contains("describes itself: tiny-silu"), "\(inspected)")
    // Converts back with the network's name.
    let back = bench.path("back.safetensors")
    try bench.effnet("convert", bench.path("w.npz"), back, "--model", bench.network(architecture))
    let model = try Model(contentsOf: back)
    #expect(model.description.architecture == architecture)
    sameTensors(model.weights, expected)
  }

  @Test("an int8 file stays as it is; so does an ONNX file; others get floats, with a note")
  func int8() throws {
    let input = bench.path("int8.safetensors")
    let model = try Formula.int8Model(.tiny("tiny-silu"))
    try model.write(to: input)
    let copy = bench.path("copy.safetensors")
    #expect(try bench.effnet("convert", input, copy).standardError.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: copy)) == Data(contentsOf: URL(filePath: input)))
    func expectFloats(_ name: String, _ options: String...) throws {
      let output = bench.path(name)
      let result = try bench.run(["convert", input, output] + options)
      let note = "the weights of \(input) were rounded to int8; \(output) has floats"
      #expect(
        result.status == 0 && result.standardError.contains(note), "\(result.standardError)")
      guard name != "w.onnx" else { return }
      let weights = try Weights(weightFile: output)
      #expect(weights.tensors.values.allSatisfy { $0.scales == nil })
      let tensor = "conv_head.weight"
      #expect(weights.tensors[tensor]?.elements == model.weights.tensors[tensor]?.elements)
    }
    let onnx = bench.path("int8.onnx")
    #expect(try bench.effnet("convert", input, onnx, "--for", "openvino").standardError.isEmpty)
    #expect(
      try ONNXSummary(onnx: onnx).initializers.contains {
        $0.name == "conv_head.weight" && $0.type == "int8"
      })
    let back = bench.path("back.safetensors")
    try bench.effnet("convert", onnx, back)
    #expect(try Model(contentsOf: back).description == model.description)
    let both = try bench.run(
      ["convert", input, bench.path("w.onnx"), "--for", "openvino", "--no-fold"])
    #expect(both.status == 2 && both.standardError.contains("--for needs an int8 network"))
    try expectFloats("w.onnx", "--no-fold")
    try expectFloats("w.npz")
    try expectFloats("timm.safetensors", "--naming", "timm")
    try expectFloats("classes.safetensors", "--classes", "3")
    let larger = bench.path("larger.safetensors")
    let note = try bench.effnet("convert", input, larger, "--resolution", "40").standardError
    #expect(
      note.contains("\(input) is rounded to int8 for 33 pixels; at 40 the network has floats"))
    #expect(try Model(contentsOf: larger).description.quantization == nil)
  }

  @Test("a note says how to name the network of an output that does not describe it")
  func undescribed() throws {
    let narrow = bench.path("narrow.safetensors")
    try bench.effnet(
      "convert", "b0", narrow, "--from-scratch", "--width", "0.25", "--resolution", "32")
    let timm = try bench.effnet("convert", narrow, bench.path("n.npz"), "--naming", "timm")
    #expect(
      timm.standardError.contains("/n.npz --model b0 --width 0.25 --resolution 32"), "\(timm)")
    #expect(
      timm.standardError.contains("n.npz does not describe its network; use it with --weights "))
    // timm has no network of this width.
    #expect(!timm.standardError.contains("load it with"))
    #expect(timm.standardError.contains("effnet knows no name of this network in timm, so there "))
    // The names give this preprocessing and these classes.
    #expect(!timm.standardError.contains("does not keep"))
    let own = try bench.described(.tiny("tiny-silu"))
    let note = try bench.effnet("convert", own, bench.path("own.npz")).standardError
    #expect(note.contains("/own.npz --model FILE.json, the output of: effnet models "), "\(note)")
    // The error for the file alone says the same.
    try bench.expectFailure(
      ["benchmark", "--model", bench.path("own.npz")], status: 1,
      "--model takes the JSON of 'effnet models RUN --json', --weights this file")
    let described = try bench.effnet("convert", own, bench.path("own.safetensors"))
    #expect(!described.standardError.contains("does not describe"))
  }

  @Test("a note says that an output does not keep the preprocessing")
  func preprocessingLost() throws {
    var description = try PublishedNetwork(named: "lite0").description(width: 0.25, provenance: "")
      .at(resolution: 32)
    description.preprocessing = description.preprocessing.withCropShare(1)
    let whole = bench.path("whole.safetensors")
    try Model(untrained: description, classes: description.classes, seed: 1).write(to: whole)
    let note = try bench.effnet("convert", whole, bench.path("whole.npz")).standardError
    #expect(
      note.contains(
        "/whole.npz --model lite0 --width 0.25 --resolution 32\n"), "\(note)")
    #expect(
      note.contains(
        "whole.npz does not keep the preprocessing: photos are resized to 32, cropped to 32, bicubic, "
          + "mean 127.0, deviation 128.0; by the name they are resized to 37, cropped to 32, "),
      "\(note)")
    #expect(note.contains("; give it again with --crop 1\n"), "\(note)")
    #expect(note.contains("a .safetensors file with --naming ours keeps everything\n"), "\(note)")
    let back = bench.path("back.safetensors")
    try bench.effnet(
      "convert", bench.path("whole.npz"), back, "--model", "lite0", "--width", "0.25",
      "--resolution", "32", "--crop", "1")
    #expect(
      try Model(contentsOf: back).description.preprocessing == description.preprocessing)
  }

  @Test(
    "a note has the line of Python that loads an output in the program of its names",
    arguments: [
      (
        "lite0", "timm", "l.safetensors",
        "timm.create_model('tf_efficientnet_lite0', num_classes=12, checkpoint_path='PATH')"
      ),
      (
        "lite0", "timm", "l.npz",
        "model = timm.create_model('tf_efficientnet_lite0', num_classes=12); model.load_state_dict("
          + "{name: torch.tensor(values) for name, values in numpy.load('PATH').items()})"
      ),
      (
        "timm/efficientnet_lite0", "timm", "l.safetensors",
        "timm.create_model('efficientnet_lite0', num_classes=12, checkpoint_path='PATH')"
      ),
      (
        "mnasnet-b1", "torchvision", "m.safetensors",
        "model = torchvision.models.get_model('mnasnet1_0', num_classes=12); "
          + "model.load_state_dict(safetensors.torch.load_file('PATH'))"
      ),
    ])
  func python(input: String, naming: String, file: String, line: String) throws {
    let output = bench.path(file)
    let result = try bench.effnet(
      "convert", input, output, "--from-scratch", "--classes", "12", "--naming", naming)
    let words = line.replacing("PATH", with: output)
    #expect(
      result.standardError.contains("note: in \(naming), load it with: \(words)\n"),
      "\(result.standardError)")
  }

  @Test("--naming torchvision writes torchvision's names, with a note if padding differs")
  func torchvision() throws {
    for name in ["tiny-silu", "tiny-relu6"] {
      var architecture = try Architecture.tiny(name)
      architecture.inputChannels = 3
      // torchvision's networks of this kind have only filters of 3×3.
      if name == "tiny-relu6" {
        for index in architecture.stages.indices { architecture.stages[index].kernel = 3 }
      }
      let input = try bench.described(architecture)
      for file in ["tv.safetensors", "tv.npz"] {
        let output = bench.path(file)
        let result = try CommandLineTool.effnet("convert", input, output, "--naming", "torchvision")
        #expect(result.status == 0)
        #expect(
          result.standardError.hasPrefix("note: torchvision pads symmetrically")
            == (architecture.padding == .same))
        let weights = try Weights(weightFile: output)
        #expect(weights.tensors["features.0.0.weight"] != nil)
        #expect(NameMap.detected(in: weights) == NameMap.torchvision(for: architecture))
        let map = try #require(NameMap.torchvision(for: architecture))
        sameTensors(
          try map.canonical(weights, for: architecture), Formula.weights(of: architecture))
      }
    }
    let article = try bench.described(.tiny("tiny-article"))
    try bench.expectFailure(
      ["convert", article, bench.path("tv.safetensors.no.safetensors"), "--naming", "torchvision"],
      status: 1, article, "is tiny-article, a network that torchvision does not have",
      "--naming timm")
  }

  @Test("ONNX files are written for fixed and free batches")
  func onnx() throws {
    let input = try bench.described(.tiny("tiny-silu"))
    var sizes: Set<Int> = []
    for options in [[], ["--batch", "3"], ["--no-fold"], ["--opset", "17"]] {
      let output = bench.path("net.onnx")
      let result = try CommandLineTool.effnet(arguments: ["convert", input, output] + options)
      #expect(result.status == 0 && result.standardError.isEmpty, "\(result.standardError)")
      sizes.insert(try Data(contentsOf: URL(filePath: output)).count)
    }
    #expect(sizes.count >= 3)
  }

  @Test("another number of classes makes a new head, and the same seed gives the same head")
  func classes() throws {
    let input = try bench.described(.tiny("tiny-silu"))
    let old = try Weights(safetensors: input)
    let head: Set = ["classifier.weight", "classifier.bias"]
    let labels = try bench.folder.file("names.txt", contents: "cat\ndog\nbird\n").path
    let first = bench.path("first.safetensors")
    try bench.effnet("convert", input, first, "--classes", "3", "--labels", labels, "--seed", "5")
    let model = try Model(contentsOf: first)
    #expect(model.description.classes.map(\.name) == ["cat", "dog", "bird"])
    #expect(model.description.architecture.classes == 3)
    #expect(model.weights.tensors["classifier.weight"]?.shape == [3, 50])
    sameTensors(model.weights, old, except: head)
    let again = bench.path("again.safetensors")
    try bench.effnet("convert", input, again, "--classes", "3", "--labels", labels, "--seed", "5")
    #expect(try Data(contentsOf: URL(filePath: again)) == Data(contentsOf: URL(filePath: first)))
    let other = bench.path("other.safetensors")
    try bench.effnet("convert", input, other, "--classes", "3", "--seed", "6")
    let unnamed = try Model(contentsOf: other)
    #expect(unnamed.description.classes == ClassLabel.numbered(3))
    #expect(
      unnamed.weights.tensors["classifier.weight"]?.elements
        != model.weights.tensors["classifier.weight"]?.elements)
    // With the same number of classes, only the names change.
    let names = (0..<17).map { "name \($0)" }
    let many = try bench.folder.file("many.txt", contents: names.joined(separator: "\n")).path
    try bench.effnet("convert", input, other, "--classes", "17", "--labels", many)
    let renamed = try Model(contentsOf: other)
    #expect(renamed.description.classes.map(\.name) == names)
    sameTensors(renamed.weights, old)
    try bench.expectFailure(
      ["convert", input, bench.path("bad.safetensors"), "--classes", "4", "--labels", labels],
      status: 1, labels, "has 3 labels, the network has 4 classes")
    try bench.expectFailure(
      ["convert", input, bench.path("bad.safetensors"), "--labels", bench.path("no.txt")],
      status: 1, "no.txt: No such file")
  }

  @Test("--channels and --resolution change the input", arguments: [1, 4])
  func channels(count: Int) throws {
    let input = try bench.described(.tiny("tiny-silu"))
    let output = bench.path("other.safetensors")
    let text = try bench.effnet(
      "convert", input, output, "--channels", "\(count)", "--resolution", "66"
    ).standardOutput
    #expect(text.hasSuffix("input 66×66×\(count)\n"))
    let model = try Model(contentsOf: output)
    #expect(model.description.architecture.inputChannels == count)
    #expect(model.description.architecture.resolution == 66)
    #expect(model.description.preprocessing.crop == 66)
    #expect(model.description.preprocessing.resize == 80)
    #expect(model.weights.tensors["conv_stem.weight"]?.shape == [12, count, 3, 3])
    sameTensors(model.weights, try Weights(safetensors: input), except: ["conv_stem.weight"])
  }

  @Test("--from-scratch writes random weights of a network, and their seed")
  func fromScratch() throws {
    let network = try bench.network(.tiny("tiny-silu"))
    func model(_ name: String, _ options: String...) throws -> Model {
      let output = bench.path(name)
      let arguments = ["convert", network, output, "--from-scratch"] + options
      let result = try bench.run(arguments)
      #expect(result.status == 0 && result.standardError.isEmpty, "\(result)")
      return try Model(contentsOf: output)
    }
    let first = try model("a.safetensors", "--seed", "7")
    #expect(first.description.provenance == "random weights, seed 7")
    #expect(first.description.architecture == (try .tiny("tiny-silu")))
    sameTensors(try model("b.safetensors", "--seed", "7").weights, first.weights)
    let other = try model("c.safetensors")
    #expect(
      other.weights.tensors["conv_stem.weight"]?.elements
        != first.weights.tensors["conv_stem.weight"]?.elements)
    let small = try model("d.safetensors", "--classes", "3", "--channels", "1")
    #expect(small.description.architecture.classes == 3)
    #expect(small.weights.tensors["conv_stem.weight"]?.shape == [12, 1, 3, 3])
    let onnx = bench.path("e.onnx")
    try bench.effnet("convert", network, onnx, "--from-scratch", "--resolution", "64")
    #expect(FileManager.default.fileExists(atPath: onnx))
    try bench.expectFailure(
      ["convert", network, bench.path("f.onnx")], status: 2, "--from-scratch")
    try bench.expectFailure(
      ["convert", network, network, "--from-scratch"], status: 2, "must end in .safetensors")
  }

  @Test("wrong command lines exit with code 2 and name the option")
  func usage() throws {
    let input = try bench.described(.tiny("tiny-silu"))
    let output = bench.path("out.safetensors")
    for (arguments, word) in [
      (["convert", input], "Missing expected argument '<output>'"),
      (["convert", input, bench.path("out.pth")], "must end in .safetensors, .onnx or .npz"),
      (["convert", input, bench.path("out")], "must end in .safetensors, .onnx or .npz"),
      (["convert", input, input], "would replace the input"),
      (["convert", input, output, "--batch", "2"], "need an .onnx output"),
      (["convert", input, output, "--no-fold"], "need an .onnx output"),
      (["convert", input, output, "--for", "openvino"], "need an .onnx output"),
      (
        ["convert", input, bench.path("o.onnx"), "--for", "openvino"], "--for needs an int8 network"
      ),
      (["convert", input, output, "--opset", "18"], "need an .onnx output"),
      (["convert", input, bench.path("o.onnx"), "--naming", "timm"], "--naming needs"),
      (["convert", input, bench.path("o.onnx"), "--batch", "0"], "--batch is '0'"),
      (["convert", input, bench.path("o.onnx"), "--batch", "many"], "--batch is 'many'"),
      (["convert", input, bench.path("o.onnx"), "--opset", "3"], "--opset is 3; it must be"),
      (
        ["convert", input, output, "--classes", "0"], "--classes is 0; it must be from 1 to 1000000"
      ),
      (
        ["convert", input, output, "--channels", "-1"],
        "--channels is -1; it must be from 1 to 1024"
      ),
      (["convert", input, output, "--resolution", "9000"], "--resolution is 9000"),
      (["convert", input, output, "--naming", "keras"], "keras"),
      (["convert", input, output, "--seed", "-1"], "-1"),
      (["convert", input, output, "--width", "2"], "--width needs --model"),
    ] {
      try bench.expectFailure(arguments, status: 2, word)
    }
    let labels = try bench.folder.file("names.safetensors", contents: "cat").path
    try bench.expectFailure(
      ["convert", input, labels, "--classes", "1", "--labels", labels], status: 2,
      "would replace the input")
    for arguments in [["--labels", labels], ["--resolution", "64"], ["--crop", "1"]] {
      try bench.expectFailure(
        ["convert", input, output, "--naming", "timm"] + arguments, status: 2,
        "or a .safetensors output with --naming ours")
    }
    try bench.expectFailure(
      ["convert", input, output, "--seed", "1"], status: 2,
      "--seed needs --classes or --from-scratch")
    // A link to the input is the same file.
    let link = bench.path("link.safetensors")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: input)
    try bench.expectFailure(["convert", input, link], status: 2, "would replace the input")
  }

  @Test("errors name files that cannot be read or written, and leave no files behind")
  func failures() throws {
    let input = try bench.described(.tiny("tiny-silu"))
    let output = bench.path("out.safetensors")
    let plain = try bench.foreign(.tiny("tiny-relu6"), naming: .timm, name: "plain.safetensors")
    let diverged = try bench.foreign(
      .small("timm/mobilenetv2_035"), naming: .timm, name: "nan.safetensors", value: .nan)
    for (arguments, words) in [
      (["convert", bench.path("no.pth"), output], ["no.pth: No such file"]),
      (["convert", bench.folder.url.path, output], [bench.folder.url.path]),
      (
        ["convert", input, bench.path("nowhere/out.safetensors")],
        ["nowhere/out.safetensors", "No such file"]
      ),
      (["convert", input, bench.path("nowhere/out.onnx")], ["nowhere/out.onnx", "No such file"]),
      (["convert", input, bench.path("nowhere/out.npz")], ["nowhere/out.npz", "No such file"]),
      (["convert", input, "/proc/out.safetensors"], ["/proc/out.safetensors"]),
      (["convert", input, output, "--model", "b0"], ["is for tiny-silu, not for b0"]),
      (
        ["convert", plain, output],
        [
          plain, "fits no known network", "--model", "effnet inspect",
          "--model takes the JSON of 'effnet models RUN --json'",
        ]
      ),
      (
        ["convert", "lite0", output, "--from-scratch", "--naming", "torchvision"],
        ["lite0 is a network that torchvision does not have; use --naming timm"]
      ),
      (["convert", plain, output, "--model", "b0"], [plain, "was it saved for another variant?"]),
      (["convert", diverged, output], ["is not a finite number", "did its training diverge?"]),
      (["convert", input, output, "--resolution", "8192"], ["memory for feature maps"]),
    ] {
      try bench.expectFailure(arguments, status: 1)
      let output = try CommandLineTool.effnet(arguments: arguments)
      for word in words { #expect(output.standardError.contains(word), "\(output.standardError)") }
    }
    try bench.folder.make("folder.onnx")
    try bench.expectFailure(
      ["convert", input, bench.path("folder.onnx")], status: 1, "folder.onnx")
  }
}
