import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// Malicious files given to the command, with little memory.
@Suite("Hostile files", .disabled(if: Sanitizer.isActive, "it limits the addresses"))
struct HostileFilesTests {
  let folder: TemporaryFolder
  let weights: String
  let pictures = CommandLineTool.root.appending(path: "Tests/EfficientNetImagesTests/Fixtures")
  let checkpoints = CommandLineTool.root.appending(path: "Tests/EfficientNetFormatsTests/Fixtures")

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
  }

  /// Runs `effnet classify` with 700 MB of address space, including code and libraries.
  private func classify(
    _ arguments: String..., kilobytes: Int = 700_000
  ) throws -> CommandLineTool.Output {
    try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -v \(kilobytes); exec \"$0\" \"$@\"",
        CommandLineTool.buildFolder.appending(path: "effnet").path, "classify", "--threads", "2",
      ] + arguments)
  }

  private func expectOneLine(
    _ output: CommandLineTool.Output, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(output.status == 1, sourceLocation: sourceLocation)
    #expect(output.standardOutput.isEmpty, sourceLocation: sourceLocation)
    let error = output.standardError
    #expect(
      error.hasPrefix("effnet: ") && error.split(separator: "\n").count == 1,
      sourceLocation: sourceLocation)
    for word in words { #expect(error.contains(word), "\(error)", sourceLocation: sourceLocation) }
  }

  @Test("hostile photos are refused in one line")
  func photos() throws {
    func file(_ name: String, _ bytes: Data) throws -> String {
      let url = folder.url.appending(path: name)
      try bytes.write(to: url)
      return url.path
    }
    let jpeg = try Data(contentsOf: pictures.appending(path: "baseline.jpg"))
    let png = try Data(contentsOf: pictures.appending(path: "rgb.png"))
    let empty = try file("empty.jpg", Data())
    expectOneLine(try classify(empty, "--weights", weights), empty, "is empty")
    // A sparse file of almost a gigabyte that starts with a JPEG's first bytes.
    let heavy = try file("heavy.jpg", jpeg.prefix(100))
    #expect(truncate(heavy, 900 << 20) == 0)
    expectOneLine(try classify(heavy, "--weights", weights), heavy, "Cannot allocate memory")
    let text = try file("text.jpg", Data("hello".utf8))
    expectOneLine(try classify(text, "--weights", weights), text, "is not a JPEG, PNG or WebP")
    let gif = try file("a.gif", Data("GIF89a and so on".utf8))
    expectOneLine(
      try classify(gif, "--weights", weights),
      "\(gif) has the format GIF, which cannot be read; "
        + "convert it to JPEG with convert (package imagemagick); 'effnet classify --help' has the "
        + "commands that convert pictures")
    for length in [3, jpeg.count / 3, jpeg.count - 3] {
      let cut = try file("cut.jpg", jpeg.prefix(length))
      expectOneLine(try classify(cut, "--weights", weights), cut)
    }
    var damaged = png
    damaged[png.count / 2] ^= 0x55
    let bad = try file("bad.png", damaged)
    expectOneLine(try classify(bad, "--weights", weights), bad, "damaged")
    for name in ["bomb.jpg", "bomb.png"] {
      let bomb = pictures.appending(path: name).path
      expectOneLine(
        try classify(bomb, "--weights", weights), "pixels, more than the limit of 178000000")
    }
    expectOneLine(
      try classify(folder.url.path + "/nobody.jpg", "--weights", weights), "No such file")
    let sparse = try file("sparse.jpg", Data())
    #expect(truncate(sparse, 900 << 20) == 0)
    expectOneLine(try classify(sparse, "--weights", weights), "is not a JPEG")
    expectOneLine(try classify("/dev/zero", "--weights", weights), "not a regular file")
    let large = try classify(
      "\(pictures.path)/baseline.jpg", "--max-pixels", "10", "--weights", weights)
    expectOneLine(
      large, "more than the limit of 10; make it smaller or raise the limit with --max-pixels")
    let one = try classify("\(pictures.path)/one.jpg", "--weights", weights)
    #expect(one.status == 0 && one.lines.count == 6)
  }

  /// The file has all of its 150 megapixels. The memory has no room for 450 MB of pixels, or none
  /// for a second, rotated copy.
  @Test(
    "photos larger than the memory are refused in one line",
    arguments: [(1, 450_000), (6, 800_000)])
  func largePhoto(orientation: UInt8, kilobytes: Int) throws {
    let photo = folder.url.appending(path: "large.jpg")
    let bytes = GrayJPEG.baseline(side: 12_247, orientation: orientation)
    #expect(bytes.count < 1_000_000)
    try Data(bytes).write(to: photo)
    let output = try classify(photo.path, "--weights", weights, kilobytes: kilobytes)
    expectOneLine(output, "\(photo.path): not enough memory for its 12247×12247 pixels")
  }

  @Test("standard input larger than the memory is refused in one line")
  func endlessInput() throws {
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      ["-c", "head -c 500M /dev/zero | (ulimit -v 450000; exec \"$0\" classify -)", effnet])
    expectOneLine(output, "standard input: not enough memory for more than ")
  }

  @Test("EXIF orientation is applied unless it is switched off")
  func orientation() throws {
    let turned = "\(pictures.path)/turned6.jpg"
    let upright = try classify(turned, "--weights", weights, "--json")
    let stored = try classify(turned, "--no-orientation", "--weights", weights, "--json")
    #expect(upright.status == 0 && stored.status == 0)
    #expect(upright.standardOutput != stored.standardOutput)
  }

  @Test("hostile weight files are refused in one line")
  func weightFiles() throws {
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    for (name, words) in [
      ("evil.zip.pth", "system"), ("evil.legacy.pth", "system"), ("bomb.pth", "bomb.pth"),
      ("deep.pth", "deep.pth"), ("cycle.pth", "cycle.pth"), ("expanded.pth", "expanded.pth"),
      ("protocol4.legacy.pth", "protocol4.legacy.pth"),
    ] {
      let path = checkpoints.appending(path: name).path
      let output = try classify(photo, "--model", "b0", "--weights", path)
      expectOneLine(output, words)
      #expect(!output.standardError.contains("safetensors"))
    }
    let picture = try classify(photo, "--weights", photo)
    expectOneLine(
      picture,
      "is not a weight file; expected safetensors, a PyTorch checkpoint, a Keras file or .npz")

    func safetensors(_ header: String) throws -> String {
      var bytes = Data()
      withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: header.utf8)
      bytes.append(Data(count: 8))
      let url = folder.url.appending(path: "lies.safetensors")
      try bytes.write(to: url)
      return url.path
    }
    for header in [
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4096]}}"#,
      #"{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    ] {
      let path = try safetensors(header)
      expectOneLine(try classify(photo, "--model", "b0", "--weights", path), path)
    }

    var model = try Model(contentsOf: weights)
    let damaged = folder.path("variance.safetensors")
    var tensors = model.weights.tensors
    tensors["bn1.running_var"] = WeightTensor(
      shape: [12], elements: Array(repeating: -1, count: 12))
    model.weights.tensors = tensors
    try model.write(to: damaged)
    expectOneLine(try classify(photo, "--weights", damaged), "bn1.running_var", "negative variance")
  }

  @Test("an architecture that no machine can hold is refused")
  func hugeArchitecture() throws {
    let architecture = Architecture(
      name: "huge", resolution: 8192, stem: 1,
      stages: [.mbConv(expand: 6, kernel: 3, stride: 1, channels: 1, repeats: 1, squeeze: nil)],
      head: 1, classes: 1, activation: .relu6, dropout: 0)
    let description = ModelDescription(
      architecture: architecture,
      preprocessing: Preprocessing(
        resize: 8192, crop: 8192, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1]),
      classes: [ClassLabel(name: "thing")], provenance: "a test")
    let error = #expect(throws: ArchitectureError.self) {
      try Model(description, weights: Formula.weights(of: architecture))
    }
    #expect(error?.description.contains("lower the resolution") == true)
  }

  @Test("Ctrl-C keeps finished rows, and a full disk is an error")
  func interruption() throws {
    let csv = folder.path("out.csv")
    let many = Array(
      repeating: CommandLineTool.root.appending(path: "Examples/photos/cat.png").path, count: 3000)
    let list = try folder.file("list.txt", contents: many.joined(separator: "\n")).path
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    let results = try folder.file("results.json").path
    let before = try folder.names
    // A background process ignores Ctrl-C unless it handles it, as effnet does. The signal is sent
    // after the first results.
    let interrupted = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        """
        '\(effnet)' classify - --json --weights '\(weights)' --csv '\(csv)' <'\(list)' >'\(results)' &
        for i in {1..600}; do [ -s '\(results)' ] && break; sleep 0.1; done
        kill -INT $!
        wait $!
        """,
      ])
    #expect(interrupted.status == 130)
    // The earlier results are written in whole lines.
    #expect(try String(contentsOfFile: results, encoding: .utf8).hasSuffix("}\n"))
    #expect(try folder.names == (before + ["out.csv.partial"]).sorted())
    let rows = try String(contentsOfFile: "\(csv).partial", encoding: .utf8)
    let photos = try String(contentsOfFile: results, encoding: .utf8).split(separator: "\n").count
    #expect(rows.hasPrefix("path,rank") && rows.split(separator: "\n").count == 1 + 5 * photos)
    #expect(
      interrupted.standardError.contains(
        " of 3,000 photos; \(csv).partial has their rows, \(csv) was not written\n"),
      "\(interrupted.standardError)")
    let full = try CommandLineTool.run(
      URL(filePath: "/bin/sh"), ["-c", "'\(effnet)' models >/dev/full"])
    #expect(full.status == 1)
    #expect(full.standardError == "effnet: standard output: No space left on device\n")
  }

  @Test("--csv follows links, writes to devices and pipes, and replaces no photo")
  func csvTargets() throws {
    let photo = folder.url.appending(path: "cat.png")
    try FileManager.default.copyItem(
      at: CommandLineTool.root.appending(path: "Examples/photos/cat.png"), to: photo)
    let real = try folder.file("real.csv").path
    let link = folder.path("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    #expect(try classify(photo.path, "--weights", weights, "--csv", link).status == 0)
    #expect(try String(contentsOfFile: real, encoding: .utf8).hasPrefix("path,rank"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    let pipe = folder.path("pipe")
    let piped = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c",
        "mkfifo '\(pipe)'; timeout 60 cat '\(pipe)' & timeout 60 '\(CommandLineTool.buildFolder.path)/effnet' classify '\(photo.path)' "
          + "--weights '\(weights)' --csv '\(pipe)' >/dev/null; wait; test -p '\(pipe)'",
      ])
    #expect(piped.status == 0 && piped.standardOutput.hasPrefix("path,rank"))
    let bytes = try Data(contentsOf: photo)
    let refused = try classify(photo.path, "--weights", weights, "--csv", photo.path)
    #expect(refused.status == 2)
    #expect(try Data(contentsOf: photo) == bytes)
    let model = try Data(contentsOf: URL(filePath: weights))
    #expect(try classify(photo.path, "--weights", weights, "--csv", weights).status == 2)
    #expect(try Data(contentsOf: URL(filePath: weights)) == model)
    let onFolder = try classify(photo.path, "--weights", weights, "--csv", folder.url.path)
    #expect(onFolder.status == 2 && onFolder.standardError.contains("which is a folder"))
  }

  @Test("a folder without photos does not stop the others")
  func emptyFolder() throws {
    let empty = try TemporaryFolder()
    let output = try classify(
      empty.url.path, CommandLineTool.root.appending(path: "Examples/photos/cat.png").path,
      "--json",
      "--weights", weights)
    #expect(output.status == 1)
    try #require(output.lines.count == 2)
    #expect(output.lines[0].contains("no photos found"))
    #expect(output.lines[1].contains("\"predictions\""))
  }
}
