import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet embed, similar, duplicates and label")
struct FeatureCommandTests {
  let bench: Workbench
  let weights: String

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    try write(picture(1), "photos/a.png")
    try write(picture(2), "photos/b.png")
    try write(picture(3), "photos/sub/c.png")
  }

  private func write(_ picture: PixelBuffer, _ name: String) throws {
    try bench.write(picture, name)
  }

  /// The path of one of the photos.
  private func photo(_ name: String) -> String { "\(bench.path("photos"))/\(name)" }

  /// Writes a file of features.
  private func write(_ rows: [[Float]], named names: [String], _ name: String) throws -> String {
    try FeatureTable(source: "", names: names, rows: FeatureMatrix(rows))
      .write(to: bench.path(name))
    return bench.path(name)
  }

  private func run(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments)
  }

  @Test("embed writes every format, identical for any threads and batch")
  func embed() throws {
    let photos = bench.path("photos")
    let output = try bench.effnet(
      "embed", photos, "-o", bench.path("x.npz"), "--weights", weights, "--quiet")
    #expect(
      output.standardOutput == "\(bench.path("x.npz")): 3×50 global_pool of tiny-silu\n")
    let table = try FeatureTable(contentsOf: bench.path("x.npz"))
    #expect(Array(table.names) == ["a.png", "b.png", "sub/c.png"].map { "\(photos)/\($0)" })
    #expect(table.description?.model == "tiny-silu" && table.description?.weightFile == weights)
    let first = try Data(contentsOf: URL(filePath: bench.path("x.npz")))
    try bench.effnet(
      "embed", photos, "-o", bench.path("x.npz"), "--weights", weights, "--quiet", "--threads",
      "3", "--batch", "2")
    #expect(try Data(contentsOf: URL(filePath: bench.path("x.npz"))) == first)
    for name in ["x.npy", "x.csv", "x.safetensors"] {
      try bench.effnet(
        "embed", photos, "-o", bench.path(name), "--weights", weights, "--quiet")
    }
    #expect(
      try FeatureTable(contentsOf: bench.path("x.npy")).rows[2] == table.rows[2])
    let csv = try String(contentsOfFile: bench.path("x.csv"), encoding: .utf8)
    #expect(csv.split(separator: "\n").count == 4)
    #expect(csv.contains("/sub/c.png,\(table.rows[2][0]),"))
    #expect(try !bench.folder.names.contains { $0.hasSuffix(".partial") })
  }

  private struct Embedded: Decodable {
    struct Failure: Decodable {
      let path: String
      let error: String
    }
    let output: String
    let stage: String
    let photos: Int
    let features: Int
    let normalized: Bool
    let failed: [Failure]
  }

  @Test("embed takes a stage, normalizes, stores 16 bits, and reports them as JSON")
  func stage() throws {
    let path = bench.path("x.safetensors")
    let result = try bench.json(
      Embedded.self, "embed", bench.path("photos"), "-o", path, "--weights", weights, "--stage",
      "blocks.2", "--normalize", "--store", "bf16", "--json", "--quiet")
    #expect(result.stage == "blocks.2" && result.features == 20 && result.photos == 3)
    #expect(result.normalized && result.failed.isEmpty && result.output == path)
    let row = try FeatureTable(contentsOf: path).rows[0]
    #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 0.01)
  }

  @Test(
    "embed leaves out a bad photo, and resumes after a killed run",
    .disabled(if: Sanitizer.isActive, "it limits the sizes of files"))
  func partial() throws {
    try "no picture".write(
      toFile: bench.path("photos/b.png"), atomically: true, encoding: .utf8)
    let output = try run(
      "embed", bench.path("photos"), "-o", bench.path("x.npz"), "--weights", weights, "--json")
    #expect(output.status == 1)
    #expect(output.standardError.contains("b.png is not a JPEG, PNG or WebP picture\n"))
    let result = try JSONDecoder().decode(
      Embedded.self, from: Data(output.standardOutput.utf8))
    #expect(result.photos == 2 && result.failed.map(\.path) == ["\(bench.path("photos"))/b.png"])
    // The limit on file sizes stops this run while it writes the output, after it has computed all
    // rows.
    let tool = CommandLineTool.buildFolder.appending(path: "effnet").path
    let killed = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -f 2; exec \"$@\"", "sh", tool, "embed", bench.path("photos/a.png"),
        bench.path("photos/sub"), "-o", bench.path("big.csv"), "--weights", weights,
        "--stage", "conv_head",
      ])
    #expect(killed.status == 1 && killed.standardError.contains("File too large"))
    #expect(try bench.folder.names.contains("big.csv.partial"))
    let resumed = try run(
      "embed", bench.path("photos/a.png"), bench.path("photos/sub"), "-o", bench.path("big.csv"),
      "--weights", weights, "--stage", "conv_head")
    #expect(resumed.status == 0)
    #expect(resumed.standardError.hasPrefix("continuing with 2 of 2 rows from "))
    #expect(try bench.folder.names.contains("big.csv"))
  }

  private struct Found: Decodable {
    struct Match: Decodable {
      let rank: Int
      let row: Int
      let name: String
      let cosine: Float
    }
    let query: String
    let matches: [Match]?
    let notFinite: Int?
    let error: String?

    private enum CodingKeys: String, CodingKey {
      case query, matches, error
      case notFinite = "not_finite"
    }
  }

  @Test("similar finds the neighbors of a photo and of a row, without the query itself")
  func similar() throws {
    let table = bench.path("x.npz")
    try bench.effnet("embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    let photo = "\(bench.path("photos"))/b.png"
    let output = try bench.effnet("similar", photo, "--in", table, "--top", "3", "--quiet")
    #expect(output.lines.count == 3 && output.lines[0] == photo)
    #expect(output.lines[1].hasPrefix("  1  0.") || output.lines[1].hasPrefix("  1  1."))
    #expect(!output.lines.dropFirst().contains { $0.contains(photo) })
    let found = try bench.json(
      Found.self, "similar", "--row", photo, "--in", table, "--json", "--threads", "1")
    #expect(found.query == photo && found.matches?.map(\.rank) == [1, 2])
    #expect(Set(found.matches?.map(\.row) ?? []) == [0, 2])
    let again = try bench.json(Found.self, "similar", photo, "--in", table, "--json")
    #expect(again.matches?.map(\.row) == found.matches?.map(\.row))
    let missing = try run("similar", "none.png", photo, "--in", table, "--json")
    #expect(missing.status == 1 && missing.standardError.contains("none.png"))
    let lines = try missing.lines.map {
      try JSONDecoder().decode(Found.self, from: Data($0.utf8))
    }
    #expect(lines.map { $0.error == nil } == [false, true])
  }

  @Test("similar uses the network, resolution and stage of the rows")
  func similarNetwork() throws {
    let photo = "\(bench.path("photos"))/b.png"
    let copy = bench.path("copy.png")
    try FileManager.default.copyItem(atPath: photo, toPath: copy)
    let table = bench.path("large.npz")
    try bench.effnet(
      "embed", bench.path("photos"), "-o", table, "--weights", weights, "--resolution", "45",
      "--quiet")
    for arguments in [[], ["--resolution", "45"]] {
      let output = try CommandLineTool.effnet(
        arguments: ["similar", copy, "--in", table, "--top", "1"] + arguments)
      // Rows of so small a network are nearly equal.
      #expect(output.lines.last?.hasPrefix("  1  1.0000  ") == true, "\(output.standardError)")
    }
    try bench.expectFailure(
      ["similar", photo, "--in", table, "--resolution", "33"], status: 1, "resolution")
    let array = bench.path("stage.npy")
    try bench.effnet(
      "embed", bench.path("photos"), "-o", array, "--weights", weights, "--stage", "blocks.1",
      "--quiet")
    let named = try bench.effnet(
      "similar", copy, "--in", array, "--weights", weights, "--stage", "blocks.1", "--top", "1",
      "--quiet")
    #expect(named.lines.last == "  1  1.0000  \(photo)  identical")
    try bench.expectFailure(
      ["similar", photo, "--in", array, "--weights", weights], status: 1,
      "make both with the same network and stage")
    try bench.expectFailure(
      ["similar", photo, "--in", table, "--stage", "blocks.1"], status: 2, "are of global_pool")
    try bench.expectFailure(
      ["similar", "--row", photo, "--in", table, "--resolution", "45"], status: 2,
      "--row needs no network")
    try FileManager.default.moveItem(atPath: weights, toPath: bench.path("moved.safetensors"))
    try bench.expectFailure(
      ["similar", photo, "--in", table], status: 1, "are missing; name them with --weights")
  }

  @Test("similar refuses rows that it cannot compare")
  func similarErrors() throws {
    let table = bench.path("x.npz")
    let photo = "\(bench.path("photos"))/b.png"
    try bench.effnet("embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    let other = try bench.described(.tiny("tiny-article"))
    try bench.expectFailure(
      ["similar", photo, "--in", table, "--weights", other], status: 1, "cannot be compared",
      "--weights")
    try bench.expectFailure(["similar", "--in", table], status: 2, "--row")
    try bench.expectFailure(["similar", photo, "--in", "none.npz"], status: 1, "none.npz")
    try bench.expectFailure(
      ["similar", "--row", "c", "--in", table], status: 1, "has no row 'c'")
    try bench.expectFailure(["similar", photo, "--in", photo], status: 1, "must end in .npz")
    let foreign = FeatureTable(source: "", names: ["a"], rows: FeatureMatrix([[1, 2, 3]]))
    try foreign.write(to: bench.path("foreign.npz"))
    try bench.expectFailure(
      ["similar", photo, "--in", bench.path("foreign.npz")], status: 2, "name it with --model")
    try bench.expectFailure(
      ["similar", photo, "--in", bench.path("foreign.npz"), "--weights", weights], status: 1,
      "rows of 3 numbers", "of 50")
    _ = try bench.folder.file("damaged.npz", contents: "PK")
    try bench.expectFailure(
      ["similar", photo, "--in", bench.path("damaged.npz")], status: 1, "damaged.npz")
  }

  private struct Groups: Decodable {
    struct Photo: Decodable {
      let path: String
      let cosine: Float
    }
    let photos: Int
    let compared: Int
    let groups: [[Photo]]
  }

  @Test("duplicates groups copies of a photo, from photos and from features")
  func duplicates() throws {
    try write(picture(1), "photos/z.png")
    let found = try bench.json(
      Groups.self, "duplicates", bench.path("photos"), "--weights", weights, "--stage",
      "conv_stem", "--threshold", "0.99", "--json", "--quiet")
    // With weights from a formula, all pictures look nearly the same to every stage but the stem.
    #expect(found.photos == 4)
    #expect(found.groups.map { $0.map(\.path) } == [["a.png", "z.png"].map(photo)])
    #expect(found.groups[0].last?.cosine ?? 0 > 0.999_999)
    let table = FeatureTable(
      source: "", names: ["a", "b", "c", "d"],
      rows: FeatureMatrix([[1, 0, 0], [0, 1, 0], [2, 0.1, 0], [0, 1, 0.5]]))
    try table.write(to: bench.path("x.npz"))
    let again = try bench.json(
      Groups.self, "duplicates", "--in", bench.path("x.npz"), "--threshold", "0.99", "--json",
      "--quiet")
    #expect(again.photos == 4 && again.groups.map { $0.map(\.path) } == [["a", "c"]])
    let text = try bench.effnet("duplicates", "--in", bench.path("x.npz"), "--quiet")
    #expect(
      text.standardOutput
        == "group 1\n  keep  1.0000  –  –  a\n        0.9988  –  –  c\n"
        + "group 2\n  keep  1.0000  –  –  b\n        0.8944  –  –  d\n")
  }

  @Test("duplicates compares a file once, even if it is named several times")
  func namedTwice() throws {
    let arguments = [
      "duplicates", bench.path("photos"), photo("a.png"), photo("../photos/b.png"),
      "--weights", weights, "--stage", "conv_stem", "--json", "--threshold", "0.99",
    ]
    let output = try CommandLineTool.effnet(arguments: arguments)
    let found = try JSONDecoder().decode(Groups.self, from: Data(output.standardOutput.utf8))
    #expect(found.photos == 3 && found.groups.isEmpty)
    #expect(
      output.standardError.hasPrefix(
        "note: 2 paths lead to a photo that another path already names\n"))
  }

  @Test("rows that cannot be compared are counted")
  func notFinite() throws {
    let table = try write(
      [[1, 0], [.nan, 1], [2e-25, 0], [0, 0], [-.infinity, 1], [3e25, 3e23]],
      named: ["a", "b", "c", "-d", "e", "f"], "x.safetensors")
    let similar = try run("similar", "--row", "a", "--row", "b", "--in", table, "--json")
    #expect(similar.status == 1)
    #expect(
      similar.standardError
        == "effnet: \(table): 2 rows were skipped: not finite\n"
        + "effnet: b: its features are not finite\n")
    let lines = try similar.lines.map {
      try JSONDecoder().decode(Found.self, from: Data($0.utf8))
    }
    #expect(lines.map(\.query) == ["a", "b"] && lines.map(\.notFinite) == [2, nil])
    #expect(lines[0].matches?.map(\.name) == ["c", "f", "-d"])
    #expect(lines[1].error == "b: its features are not finite")
    // The count does not depend on --top.
    let one = try run("similar", "--row", "-d", "--in", table, "--top", "1")
    #expect(one.status == 0 && one.standardError.contains("2 rows were skipped"))
    let duplicates = try run("duplicates", "--in", table, "--json")
    let found = try JSONDecoder().decode(Groups.self, from: Data(duplicates.standardOutput.utf8))
    #expect(found.photos == 6 && found.compared == 3)
    #expect(found.groups.map { $0.map(\.path) } == [["a", "c", "f"]])
    #expect(
      duplicates.standardError.hasPrefix(
        "1 group among 3 photos (compared in "))
    #expect(duplicates.standardError.contains("note: the sizes of 3 photos are unknown"))
    #expect(
      duplicates.standardError.contains(
        "\(table): 3 rows were skipped: all zeros or not finite\n"))
  }

  @Test("a note says what a sheet leaves out")
  func sheetLimits() throws {
    // More rows of pixels than a JPEG picture can have, and more groups than a sheet shows.
    let rows = (0..<(101 * 24)).map { row in (0..<101).map { $0 == row / 24 ? Float(1) : 0 } }
    let table = try write(rows, named: rows.indices.map { "none/\($0).png" }, "x.npz")
    let sheet = bench.path("sheet.jpg")
    let groups = try run("duplicates", "--in", table, "--quiet", "--sheet", sheet)
    #expect(groups.status == 0)
    #expect(
      groups.standardError.hasPrefix(
        "effnet: \(sheet) shows the first 60 of 101 groups: a JPEG picture is at most 65,500 pixels "
          + "high; use a .png file\neffnet: \(sheet) has 1,440 empty places for unreadable "
          + "photos, the first: none/0.png: No such file"))
    let height = try PixelBuffer(
      contentsOf: sheet, options: DecodingOptions(maximumPixels: 1 << 30)
    ).height
    #expect(height == 60 * ((16 + 22 + 16) + (16 + 4 * (200 + 22 + 16 + 16))))
    let some = try write(
      (0..<101).map { [Float($0), 1] }, named: (0..<101).map { "\($0)" }, "y.npz")
    let queries = (0..<101).flatMap { ["--row", "\($0)"] }
    let similar = try CommandLineTool.effnet(
      arguments: [
        "similar", "--in", some, "--top", "1", "--quiet", "--sheet", bench.path("sheet.png"),
      ] + queries)
    #expect(
      similar.standardError.hasPrefix(
        "effnet: \(bench.path("sheet.png")) shows the first 100 of 101 queries: a sheet holds no more\n"
      ))
    #expect(similar.standardError.contains("has 200 empty places"))
  }

  @Test("photos of the same name are distinguished on a sheet")
  func names() {
    func names(_ paths: String...) -> [String] {
      let cells = paths.map { (path: $0, caption: "") }
      return PhotoSheet.Row(heading: "", cells: cells).names
    }
    #expect(
      names("a/cat.png", "b/cat.png", "a/dog.png", "a/cat.png", "fish.png", "x/y/fish.png")
        == ["a/cat.png", "b/cat.png", "dog.png", "a/cat.png", "fish.png", "y/fish.png"])
    #expect(names("/1/x/a.png", "/2/x/a.png") == ["1/x/a.png", "2/x/a.png"])
  }

  @Test("an unwritable output is an error before the work")
  func earlyOutputs() throws {
    let table = try write([[1, 0], [1, 0]], named: [photo("a.png"), "b"], "x.npz")
    let sheet = bench.path("none/x.png")
    try bench.expectFailure(
      ["duplicates", "--in", table, "--sheet", sheet, "--json"], status: 1, sheet)
    try bench.expectFailure(
      ["similar", "--row", "b", "--in", table, "--sheet", sheet, "--json"], status: 1, sheet)
    let input = photo("a.png")
    try bench.expectFailure(
      ["duplicates", "--in", table, "--sheet", input], status: 2, "would replace the input \(input)"
    )
    try bench.expectFailure(
      ["similar", "--row", "b", "--in", table, "--sheet", input], status: 2,
      "would replace the input \(input)")
    try bench.expectFailure(
      ["duplicates", "x", "--sheet", "FOO.GIF"], status: 2, "--sheet is FOO.GIF; it must end in")
    try bench.folder.writeTwoShades("examples")
    let csv = bench.path("none/x.csv")
    try bench.expectFailure(
      [
        "label", "--examples", bench.path("examples"), "--photos", bench.path("photos"),
        "--weights", weights, "--json", "--quiet", "--csv", csv,
      ], status: 1, csv)
  }

  @Test("classes whose names differ only in Unicode form are two classes")
  func unicodeClasses() throws {
    try bench.folder.writeTwoShades("examples")
    // "é" as two characters and as one.
    let names = ["e\u{301}", "\u{E9}"]
    for (shade, name) in zip(["dark", "light"], names) {
      try FileManager.default.moveItem(
        atPath: bench.path("examples/\(shade)"), toPath: "\(bench.path("examples"))/\(name)")
    }
    let photo = "\(bench.path("examples"))/\(names[1])/3.png"
    let output = try CommandLineTool.effnet(
      "label", "--examples", bench.path("examples"), "--photos", "-", "--weights", weights,
      "--json", "--quiet", input: photo + "\n")
    #expect(output.status == 0 && output.standardError.isEmpty)
    try #require(output.lines.count == 2)
    struct Examples: Decodable {
      struct Validation: Decodable {
        let accuracy: Double
        let counted: Int
      }
      let classes: [String]
      let validation: Validation
    }
    let examples = try JSONDecoder().decode(Examples.self, from: Data(output.lines[0].utf8))
    #expect(Set(examples.classes.map { Array($0.utf8) }) == Set(names.map { Array($0.utf8) }))
    #expect(examples.validation.counted == 20 && examples.validation.accuracy > 0.8)
    // Compares bytes, because the strings would be equal.
    let line = Data(output.lines[1].utf8)
    for text in names.map({ "\"\($0)\":" }) + ["\"label\":\"\(names[1])\"", photo] {
      #expect(line.range(of: Data(text.utf8)) != nil, "\(text)")
    }
  }

  @Test("similar and duplicates draw their results")
  func sheets() throws {
    try write(picture(1), "photos/z.png")
    let (table, sheet) = (bench.path("x.npz"), bench.path("sheet.png"))
    try bench.effnet(
      "embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    // A heading above six places in a row, each with two lines of text below its picture.
    let rowHeight = (16 + 22 + 16) + (16 + 200 + 22 + 16 + 16)
    try bench.effnet(
      "similar", "\(bench.path("photos"))/b.png", "--row", "\(bench.path("photos"))/a.png", "--in",
      table, "--quiet", "--sheet", sheet)
    let found = try PixelBuffer(contentsOf: sheet)
    #expect(found.width == 16 + 6 * 216 && found.height == 2 * rowHeight)
    try bench.effnet(
      "duplicates", "--in", table, "--threshold", "0.999999", "--quiet", "--sheet",
      bench.path("sheet.jpg"))
    #expect(try PixelBuffer(contentsOf: bench.path("sheet.jpg")).height % rowHeight == 0)
    try bench.expectFailure(
      ["duplicates", "--in", table, "--quiet", "--sheet", "x.gif"], status: 2, ".png, .jpg or .jpeg"
    )
    let photo = "\(bench.path("photos"))/b.png"
    let refused = try run("similar", photo, "--in", table, "--sheet", photo)
    #expect(refused.status == 2 && refused.standardError.contains("would replace"))
  }

  @Test("duplicates refuses wrong options")
  func duplicateErrors() throws {
    try bench.expectFailure(["duplicates"], status: 2, "--in")
    try bench.expectFailure(
      ["duplicates", "a", "--threshold", "0"], status: 2, "above 0 and at most 1")
    try bench.expectFailure(
      ["duplicates", "--in", "x.npz", "--stage", "blocks.1"], status: 2, "--in already has features"
    )
    try bench.expectFailure(["duplicates", "--in", "x.npz"], status: 1, "x.npz")
  }

  @Test(
    "label puts photos into the classes of its examples", arguments: ["centroid", "logistic"])
  func label(classifier: String) throws {
    try bench.folder.writeTwoShades("examples")
    try bench.folder.writeTwoShades("photos2")
    let output = try bench.effnet(
      "label", "--examples", bench.path("examples"), "--photos", bench.path("photos2"),
      "--weights", weights, "--classifier", classifier, "--json", "--quiet", "--csv",
      bench.path("x.csv"))
    struct Line: Decodable {
      struct Validation: Decodable {
        let accuracy: Double?
        let interval: [Double]?
        let correct, counted: Int
      }
      let classes: [String]?
      let validation: Validation?
      let path: String?
      let label: String?
      let probability: Double?
      let probabilities: [String: Double]?
    }
    let lines = try output.lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    #expect(lines[0].classes == ["dark", "light"] && lines[0].validation?.counted == 20)
    #expect(try #require(lines[0].validation?.accuracy) > 0.8)
    #expect(lines.count == 21)
    let right = lines.dropFirst().filter { $0.path?.contains("/\($0.label ?? "")/") == true }
    #expect(right.count >= 17)
    for line in lines.dropFirst() {
      #expect(line.probability == line.probabilities?[line.label ?? ""])
    }
    let csv = try String(contentsOfFile: bench.path("x.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("path,label,probability,error\n"))
    #expect(csv.split(separator: "\n").count == 21)
    let only = try bench.effnet(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--classifier",
      classifier, "--quiet")
    #expect(
      only.standardOutput.hasPrefix("2 classes, 20 examples, \(classifier); leave-one-out accuracy")
    )
    let correct = try #require(lines[0].validation?.correct)
    #expect(only.standardOutput.contains(" accuracy \(correct) of 20 ("))
    let interval = try #require(lines[0].validation?.interval)
    #expect(interval.count == 2 && interval[0] < interval[1] && interval[1] <= 1)
  }

  @Test("label refuses unusable examples")
  func labelErrors() throws {
    let folder = bench.path("photos")
    try bench.expectFailure(
      ["label", "--examples", folder, "--weights", weights], status: 1, "has one class only, 'sub'")
    try FileManager.default.createDirectory(
      atPath: bench.path("none"), withIntermediateDirectories: true)
    try bench.expectFailure(
      ["label", "--examples", bench.path("none"), "--weights", weights], status: 1,
      "has no photos;")
    try write(picture(1), "one/cat/a.png")
    try bench.expectFailure(
      ["label", "--examples", bench.path("one"), "--weights", weights, "--quiet"], status: 1,
      "has one class only, 'cat'")
    try bench.expectFailure(
      ["label", "--examples", bench.path("missing"), "--weights", weights], status: 1, "missing")
    try bench.expectFailure(
      ["label", "--examples", folder, "--csv", "x.csv"], status: 2, "--photos")
  }

  @Test("label accepts the same photos as train")
  func labelListing() throws {
    try bench.folder.writeTwoShades("examples/train")
    try bench.folder.writeTwoShades("examples/valid")
    for name in ["examples/LICENSE", "examples/train/Thumbs.db", "examples/__MACOSX/train/._a.png"]
    {
      try FileManager.default.createDirectory(
        at: bench.folder.url.appending(path: name).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      _ = try bench.folder.file(name, contents: "x")
    }
    try FileManager.default.createDirectory(
      atPath: bench.path("examples/train/empty"), withIntermediateDirectories: true)
    let output = try run(
      "label", "--examples", bench.path("examples"), "--weights", weights, "--threads", "1")
    #expect(output.status == 0)
    #expect(output.standardOutput.hasPrefix("2 classes, 20 examples"), "\(output)")
    for words in [
      "1 file left out: 1 without an ending",
      "a class left out (no photos): 'empty'", "20 photos for validation left out",
    ] {
      #expect(output.standardError.contains("note: \(words)"), "\(output.standardError)")
    }
    // The same photos in a table and in an archive.
    let photos = ["dark/1.png", "dark/2.png", "light/1.png", "light/2.png"]
    _ = try bench.folder.file(
      "examples/train/t.csv",
      contents: "path,label\n"
        + photos.map { "\($0),\($0.prefix { $0 != "/" })\n" }.joined())
    let tar = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"),
      ["tar", "-C", bench.path("examples/train"), "-cf", bench.path("t.tar")] + photos)
    #expect(tar.status == 0)
    for path in [bench.path("examples/train/t.csv"), bench.path("t.tar")] {
      let output = try bench.effnet(
        "label", "--examples", path, "--weights", weights, "--threads", "1", "--quiet")
      #expect(output.standardOutput.hasPrefix("2 classes, 4 examples"))
    }
  }

  @Test("embed refuses unwritable outputs and unknown stages, and leaves no files behind")
  func embedErrors() throws {
    let photos = bench.path("photos")
    try bench.expectFailure(["embed", photos], status: 2, "--output")
    try bench.expectFailure(
      ["embed", photos, "-o", "x.txt", "--weights", weights], status: 2, ".npz, .npy, .csv")
    try bench.expectFailure(
      ["embed", photos, "-o", bench.path("x.npz"), "--store", "bf16", "--weights", weights],
      status: 2, ".safetensors")
    try bench.expectFailure(
      ["embed", photos, "-o", bench.path("x.npz"), "--stage", "blocks.9", "--weights", weights],
      status: 2, "has no stage 'blocks.9'")
    try bench.expectFailure(
      ["embed", photos, "-o", "/nonexistent/x.npz", "--weights", weights], status: 1,
      "/nonexistent/x.npz")
    try bench.expectFailure(
      ["embed", photos, "-o", weights, "--weights", weights], status: 2, "would replace")
    let empty = try TemporaryFolder()
    let output = try run("embed", empty.url.path, "-o", bench.path("y.npz"), "--weights", weights)
    #expect(output.status == 1 && output.standardError.contains("no photo could be read"))
    #expect(try !bench.folder.names.contains { $0.hasPrefix("y.npz") })
  }
}
