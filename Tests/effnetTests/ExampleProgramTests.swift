import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

/// Runs the programs in Examples as a user does. They were built without the package's internal
/// declarations, so they show that the public ones suffice.
@Suite("Example programs")
struct ExampleProgramTests {
  private let bench: Workbench
  private let weights: String
  private let photo = CommandLineTool.root.appending(path: "Examples/photos/rocket.jpg").path

  init() throws {
    bench = try Workbench()
    weights = bench.path("tiny.safetensors")
    try writeTinyModel(to: weights)
  }

  private func run(_ name: String, _ arguments: String...) throws -> CommandLineTool.Output {
    let program = CommandLineTool.buildFolder.appending(path: name)
    let output = try CommandLineTool.run(program, arguments)
    #expect(output.status == 0, "\(name): \(output.standardError)")
    return output
  }

  @Test func classify() throws {
    let output = try run("ExampleClassify", weights, photo)
    #expect(output.lines.count == 3)
    #expect(output.lines.allSatisfy { $0.hasPrefix("\(photo) class, ") })
  }

  @Test("wrong arguments and unreadable files are one line, and the exit code is 1")
  func failures() throws {
    func run(_ name: String, _ arguments: String...) throws -> CommandLineTool.Output {
      try CommandLineTool.run(CommandLineTool.buildFolder.appending(path: name), arguments)
    }
    let programs = ["Classify", "Convert", "Explain", "FineTune", "Scale", "SimilarPhotos"]
    for program in programs {
      let output = try run("Example\(program)")
      #expect(output.status == 1)
      #expect(output.standardError.hasPrefix("usage: Example\(program) "))
      #expect(output.standardError.split(separator: "\n").count == 1)
    }
    let missing = try run("ExampleClassify", weights, "/nowhere/cat.jpg")
    #expect(missing.status == 1)
    #expect(missing.standardError == "/nowhere/cat.jpg: No such file or directory\n")
  }

  @Test("the training example learns to tell red from blue photos")
  func fineTune() throws {
    let photos = bench.path("photos")
    for (name, color) in [("red", [220, 30, 30]), ("blue", [30, 30, 220])] as [(String, [UInt8])] {
      let folder = "\(photos)/\(name)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for number in 0..<10 {
        let bytes = (0..<40 * 40).flatMap { pixel in
          color.map { $0 &+ UInt8((pixel + number) % 20) }
        }
        let picture = PixelBuffer(width: 40, height: 40, bytes: bytes)
        try Data(picture.png()).write(to: URL(filePath: "\(folder)/\(number).png"))
      }
    }
    let output = try run("ExampleFineTune", weights, photos, bench.path("run"))
    #expect(output.lines.count == 6, "\(output.standardOutput)")
    #expect(output.lines.first?.hasPrefix("epoch 1: loss ") == true)
    #expect(output.lines.last?.hasSuffix(" on 4 photos held out") == true)
    #expect(bench.folder.exists("run/best.safetensors"))
  }

  @Test("a photo is among those similar to it")
  func similarPhotos() throws {
    let folder = URL(filePath: photo).deletingLastPathComponent().path
    let output = try run("ExampleSimilarPhotos", weights, folder, bench.path("f.npz"), photo)
    #expect(output.lines.count == 3)
    #expect(output.lines.contains { $0.hasPrefix("\(photo) ") })
  }

  @Test func explain() throws {
    let output = try run("ExampleExplain", weights, photo, bench.path("sheet.png"))
    #expect(output.lines.count == 2)
    #expect(try PixelBuffer(contentsOf: bench.path("sheet.png")).width > 1000)
  }

  @Test("the scaling example prints B0's family and the largest network within a budget")
  func scale() throws {
    let output = try run("ExampleScale", "b0", "1000")
    #expect(output.lines[0] == "α 1.2, β 1.1, γ 1.15")
    #expect(output.lines[1] == "φ 0: 224 pixels, 5288548 parameters, 385814752 MACs")
    let fitted = try #require(output.lines.first { $0.contains("within 1000.0 M MACs: b0-phi") })
    let macs = try #require(fitted.split(separator: " ").dropLast().last.flatMap { Int($0) })
    #expect(800_000_000...1_000_000_000 ~= macs)
    let json = output.lines.drop { $0 != "{" }.joined(separator: "\n")
    let network = try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
    #expect(NetworkCost(network).macs == macs)
  }

  // MARK: - Programs in documents

  /// Programs in documents must be copies of these files, so that they are compiled and tested.
  @Test("every program in a document is one of the examples")
  func documents() throws {
    let root = CommandLineTool.root
    func files(_ folder: String, _ ending: String) throws -> [URL] {
      try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
        .filter { $0.hasSuffix(ending) && !$0.contains(".build") }
        .map { root.appending(path: folder).appending(path: $0) }
    }
    let examples = try files("Examples", "main.swift").map {
      try String(contentsOf: $0, encoding: .utf8)
    }
    #expect(examples.count == 8)
    for example in examples { #expect(example.split(separator: "\n").count < 65) }
    var (programs, parts) = (0, 0)
    let documents =
      try files("Docs", ".md") + files("Sources", ".md") + [root.appending(path: "README.md")]
    for document in documents {
      let text = try String(contentsOf: document, encoding: .utf8)
      for block in text.components(separatedBy: "```swift\n").dropFirst() {
        let program = block.components(separatedBy: "```")[0]
        if program.contains("router.post") {
          // A part of the server.
          #expect(examples.contains { $0.contains(program) }, "\(document.path): \(program)")
          parts += 1
        }
        guard program.contains("import Efficient") else { continue }
        programs += 1
        #expect(
          examples.contains { $0 == program || $0.hasSuffix("\n\n" + program) },
          "\(document.lastPathComponent): \(program)")
      }
    }
    #expect(programs >= 1 && parts >= 1)
  }

  @Test(
    "every part of a program in a document, or in a section of it, is compiled",
    arguments: [
      ("features", nil), ("explain", nil), ("quantize", nil), ("server", "Cancel"),
      ("server", "Refuse uploads under load"),
      ("server", "Replace the classifier while the server runs"),
    ])
  func documentParts(document: String, section: String?) throws {
    func lines(of text: String) -> String {
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
    let root = CommandLineTool.root
    let functions = try ["DocumentParts", "UploadLimits"].map {
      lines(
        of: try String(
          contentsOf: root.appending(path: "Tests/effnetTests/\($0).swift"), encoding: .utf8))
    }.joined()
    var text = try String(contentsOf: root.appending(path: "Docs/\(document).md"), encoding: .utf8)
    if let section {
      let rest = text.components(separatedBy: "## \(section)\n").dropFirst().first
      text = try #require(rest).components(separatedBy: "\n## ")[0]
    }
    let parts = text.components(separatedBy: "```swift\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }.filter { !$0.contains("import Efficient") }
    #expect(!parts.isEmpty)
    for part in parts { #expect(functions.contains(lines(of: part)), "\(document).md: \(part)") }
  }
}

/// Packages of users with `traits: []`, which need only the toolchain and system libraries.
@Suite("Client packages")
struct ClientPackageTests {
  /// Runs `swift` on a thread of its own, since a build takes minutes, and all tests share one
  /// thread per processor.
  private func swift(_ arguments: String...) async throws -> CommandLineTool.Output {
    let output = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            try CommandLineTool.run(URL(filePath: "/usr/bin/env"), ["swift"] + arguments)
          })
      }
    }
    try #require(output.status == 0, "\(output.standardOutput)\(output.standardError)")
    return output
  }

  @Test("the libraries have no dependency")
  func dependencies() async throws {
    let client = try TemporaryFolder()
    try client.make("Sources/client")
    try Data("print(1)".utf8).write(to: client.url.appending(path: "Sources/client/main.swift"))
    _ = try client.file(
      "Package.swift",
      contents: """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
          name: "client",
          dependencies: [
            .package(name: "swift-efficientnet", path: "\(CommandLineTool.root.path)", traits: [])
          ],
          targets: [
            .executableTarget(
              name: "client",
              dependencies: [.product(name: "EfficientNetImages", package: "swift-efficientnet")])
          ])
        """)
    let tree = try await swift(
      "package", "--package-path", client.url.path, "show-dependencies", "--format", "flatlist")
    // The package by itself.
    #expect(tree.lines.count == 1, "\(tree.standardOutput)")
  }

  /// Examples/Server is a separate package with Hummingbird.
  @Test("the example server answers many uploads at a time and stops cleanly")
  func server() async throws {
    let folder = try TemporaryFolder()
    let weights = folder.path("tiny.safetensors")
    try writeTinyModel(to: weights)
    let root = CommandLineTool.root
    let package = root.appending(path: "Examples/Server").path
    let build = folder.url.appending(path: "build")
    // An index and debug information take a fifth of the build's time.
    _ = try await swift(
      "build", "--package-path", package, "--scratch-path", build.path, "--disable-index-store",
      "-Xswiftc", "-gnone")

    let server = Process()
    server.executableURL = build.appending(path: "debug/Server")
    server.arguments = [weights, "0"]
    let output = Pipe()
    server.standardError = output
    try server.run()
    defer { server.terminate() }
    var text = ""
    while !text.contains("\n") {
      let data = output.fileHandleForReading.availableData
      try #require(!data.isEmpty, "the server ended")
      text += String(decoding: data, as: UTF8.self)
    }
    let port = try #require(text.firstMatch(of: /listening on 127.0.0.1:([0-9]+)/)?.output.1)
    let address = "http://127.0.0.1:\(port)/classify"
    func post(_ arguments: String...) throws -> CommandLineTool.Output {
      try CommandLineTool.run(
        URL(filePath: "/usr/bin/env"), ["curl", "--silent", "--noproxy", "*"] + arguments)
    }

    struct Answer: Decodable { let predictions: [Prediction] }
    let photo = root.appending(path: "Examples/photos/rocket.jpg").path
    let one = try post("--data-binary", "@\(photo)", address)
    let answer = try one.json(Answer.self)
    let expected = try await Classifier(weights: weights).classify(PixelBuffer(contentsOf: photo))
    #expect(answer.predictions == expected)

    let answers = (0..<40).map { folder.url.appending(path: "\($0).json") }
    _ = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"),
      ["curl", "--silent", "--noproxy", "*", "--parallel", "--parallel-max", "40"]
        + ["--data-binary", "@\(photo)"] + answers.flatMap { ["--output", $0.path, address] })
    for answer in answers {
      let many = try JSONDecoder().decode(Answer.self, from: Data(contentsOf: answer))
      #expect(many.predictions == expected)
    }

    let text415 = try post("--data-binary", "no photo", "--write-out", "%{http_code}", address)
    #expect(text415.standardOutput.hasSuffix("415"))
    #expect(text415.standardOutput.contains("the upload is not a JPEG or PNG picture"))
    let text422 = try post("--data-binary", "", "--write-out", "%{http_code}", address)
    #expect(text422.standardOutput.hasSuffix("422"))

    let large = folder.url.appending(path: "large.png")
    try Data(PixelBuffer(width: 20_001, height: 1000, repeating: 0).png()).write(to: large)
    let text413 = try post(
      "--data-binary", "@\(large.path)", "--write-out", "%{http_code}", address)
    #expect(text413.standardOutput.hasSuffix("413"))
    #expect(text413.standardOutput.contains("more than the limit of 20000000"))

    server.terminate()
    server.waitUntilExit()
    #expect(server.terminationReason == .exit && server.terminationStatus == 0)
  }
}
