import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Note about files that are not photos")
struct LeftOutFilesTests {
  let bench: Workbench
  let weights: String

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    try bench.folder.writeTwoShades("photos")
    for name in ["dark/x.bmp", "dark/y.heic", "light/.DS_Store", "light/Thumbs.db"] {
      _ = try bench.folder.file("photos/\(name)", contents: "x")
    }
    let photo = bench.path("photos/dark/0.png")
    try FileManager.default.copyItem(atPath: photo, toPath: bench.path("photos/dark/saved.jfif"))
  }

  @Test(
    "one note counts the files, and photos of all endings are read",
    arguments: [
      ["classify", "PHOTOS"], ["classify", "PHOTOS", "--json"],
      ["embed", "PHOTOS", "-o", "OUT.npz"],
      ["duplicates", "PHOTOS"], ["label", "--examples", "PHOTOS"],
      ["label", "--examples", "PHOTOS", "--photos", "PHOTOS"],
      ["explain", "PHOTOS", "--output", "OUT"], ["evaluate", "PHOTOS"],
    ])
  func note(arguments: [String]) throws {
    var arguments = arguments.map {
      $0.replacing("PHOTOS", with: bench.path("photos")).replacing("OUT", with: bench.path("out"))
    }
    arguments += ["--weights", try network(for: arguments[0]), "--threads", "1"]
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 0)
    let note =
      "note: 2 files left out: 1 HEIC, 1 BMP; 'effnet classify --help' has the commands that "
      + "list them and convert pictures\n"
    #expect(output.standardError.contains(note), "\(output.standardError)")
    // The copy saved.jfif is left out of the examples of label.
    let all = arguments[0] == "label" ? " left out, as " : "21"
    let lines = arguments.contains("--json") ? 23 : 21
    #expect(output.lines.count == lines || "\(output)".contains(all), "\(output)")
    let quiet = try CommandLineTool.effnet(arguments: arguments + ["--quiet"])
    // Notes are not progress, so --quiet keeps them.
    #expect(
      quiet.status == 0 && quiet.hasOnlyNotes && quiet.standardError.contains(note),
      "\(quiet.standardError)")
  }

  /// An object of `--json` about a file that is not a photo.
  private struct Skipped: Decodable, Hashable {
    let path, skipped, kind: String
  }

  private var skipped: [Skipped] {
    [
      Skipped(
        path: bench.path("photos/dark/x.bmp"),
        skipped: "it has the format BMP, which cannot be read", kind: "otherFormat"),
      Skipped(
        path: bench.path("photos/dark/y.heic"),
        skipped: "it has the format HEIC, which cannot be read", kind: "otherFormat"),
      Skipped(
        path: bench.path("photos/notes.txt"),
        skipped: "its name does not end in .jpg, .png or .webp", kind: "ending"),
    ]
  }

  @Test(
    "--json has an object for each file",
    arguments: [
      ["classify", "PHOTOS"], ["label", "--examples", "EXAMPLES", "--photos", "PHOTOS"],
      ["explain", "PHOTOS", "--output", "OUT"], ["similar", "PHOTO", "--among", "PHOTOS"],
    ])
  func objects(arguments: [String]) throws {
    _ = try bench.folder.file("photos/notes.txt", contents: "x")
    try bench.folder.writeTwoShades("examples")
    let arguments = arguments.map {
      $0.replacing("PHOTOS", with: bench.path("photos")).replacing("OUT", with: bench.path("out"))
        .replacing("EXAMPLES", with: bench.path("examples"))
        .replacing("PHOTO", with: bench.path("examples/dark/0.png"))
    }
    let output = try CommandLineTool.effnet(
      arguments: arguments + ["--json", "--quiet", "--weights", weights, "--threads", "1"])
    let found = output.lines.compactMap {
      try? JSONDecoder().decode(Skipped.self, from: Data($0.utf8))
    }
    #expect(output.status == 0 && Set(found) == Set(skipped), "\(output)")
    #expect(found.count == 3)
  }

  @Test(
    "--json of a single object lists each file",
    arguments: [["embed", "PHOTOS", "-o", "OUT"], ["duplicates", "PHOTOS"]])
  func list(arguments: [String]) throws {
    struct Summary: Decodable { let skipped: [Skipped] }
    _ = try bench.folder.file("photos/notes.txt", contents: "x")
    let arguments = arguments.map {
      $0.replacing("PHOTOS", with: bench.path("photos"))
        .replacing("OUT", with: bench.path("out.npz"))
    }
    let output = try CommandLineTool.effnet(
      arguments: arguments + ["--json", "--quiet", "--weights", weights, "--threads", "1"])
    let summary = try output.json(Summary.self)
    #expect(output.status == 0 && Set(summary.skipped) == Set(skipped), "\(output)")
  }

  /// The commands of a text that convert pictures.
  private func conversions(_ text: String) -> [String] {
    text.split(separator: "\n").map { String($0.drop { $0 == " " }) }
      .filter { $0.hasPrefix("find holiday/") }
  }

  @Test("the help has the commands of the documentation that convert pictures, each in one line")
  func conversion() throws {
    let page = try String(
      contentsOf: CommandLineTool.root.appending(path: "Docs/inference.md"), encoding: .utf8)
    let help = try CommandLineTool.effnet("classify", "--help")
    let shown = conversions(help.standardOutput)
    #expect(shown == conversions(page) && shown.count == 6)
  }

  @Test("the commands that convert pictures replace no file")
  func conversionsKeepFiles() throws {
    // Programs that write the name of their input to their output.
    for program in ["heif-convert", "avifdec", "convert"] {
      let file = try bench.folder.file(program, contents: "#!/bin/sh\nprintf %s \"$1\" >\"$2\"\n")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    try bench.folder.make("holiday/a b")
    let pictures = ["a.heic", "a.avif", "a.gif", "a b/a.BMP", "a.bmp", "a.tif", "a.tiff"]
    let others = ["a.jpg", "a.tif.xmp"]
    for name in pictures + others {
      _ = try bench.folder.file("holiday/\(name)", contents: "old")
    }
    for command in conversions(try CommandLineTool.effnet("classify", "--help").standardOutput) {
      let output = try CommandLineTool.run(
        URL(filePath: "/bin/sh"), ["-c", "PATH=.:$PATH; \(command)"], folder: bench.folder.url)
      #expect(output.status == 0 && output.standardError.isEmpty, "\(output)")
    }
    func content(_ name: String) throws -> String {
      try bench.folder.text("holiday/\(name)")
    }
    for name in pictures + others { #expect(try content(name) == "old", "\(name)") }
    for name in pictures {
      // Of a file with several pictures, ImageMagick reads the first one, [0].
      let input = try content(name + ".jpg").replacing("[0]", with: "")
      #expect(input == "holiday/\(name)")
    }
    let count = try FileManager.default.subpathsOfDirectory(atPath: bench.path("holiday")).count
    #expect(count == 2 * pictures.count + others.count + 1)
  }

  /// A network with the folders' classes, for evaluate.
  private func network(for command: String) throws -> String {
    guard command == "evaluate" else { return weights }
    var architecture = try Architecture.tiny("tiny-silu")
    architecture.classes = 2
    let description = ModelDescription(
      architecture: architecture,
      preprocessing: Preprocessing(
        resize: 40, crop: 33, interpolation: .bicubic, mean: [127, 127, 127], std: [128, 128, 128]),
      classes: ["dark", "light"].map { ClassLabel(name: $0) }, provenance: "the formula")
    let path = bench.path("two.safetensors")
    try Model(description, weights: Formula.weights(of: architecture)).write(to: path)
    return path
  }

  @Test("standard input may separate photos by zero bytes, and repeated photos are noted")
  func standardInput() throws {
    let photos = ["dark/1.png", "light/2.png", "dark/1.png"].map { bench.path("photos/\($0)") }
    let output = try CommandLineTool.effnet(
      "classify", "-", "--weights", weights, "--threads", "1",
      input: photos.map { $0 + "\0" }.joined())
    #expect(output.status == 0 && output.lines.count == 3)
    let note = "note: 1 photo is named more than once, such as \(photos[0])\n"
    #expect(output.standardError.hasPrefix(note))
    let thrice = try CommandLineTool.effnet(
      "classify", photos[0], photos[0], photos[0], "--weights", weights, "--threads", "1")
    #expect(thrice.lines.count == 3 && thrice.standardError.hasPrefix(note))
    let folder = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "exec \"$0\" classify - --weights \"$1\" < /",
        CommandLineTool.buildFolder.appending(path: "effnet").path, weights,
      ])
    #expect(folder.status == 1)
    #expect(folder.standardError == "effnet: standard input: Is a directory\n")
  }

  @Test("standard input may be a photo")
  func photoOnStandardInput() throws {
    let photo = bench.path("photos/dark/1.png")
    func piped(_ arguments: String..., photo: String) throws -> CommandLineTool.Output {
      try CommandLineTool.run(
        URL(filePath: "/bin/sh"),
        [
          "-c", "photo=$1; shift; cat \"$photo\" | \"$0\" \"$@\"",
          CommandLineTool.buildFolder.appending(path: "effnet").path, photo,
        ] + arguments, folder: bench.folder.url)
    }
    func predictions(_ output: CommandLineTool.Output) -> Substring? {
      output.standardOutput.split(separator: "\"predictions\"").last
    }
    let output = try piped("classify", "-", "--json", "--weights", weights, photo: photo)
    let file = try bench.effnet("classify", photo, "--json", "--weights", weights)
    #expect(output.status == 0 && output.standardOutput.contains("\"path\":\"-\""), "\(output)")
    #expect(predictions(output) == predictions(file))

    let named = try piped("classify", "/dev/stdin", "--json", "--weights", weights, photo: photo)
    #expect(named.status == 0 && named.standardOutput == output.standardOutput)
    // /dev/stdin is always a photo, so a text is not read as a list of paths.
    let list = try bench.folder.file("list.txt", contents: "photos\n").path
    let refused = try piped("classify", "/dev/stdin", "--json", "--weights", weights, photo: list)
    #expect(
      refused.status == 1 && refused.standardOutput.contains("\"kind\":\"notAPicture\"")
        && refused.standardOutput.contains("\"path\":\"-\""), "\(refused)")

    let embedded = try piped("embed", "-", "-o", "row.csv", "--weights", weights, photo: photo)
    #expect(embedded.status == 0, "\(embedded)")
    let rows = try String(contentsOfFile: bench.path("row.csv"), encoding: .utf8)
    #expect(rows.contains("\n-,"))
    let explained = try piped("explain", "-", "-o", "maps", "--weights", weights, photo: photo)
    #expect(explained.status == 0 && explained.standardOutput.hasPrefix("-: "), "\(explained)")
    let sheets = try FileManager.default.contentsOfDirectory(atPath: bench.path("maps"))
    #expect(sheets.count == 1 && sheets[0].hasPrefix("stdin.explained."))
    // A file with the name is another photo.
    _ = try bench.folder.file("-", contents: "no photo")
    let similar = try piped(
      "similar", "-", "--among", "photos/dark", "--weights", weights, photo: photo)
    #expect(similar.lines.count > 1 && similar.lines[1].contains("1.0000"), "\(similar)")
    let identical = similar.lines.filter { $0.hasSuffix("  identical") }
    #expect(identical.count == 1 && identical[0].contains("/1.png "), "\(similar)")

    let sorted = try piped(
      "classify", "-", "--sort-into", "sorted", "--weights", weights, photo: photo)
    #expect(sorted.status == 2 && sorted.standardError.contains("needs photos in files"))
    let groups = try piped("duplicates", "-", "--weights", weights, photo: photo)
    #expect(
      groups.status == 1 && groups.standardError.contains("is a picture, not a list of paths"))
    let gif = try bench.folder.file("a.gif", contents: "GIF89a and so on").path
    let foreign = try piped("classify", "-", "--weights", weights, photo: gif)
    #expect(
      foreign.status == 1
        && foreign.standardError.hasPrefix("effnet: standard input has the format GIF, which"))
  }
}
