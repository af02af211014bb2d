import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet run")
struct RunTests {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  /// The logits that the library computes.
  private func expected(_ architecture: Architecture, batch: Int, resolution: Int) throws -> [Float]
  {
    var architecture = architecture
    architecture.resolution = resolution
    let engine = try Engine(architecture, weights: Formula.weights(of: architecture))
    var shape = architecture.inputShape
    shape.n = batch
    var session = engine.makeSession(pool: ThreadPool(threads: 2), maximumBatch: batch)
    return session.run(Formula.images(shape)).elements
  }

  @Test("logits are bit-identical to the library's, in both layouts", arguments: Architecture.tiny)
  func layouts(architecture: Architecture) throws {
    let weights = try bench.described(architecture)
    var shape = architecture.inputShape
    shape.n = 3
    let logits = try expected(architecture, batch: 3, resolution: shape.h)
    for (layout, option) in [(Workbench.Layout.nchw, "nchw"), (.nhwc, "nhwc")] {
      let output = bench.path("y.npy")
      let text = try bench.effnet(
        "run", "--weights", weights, "--input", try bench.images(shape, layout: layout),
        "--output", output, "--layout", option
      ).standardOutput
      #expect(text == "\(output): 3×\(architecture.classes) logits of \(architecture.name)\n")
      let array = try NumPyArray(contentsOf: output)
      #expect(array.shape == [3, architecture.classes])
      #expect(array.elements == logits, "\(option)")
    }
  }

  @Test("logits in bfloat16 are close", arguments: Architecture.tiny)
  func bfloat16(architecture: Architecture) throws {
    let weights = try bench.described(architecture)
    let images = try bench.images(architecture.inputShape)
    let (full, half) = (bench.path("full.npy"), bench.path("half.npy"))
    try bench.effnet("run", "--weights", weights, "--input", images, "--output", full)
    try bench.effnet(
      "run", "--weights", weights, "--input", images, "--output", half, "--precision", "bf16")
    let error = try relativeError(
      NumPyArray(contentsOf: half).elements, NumPyArray(contentsOf: full).elements)
    #expect(error > 0 && error < 5e-2)
  }

  @Test("logits in fp16 are close")
  func float16() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = try bench.described(architecture)
    let images = try bench.images(architecture.inputShape)
    let (full, half) = (bench.path("full.npy"), bench.path("half.npy"))
    try bench.effnet("run", "--weights", weights, "--input", images, "--output", full)
    let arguments = ["run", "--weights", weights, "--output", half, "--precision", "fp16"]
    let output = try CommandLineTool.effnet(arguments: arguments + ["--input", images])
    #expect(output.status == 0 && !output.standardError.contains("not finite"))
    let error = try relativeError(
      NumPyArray(contentsOf: half).elements, NumPyArray(contentsOf: full).elements)
    #expect(error > 0 && error < 3e-2)
  }

  @Test("logits that are not finite are an error", arguments: ["fp32", "fp16"])
  func overflow(precision: String) throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = try bench.described(architecture)
    let array = try NumPyArray(contentsOf: bench.images(architecture.inputShape))
    let large = bench.path("large.npy")
    try NumPyArray(shape: array.shape, elements: array.elements.map { _ in 3e38 }).write(to: large)
    let arguments = [
      "run", "--weights", weights, "--precision", precision, "--input", large, "--output",
      bench.path("y.npy"),
    ]
    // On processors without fp16 arithmetic, a note comes first.
    let failure = try bench.run(arguments)
    #expect(
      failure.status == 1
        && failure.standardError.contains(
          "large.npy: the outputs of \(weights) are not finite numbers"),
      "\(failure)")
    // The stages show where it overflows.
    let output = try bench.run(arguments + ["--activations", bench.path("stages"), "--json"])
    #expect(output.status == 1 && output.standardOutput.contains("\"kind\":\"overflow\""))
    let names = try bench.folder.names
    #expect(names.contains("stages") && !names.contains("y.npy"))
  }

  @Test("images in a batch of any size give their single results", arguments: [1, 3, 17])
  func batches(count: Int) throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = try bench.described(architecture)
    var shape = architecture.inputShape
    shape.n = count
    let all = bench.path("all.npy")
    try bench.effnet(
      "run", "--weights", weights, "--input", try bench.images(shape), "--output", all)
    let logits = try NumPyArray(contentsOf: all)
    #expect(logits.shape == [count, 17])
    let images = try NumPyArray(contentsOf: bench.path("x.npy"))
    let size = images.elements.count / count
    for index in [0, count / 2, count - 1] {
      try NumPyArray(
        shape: [1] + images.shape.dropFirst(),
        elements: Array(images.elements[index * size..<(index + 1) * size])
      ).write(to: bench.path("one.npy"))
      let one = bench.path("logits.npy")
      try bench.effnet(
        "run", "--weights", weights, "--input", bench.path("one.npy"), "--output", one,
        "--threads", "1")
      #expect(
        try NumPyArray(contentsOf: one).elements
          == Array(logits.elements[index * 17..<(index + 1) * 17]))
    }
  }

  @Test("images of another size and custom networks with plain tensors run")
  func resolution() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = bench.path("plain.safetensors")
    try Formula.weights(of: architecture).write(safetensors: weights)
    var shape = architecture.inputShape
    (shape.h, shape.w) = (50, 50)
    let input = try bench.images(shape)
    let output = bench.path("y.npy")
    let model = try bench.network(architecture)
    struct Result: Decodable {
      let model, input, output: String
      let images, classes: Int
    }
    for options in [[], ["--resolution", "50"]] {
      let run = try CommandLineTool.effnet(
        arguments: [
          "run", "--model", model, "--weights", weights, "--input", input, "--output", output,
          "--json",
        ] + options)
      #expect(run.status == 0, "\(run.standardError)")
      let result = try run.json(Result.self)
      #expect(result.model == "tiny-silu" && result.input == input && result.output == output)
      #expect(result.images == 1 && result.classes == 17)
      #expect(
        try NumPyArray(contentsOf: output).elements
          == expected(architecture, batch: 1, resolution: 50))
    }
    try bench.expectFailure(
      [
        "run", "--model", model, "--weights", weights, "--input", input, "--output", output,
        "--resolution", "64",
      ], status: 2, "--resolution is 64, but the images are 50 pixels wide")
  }

  @Test("--activations writes stem, stages, head, pooling and logits", arguments: Architecture.tiny)
  func activations(architecture: Architecture) throws {
    let weights = try bench.described(architecture)
    var shape = architecture.inputShape
    shape.n = 9  // more than one batch
    let graph = Graph(architecture)
    let shapes = graph.shapes(input: shape)
    let values = try ReferenceRunner(architecture, weights: Formula.weights(of: architecture))
      .values(Formula.images(shape))
    for (layout, option) in [(Workbench.Layout.nchw, "nchw"), (.nhwc, "nhwc")] {
      let folder = bench.path("deep/\(option)")
      let output = bench.path("y.npy")
      try bench.effnet(
        "run", "--weights", weights, "--input", try bench.images(shape, layout: layout),
        "--output", output, "--layout", option, "--activations", folder)
      let stages = architecture.stages.indices.map { "blocks.\($0)" }
      let head = architecture.head == nil ? [] : ["conv_head"]
      let names = ["conv_stem"] + stages + head + ["global_pool", "classifier"]
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == names.map { "\($0).npy" }.sorted())
      for name in names {
        let array = try NumPyArray(contentsOf: "\(folder)/\(name).npy")
        // The part's last node.
        let prefixes =
          name == "conv_stem"
          ? ["conv_stem", "bn1", "act1"]
          : name == "conv_head" ? ["conv_head", "bn2", "act2"] : [name]
        let node = try #require(
          graph.nodes.lastIndex { node in
            prefixes.contains {
              node.name == $0 || node.name.hasPrefix("\($0).") && name != "conv_stem"
            }
          })
        let s = shapes[node]
        #expect(
          array.shape
            == (layout == .nchw ? [s.n, s.c, s.h, s.w] : [s.n, s.h, s.w, s.c]), "\(name)")
        if layout == .nhwc {
          #expect(relativeError(array.elements, values[node].elements) < 2e-5, "\(name)")
        }
      }
      let logits = try NumPyArray(contentsOf: output)
      let last = try NumPyArray(contentsOf: "\(folder)/classifier.npy")
      #expect(logits.elements == last.elements)
      #expect(logits.elements == (try expected(architecture, batch: 9, resolution: shape.h)))
    }
  }

  @Test("arrays of wrong shapes are refused, and the error suggests --layout")
  func wrongArrays() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = try bench.described(architecture)
    func array(_ shape: [Int]) throws -> String {
      try NumPyArray(shape: shape, elements: Array(repeating: 0, count: shape.reduce(1, *)))
        .write(to: bench.path("x.npy"))
      return bench.path("x.npy")
    }
    let text = try bench.folder.file("text.npy", contents: "no array").path
    let empty = try bench.folder.file("empty.npy").path
    for (shape, word) in [
      ([3, 33, 33], "has 3 axes; it must have four"), ([1, 1, 3, 33, 33], "has 5 axes"),
      ([], "has 0 axes"), ([0, 3, 33, 33], "contains no images"),
      ([1, 3, 33, 0], "contains no images"),
      ([1, 3, 33, 34], "must be square: is --layout right?"),
      ([1, 33, 33, 3], "must be square: is --layout right?"),
      ([1, 1, 33, 33], "has 1 channels as nchw, but tiny-silu takes 3"),
      ([1, 33, 3, 3], "has 33 channels as nchw"),
      ([1, 3, 1, 1], ""),
    ] as [([Int], String)] {
      let input = try array(shape)
      let arguments = [
        "run", "--weights", weights, "--input", input, "--output", bench.path("y.npy"),
      ]
      // The smallest valid image.
      if word.isEmpty {
        let output = try CommandLineTool.effnet(arguments: arguments)
        #expect(output.status == 0, "\(output.standardError)")
        try bench.folder.remove("y.npy")
      } else {
        try bench.expectFailure(arguments, status: 1, input, word)
      }
    }
    for (input, word) in [
      (text, text), (empty, empty), (bench.path("none.npy"), "none.npy: No such file"),
      (bench.folder.url.path, bench.folder.url.path),
    ] {
      try bench.expectFailure(
        ["run", "--weights", weights, "--input", input, "--output", bench.path("y.npy")],
        status: 1, word)
    }
    try bench.expectFailure(
      [
        "run", "--weights", weights, "--input", try array([1, 33, 33, 3]), "--output",
        bench.path("y.npy"), "--layout", "chw",
      ], status: 2, "chw")
  }

  @Test("inputs are never replaced, and errors leave no files behind")
  func outputs() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let weights = try bench.described(architecture)
    let model = try bench.network(architecture)
    let input = try bench.images(architecture.inputShape)
    let base = ["run", "--weights", weights, "--input", input, "--output"]
    try bench.expectFailure(base + [input], status: 2, "would replace")
    for (name, file, options) in [
      ("weights.npy", weights, []), ("model.npy", model, ["--model", model]),
    ] {
      let link = bench.path(name)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
      try bench.expectFailure(base + [link] + options, status: 2, file, "would replace")
    }
    for name in ["y.txt", "y", "y.npz"] {
      try bench.expectFailure(base + [bench.path(name)], status: 2, "it must end in .npy")
    }
    try bench.expectFailure(base + [bench.path("no/y.npy")], status: 1, "no/y.npy", "No such file")
    try bench.expectFailure(
      base + [bench.path("no/y.npy"), "--activations", bench.path("acts")], status: 1, "no/y.npy")
    let npy = bench.path("folder.npy")
    try FileManager.default.createDirectory(atPath: npy, withIntermediateDirectories: true)
    try bench.expectFailure(base + [npy], status: 1, "Is a directory")
    let file = try bench.folder.file("file").path
    try bench.expectFailure(base + [bench.path("y.npy"), "--activations", file], status: 1, file)
    try bench.expectFailure(
      base + [bench.path("y.npy"), "--activations", "/proc/acts"], status: 1, "/proc/acts")
    // An input file with the name of an activation.
    let folder = bench.path("stages")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let stem = "\(folder)/conv_stem.npy"
    try FileManager.default.copyItem(atPath: input, toPath: stem)
    try bench.expectFailure(
      [
        "run", "--weights", weights, "--input", stem, "--output", bench.path("y.npy"),
        "--activations", folder,
      ], status: 2, stem, "would replace")
    try bench.expectFailure(
      base + ["\(folder)/classifier.npy", "--activations", folder], status: 2, "would replace")
    try bench.expectFailure(
      ["run", "--input", input, "--output", bench.path("y.npy")], status: 1, "effnet pull lite0")
    try bench.expectFailure(["run", "--weights", weights], status: 2, "name two files")
    let named = bench.path("named.npy")
    for files in [[input, named], ["--input", input, named], [input, "--output", named]] {
      let output = try CommandLineTool.effnet(arguments: ["run", "--weights", weights] + files)
      #expect(output.status == 0, "\(output)")
      try bench.folder.remove("named.npy")
    }
    try bench.expectFailure(
      ["run", "--weights", weights, input, named, "--output", named], status: 2, "name two files")
    var many = architecture.inputShape
    many.n = 65
    try bench.expectFailure(
      [
        "run", "--weights", weights, "--input", try bench.images(many), "--output",
        bench.path("y.npy"), "--activations", bench.path("acts"),
      ], status: 2, "--activations", "takes at most 64 images")
  }

  @Test("a downloaded repository runs by its name with the settings of its config.json")
  func repository() throws {
    let architecture = try Architecture.small("timm/mobilenetv2_035", classes: 3)
    let cache = bench.path("cache")
    let place = "\(cache)/hub/ada--tiny"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let weights = try bench.foreign(architecture, naming: .timm, name: "model.safetensors")
    try FileManager.default.moveItem(atPath: weights, toPath: "\(place)/model.safetensors")
    let configuration = """
      {"architecture": "mobilenetv2_035", "num_classes": 3, "label_names": ["cat", "dog", "bird"],
       "pretrained_cfg": {"input_size": [3, 64, 64], "interpolation": "bilinear", "crop_pct": 0.8,
         "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
      """
    try Data(configuration.utf8).write(to: URL(filePath: "\(place)/config.json"))
    func file(_ name: String) throws -> String {
      let size = try Data(contentsOf: URL(filePath: "\(place)/\(name)")).count
      return "{\"name\": \"\(name)\", \"size\": \(size), \"sha256\": \"00\"}"
    }
    let source = """
      {"endpoint": "http://127.0.0.1:9", "repository": "ada/tiny", "revision": "main",
       "configuration": \(try file("config.json")), "weights": \(try file("model.safetensors"))}
      """
    try Data(source.utf8).write(to: URL(filePath: "\(place)/source.json"))
    let environment = ["EFFNET_CACHE": cache]
    let summary = try CommandLineTool.effnet(
      "summary", "--model", "ada/tiny", environment: environment)
    #expect(summary.lines.first == "timm/mobilenetv2_035, input 64×64×3, 3 classes")
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    let classified = try CommandLineTool.effnet(
      "classify", photo, "--model", "ada/tiny", environment: environment)
    #expect(classified.status == 0 && classified.lines.count == 4)
    for name in ["cat", "dog", "bird"] { #expect(classified.standardOutput.contains(name)) }
    let input = try bench.images(Shape(n: 1, h: 64, w: 64, c: 3))
    let output = bench.path("y.npy")
    let run = try CommandLineTool.effnet(
      "run", "--model", "ada/tiny", "--input", input, "--output", output, environment: environment)
    #expect(run.status == 0 && run.standardError.isEmpty, "\(run.standardError)")
    #expect(try NumPyArray(contentsOf: output).shape == [1, 3])
    for (arguments, status, word) in [
      (["--model", "ada/tiny", "--width", "2"], 2, "--width and --depth"),
      (["--model", "ada/huge.in1k"], 2, "'effnet pull ada/huge.in1k'"),
    ] as [([String], Int32, String)] {
      let refused = try CommandLineTool.effnet(
        arguments: ["run", "--input", input, "--output", output] + arguments,
        environment: environment)
      #expect(refused.status == status && refused.standardError.contains(word))
    }
    // Downloaded files are not replaced either.
    let model = "\(place)/model.safetensors"
    let before = try Data(contentsOf: URL(filePath: model))
    let link = bench.path("link.npy")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: model)
    let replaced = try CommandLineTool.effnet(
      "run", "--model", "ada/tiny", "--input", input, "--output", link, environment: environment)
    #expect(replaced.status == 2 && replaced.standardError.contains("would replace the input"))
    #expect(try Data(contentsOf: URL(filePath: model)) == before)
  }

  @Test("images with numbers that are not finite are refused", arguments: [Float.nan, .infinity])
  func notFinite(value: Float) throws {
    let weights = try bench.described(.tiny("tiny-relu6"))
    let shape = try Architecture.tiny("tiny-relu6").inputShape
    var elements = Formula.images(shape).elements
    elements[100] = value
    let input = bench.path("x.npy")
    try NumPyArray(shape: [1, 1, shape.h, shape.w], elements: elements).write(to: input)
    try bench.expectFailure(
      ["run", "--weights", weights, "--input", input, "--output", bench.path("y.npy")], status: 1,
      input, "has \(value) at element 100; all elements must be finite")
  }
}
