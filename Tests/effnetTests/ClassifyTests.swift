import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet classify")
struct ClassifyTests {
  let folder: TemporaryFolder
  let weights: String
  let photos = CommandLineTool.root.appending(path: "Examples/photos").path

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
  }

  private struct Line: Decodable {
    struct Class: Decodable {
      let index: Int
      let label: String
      let probability: Double
      let logit: Float
    }
    let path: String
    let model, network: String?
    let predictions: [Class]?
    let error: String?
    let kind: String?
  }

  private func json(_ output: CommandLineTool.Output) throws -> [Line] {
    try output.jsonLines(Line.self)
  }

  @Test("one photo gives a table")
  func one() throws {
    let output = try CommandLineTool.effnet("classify", "\(photos)/cat.png", "--weights", weights)
    #expect(output.status == 0)
    #expect(output.standardError.isEmpty)
    #expect(output.lines.count == 6)
    #expect(output.lines[0] == "\(photos)/cat.png")
    #expect(output.lines[1].contains(" %  class, "))
  }

  @Test("a folder gives a line for each photo, and a summary on standard error")
  func many() throws {
    let output = try CommandLineTool.effnet("classify", photos, "--weights", weights)
    #expect(output.status == 0)
    #expect(output.lines.count == 3)
    #expect(output.lines[0].hasPrefix("\(photos)/cat.png: class, "))
    #expect(output.standardError.contains("3 photos in "))
    let quiet = try CommandLineTool.effnet("classify", photos, "--weights", weights, "--quiet")
    #expect(quiet.hasOnlyNotes && quiet.standardOutput == output.standardOutput)
  }

  @Test("JSON does not depend on threads, batch, instruction set or the source of the paths")
  func deterministic() throws {
    let paths = ["cat.png", "coffee.png", "rocket.jpg"].map { "\(photos)/\($0)" }
    let expected = try CommandLineTool.effnet("classify", photos, "--weights", weights, "--json")
    // Files that are not photos come first.
    let others = try json(expected).prefix { $0.kind == "ending" }
    #expect(others.map(\.path) == ["\(photos)/ATTRIBUTION.md"])
    let lines = try json(expected).dropFirst(others.count).map(\.self)
    let photoLines = expected.lines.dropFirst(others.count)
    #expect(lines.map(\.path) == paths)
    #expect(lines.allSatisfy { $0.model == "tiny.safetensors" && $0.predictions?.count == 5 })
    let probabilities = try #require(lines[0].predictions).map(\.probability)
    #expect(probabilities == probabilities.sorted(by: >) && probabilities[0] <= 1)
    for arguments in [["--threads", "1", "--batch", "1"], ["--threads", "3", "--batch", "2"]] {
      let output = try CommandLineTool.effnet(
        arguments: ["classify", photos, "--weights", weights, "--json"] + arguments)
      #expect(output.standardOutput == expected.standardOutput)
    }
    for isa in InstructionSet.available {
      let output = try CommandLineTool.effnet(
        "classify", "-", "--weights", weights, "--json", input: paths.joined(separator: "\n"),
        environment: ["EFFNET_ISA": isa.rawValue])
      #expect(output.lines.elementsEqual(photoLines), "\(isa)")
    }
  }

  @Test("model is the run or the file that was named, and network is its network")
  func model() throws {
    try folder.make("mod-2")
    try folder.copy("tiny.safetensors", to: "mod-2/best.safetensors")
    try Data("{}".utf8).write(to: folder.url.appending(path: "mod-2/config.json"))
    for (arguments, name) in [
      (["--model", folder.path("mod-2")], "mod-2"),
      (["--weights", folder.path("mod-2/best.safetensors")], "mod-2"),
      (["--model", weights], "tiny.safetensors"),
    ] {
      let output = try CommandLineTool.effnet(
        arguments: ["classify", "\(photos)/cat.png", "--json"] + arguments)
      let line = try #require(try json(output).first)
      #expect(line.model == name && line.network == "tiny-silu", "\(output)")
    }
  }

  @Test("a bad photo among others is reported and skipped, and the exit code is 1")
  func badPhoto() throws {
    let bad = try folder.file("notes.jpg", contents: "no picture").path
    let csv = folder.path("out.csv")
    let output = try CommandLineTool.effnet(
      "classify", "\(photos)/cat.png", bad, "\(photos)/missing.png", "\(photos)/rocket.jpg",
      "--weights", weights, "--json", "--csv", csv, "--top", "2")
    #expect(output.status == 1)
    let lines = try json(output)
    #expect(lines.map { $0.error == nil } == [true, false, false, true])
    #expect(lines.map(\.kind) == [nil, "notAPicture", "unreadable", nil])
    #expect(output.standardError.contains("effnet: \(bad) is not a JPEG, PNG or WebP picture\n"))
    let rows = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 1 + 2 + 1 + 1 + 2)
    #expect(rows[0] == "path,rank,index,wnid,label,probability,logit,error,kind")
    #expect(rows[1].contains(",1,") && rows[1].contains("\"class, "))
    // The row has the path already.
    #expect(rows[3] == "\(bad),,,,,,,\"is not a JPEG, PNG or WebP picture\",notAPicture")
    #expect(rows[4].hasSuffix("/missing.png,,,,,,,No such file or directory,unreadable"))
    #expect(rows[1].hasSuffix(",,"))
    let none = try CommandLineTool.effnet("classify", bad, bad, "--weights", weights)
    #expect(none.standardError.hasSuffix("none of 2 photos could be read\n"))
  }

  @Test("outputs that are not finite have the kind overflow")
  func overflow() throws {
    var model = try Model(contentsOf: weights)
    let weight = try #require(model.weights.tensors["classifier.weight"])
    // One class or its neighbor overflows, whatever the sign of the features' sum is.
    let inputs = weight.count / weight.shape[0]
    model.weights.tensors["classifier.weight"] = WeightTensor(
      shape: weight.shape,
      elements: (0..<weight.count).map { $0 / inputs % 2 == 0 ? 3e38 : -3e38 })
    model.weights.tensors["classifier.bias"] = WeightTensor(
      shape: [weight.shape[0]], elements: Array(repeating: 3e38, count: weight.shape[0]))
    let large = folder.path("large.safetensors")
    try model.write(to: large)
    let csv = folder.path("overflow.csv")
    let output = try CommandLineTool.effnet(
      "classify", "\(photos)/cat.png", "--weights", large, "--json", "--csv", csv)
    #expect(output.status == 1)
    #expect(try json(output).map(\.kind) == ["overflow"])
    #expect(
      output.standardError.contains(
        "effnet: \(photos)/cat.png: the outputs of \(large) are not finite numbers; are its weights "
          + "damaged?\n"))
    #expect(try String(contentsOfFile: csv, encoding: .utf8).hasSuffix(",overflow\n"))
  }

  @Test("--labels replaces the labels, one for each class")
  func labels() throws {
    let names = (0..<17).map { "thing \($0)" }.joined(separator: "\n")
    let labels = try folder.file("labels.txt", contents: names).path
    let output = try CommandLineTool.effnet(
      "classify", "\(photos)/cat.png", "--weights", weights, "--labels", labels, "--top", "17")
    #expect(output.status == 0 && output.lines.count == 18)
    #expect(output.lines.dropFirst().allSatisfy { $0.contains("thing ") })
    let few = try folder.file("few.txt", contents: "a\nb\n").path
    let refused = try CommandLineTool.effnet(
      "classify", "\(photos)/cat.png", "--weights", weights, "--labels", few)
    #expect(refused.status == 1)
    #expect(refused.standardError == "effnet: \(few) has 2 labels, the network has 17 classes\n")
  }

  @Test("errors are one clear line and leave no files behind")
  func errors() throws {
    let empty = try folder.file("empty.safetensors").path
    let emptyFolder = try TemporaryFolder()
    let csv = emptyFolder.url.appending(path: "out.csv").path
    let cases: [(arguments: [String], status: Int32, message: String)] = [
      (["classify"], 2, "Missing expected argument '<path>"),
      (["classify", "a.jpg", "--model", "b17"], 2, "no network is named 'b17'"),
      (["classify", "a.jpg", "--threads", "0"], 2, "--threads is 0; it must be from 1 to 1024"),
      (["classify", "a.jpg", "--top", "x"], 2, "'x' is invalid"),
      (["classify", "a.jpg", "--frob"], 2, "Unknown option '--frob'"),
      (["classify", "a.jpg"], 1, "download them with 'effnet pull lite0'"),
      (
        ["classify", "a.jpg", "--model", "b3"], 1,
        "run 'effnet pull timm/tf_efficientnet_b3.ns_jft_in1k' and name"
      ),
      (["classify", "a.jpg", "--weights", "none.pth"], 1, "none.pth: No such file"),
      (["classify", "a.jpg", "--weights", empty], 1, empty),
      (
        ["classify", "a.jpg", "--weights", weights, "--model", "b0"], 1,
        "is for tiny-silu, not for b0"
      ),
      (["classify", emptyFolder.url.path, "--weights", weights], 1, "no photos found"),
      (
        ["classify", "a.jpg", "--weights", weights, "--csv", "/nonexistent/o.csv"], 1,
        "/nonexistent/o.csv"
      ),
      (["pull", "b99"], 2, "there are no weights called 'b99'"),
      (["pull"], 2, "no weights named"),
      (["frobnicate"], 2, "frobnicate"),
    ]
    for (arguments, status, message) in cases {
      let output = try CommandLineTool.effnet(arguments: arguments)
      #expect(output.status == status, "\(arguments)")
      #expect(output.standardError.contains(message), "\(arguments): \(output.standardError)")
      #expect(output.standardOutput.isEmpty, "\(arguments)")
      if status == 1 { #expect(output.standardError.split(separator: "\n").count == 1) }
    }
    // Every photo failed, but the table of failures is complete.
    let failed = try CommandLineTool.effnet("classify", "a.jpg", "--weights", weights, "--csv", csv)
    #expect(failed.status == 1)
    #expect(try emptyFolder.names == ["out.csv"])
  }

  @Test("an EFFNET_ISA that the machine does not have is an error")
  func instructionSet() throws {
    let output = try CommandLineTool.effnet(
      "classify", "\(photos)/cat.png", "--weights", weights, environment: ["EFFNET_ISA": "sse9"])
    #expect(output.status == 1)
    #expect(
      output.standardError.hasPrefix(
        "effnet: EFFNET_ISA is 'sse9'; on this machine it must be one of scalar"))
  }

  @Test("a truncated weight file is refused at every length")
  func truncatedWeights() throws {
    let whole = try Data(contentsOf: URL(filePath: weights))
    for length in [1, 7, 8, 9, 500, whole.count / 2, whole.count - 1] {
      let path = folder.url.appending(path: "cut.safetensors")
      try whole.prefix(length).write(to: path)
      let output = try CommandLineTool.effnet("classify", "a.jpg", "--weights", path.path)
      #expect(output.status == 1)
      #expect(output.standardError.hasPrefix("effnet: \(path.path)"))
    }
  }
}

@Suite("effnet models and pull")
struct ListTests {
  @Test("models lists every variant")
  func models() throws {
    let output = try CommandLineTool.effnet("models", "--json")
    struct Row: Decodable, Equatable {
      let name: String
      let resolution, parameters, macs: Int
      let width, depth, dropout: Double
      let weights: String
    }
    let rows = try output.json([Row].self)
    #expect(rows.count == Variant.all.count)
    #expect(
      rows[0]
        == Row(
          name: "b0", resolution: 224, parameters: 5_288_548, macs: 385_814_752, width: 1,
          depth: 1, dropout: 0.2, weights: "effnet pull timm/tf_efficientnet_b0.ns_jft_in1k"))
    #expect(rows.first { $0.name == "lite0" }?.weights == "effnet pull lite0")
    let lines = try CommandLineTool.effnet("models").lines
    // The paper's table 2 stands below the list, beside our counts.
    let paper = try #require(lines.firstIndex { $0.hasPrefix("The paper's table 2 (ImageNet) ") })
    #expect(paper == rows.count + 1 && lines.count == paper + 2 + 8 + 2)
    let b4 = lines[paper + 6].split(separator: " ")
    #expect(b4 == ["b4", "82.9", "19", "M", "19,341,616", "4.2", "B", "4.394", "G"])
    #expect(
      lines[lines.count - 2]
        == "A MAC is one multiplication and one addition; the paper calls it a FLOP.")
    #expect(lines.last?.hasPrefix("b4 and b5: the paper does not say how it counted") == true)
    let json = try #require(output.standardOutput.firstRange(of: "\"paper\""))
    #expect(output.standardOutput[json.upperBound...].prefix(60).contains("\"macs\""))
  }

  @Test("pull lists the known weights, and explains errors without a network or a cache")
  func pull() throws {
    #expect(try CommandLineTool.effnet("pull", "--list").lines.count == 3)
    let folder = try TemporaryFolder()
    let offline = try CommandLineTool.effnet(
      "pull", "lite0", "--quiet",
      environment: [
        "EFFNET_CACHE": folder.url.path, "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": "/dev/null", "PIP_RETRIES": "0",
      ])
    #expect(offline.status == 1)
    #expect(offline.standardError.hasPrefix("effnet: cannot download"))
    #expect(offline.standardError.split(separator: "\n").count == 1)
    let blocked = try folder.file("blocked").path
    let cache = try CommandLineTool.effnet(
      "pull", "lite0", "--quiet", environment: ["EFFNET_CACHE": blocked])
    #expect(cache.status == 1)
    #expect(cache.standardError.hasPrefix("effnet: \(blocked)"))
  }
}
