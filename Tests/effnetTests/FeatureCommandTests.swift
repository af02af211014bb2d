import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

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

  /// A picture of noise that depends on a number.
  private func picture(_ number: Int, width: Int = 60, height: Int = 48) -> PixelBuffer {
    // Coarse, so that the picture survives being made smaller.
    let unit = Formula.unit("picture \(number)", count: 8 * 8 * 3)
    let bytes = (0..<(width * height * 3)).map { index in
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      return UInt8(127 + 127 * unit[(y * 8 / height * 8 + x * 8 / width) * 3 + channel])
    }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  private func write(_ picture: PixelBuffer, _ name: String) throws {
    let url = bench.folder.url.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(picture.png()).write(to: url)
  }

  private func run(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments)
  }

  @Test("embed writes every form, the same for any threads and batch")
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

  @Test("embed takes a stage, normalises, stores 16 bits, and says so as JSON")
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

  @Test("embed leaves out a bad photo, and goes on after what a killed run left")
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
    // A run that ends while it writes the output, since it may not have files that large, has made its rows.
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
    #expect(resumed.standardError.hasPrefix("going on with 2 of 2 rows from "))
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
    let error: String?
  }

  @Test("similar finds a photo by itself, by a copy, and a row's neighbours")
  func similar() throws {
    let table = bench.path("x.npz")
    try bench.effnet("embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    let photo = "\(bench.path("photos"))/b.png"
    let output = try bench.effnet("similar", photo, "--in", table, "--top", "2")
    #expect(output.lines[0] == photo && output.lines.count == 3)
    #expect(output.lines[1] == "  1  1.0000  \(photo)")
    let found = try bench.json(
      Found.self, "similar", "--row", photo, "--in", table, "--json", "--threads", "1")
    #expect(found.query == photo && found.matches?.map(\.rank) == [1, 2])
    #expect(Set(found.matches?.map(\.row) ?? []) == [0, 2])
    let missing = try run("similar", "none.png", photo, "--in", table, "--json")
    #expect(missing.status == 1 && missing.standardError.contains("none.png"))
    let lines = try missing.lines.map {
      try JSONDecoder().decode(Found.self, from: Data($0.utf8))
    }
    #expect(lines.map { $0.error == nil } == [false, true])
  }

  @Test("similar refuses what it cannot compare")
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
    try bench.expectFailure(["similar", photo, "--in", photo], status: 1, "kept in .npz")
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
    let groups: [[Photo]]
  }

  @Test("duplicates groups copies of a photo, from photos and from features")
  func duplicates() throws {
    try write(picture(1), "photos/z.png")
    let found = try bench.json(
      Groups.self, "duplicates", bench.path("photos"), "--weights", weights, "--threshold",
      "0.999999", "--json", "--quiet")
    #expect(found.photos == 4)
    // To weights from a formula all pictures look nearly the same.
    let group = try #require(found.groups.first).map { $0.path.split(separator: "/").last ?? "" }
    #expect(group.first == "a.png" && group.last == "z.png")
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
        == "group 1\n  1.0000  a\n  0.9988  c\ngroup 2\n  1.0000  b\n  0.8944  d\n")
  }

  @Test("similar and duplicates draw what they find")
  func sheets() throws {
    try write(picture(1), "photos/z.png")
    let (table, sheet) = (bench.path("x.npz"), bench.path("sheet.png"))
    try bench.effnet(
      "embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    // A heading above six places in a row, each with two lines of text below its picture.
    let rowHeight = (4 + 22 + 4) + (4 + 160 + 22 + 11 + 4)
    try bench.effnet(
      "similar", "\(bench.path("photos"))/b.png", "--row", "\(bench.path("photos"))/a.png", "--in",
      table, "--sheet", sheet)
    let found = try PixelBuffer(contentsOf: sheet)
    #expect(found.width == 4 + 6 * 164 && found.height == 2 * rowHeight)
    try bench.effnet(
      "duplicates", "--in", table, "--threshold", "0.999999", "--quiet", "--sheet",
      bench.path("sheet.jpg"))
    #expect(try PixelBuffer(contentsOf: bench.path("sheet.jpg")).height % rowHeight == 0)
    try bench.expectFailure(
      ["duplicates", "--in", table, "--quiet", "--sheet", "x.gif"], status: 2, ".png or .jpg")
    let photo = "\(bench.path("photos"))/b.png"
    let refused = try run("similar", photo, "--in", table, "--sheet", photo)
    #expect(refused.status == 2 && refused.standardError.contains("would replace"))
  }

  @Test("duplicates says what is wrong")
  func duplicateErrors() throws {
    try bench.expectFailure(["duplicates"], status: 2, "--in")
    try bench.expectFailure(
      ["duplicates", "a", "--threshold", "0"], status: 2, "above 0 to 1")
    try bench.expectFailure(
      ["duplicates", "--in", "x.npz", "--stage", "blocks.1"], status: 2, "features already")
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
        let counted: Int
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
  }

  @Test("label refuses examples that are none")
  func labelErrors() throws {
    let folder = bench.path("photos")
    try bench.expectFailure(
      ["label", "--examples", folder, "--weights", weights], status: 1, "is in no class's folder")
    try FileManager.default.createDirectory(
      atPath: bench.path("none"), withIntermediateDirectories: true)
    try bench.expectFailure(
      ["label", "--examples", bench.path("none"), "--weights", weights], status: 1,
      "has no folders in it")
    try write(picture(1), "one/cat/a.png")
    try bench.expectFailure(
      ["label", "--examples", bench.path("one"), "--weights", weights, "--quiet"], status: 1,
      "there is one class, 'cat'")
    try bench.expectFailure(
      ["label", "--examples", bench.path("missing"), "--weights", weights], status: 1, "missing")
    try bench.expectFailure(
      ["label", "--examples", folder, "--csv", "x.csv"], status: 2, "--photos")
  }

  @Test("embed refuses outputs and stages that there are not, and leaves nothing behind")
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
