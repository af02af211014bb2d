import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet similar --among FOLDER")
struct SimilarTests {
  let bench: Workbench
  let weights: String

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    for (number, name) in ["a.png", "b.png", "sub/c.png", "sub/d.png"].enumerated() {
      try bench.write(picture(number), "photos/\(name)")
    }
  }

  private var photos: String { bench.path("photos") }
  private func photo(_ name: String) -> String { "\(photos)/\(name)" }

  /// Runs the command with the features of the stem, and with a cache that lasts.
  ///
  /// With weights from a formula, all pictures look nearly the same to every stage but the stem.
  private func similar(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(
      arguments: ["similar"] + arguments + ["--weights", weights, "--stage", "conv_stem"],
      environment: ["EFFNET_CACHE": bench.path("cache")])
  }

  /// The explanation of the number.
  private let scale =
    "the number is the similarity: 1 is the same picture, about 0 has nothing in common\n"
    + "small or blurred copies are found by 'effnet duplicates'\n"

  @Test("the features are kept, and only new and changed photos are computed again")
  func kept() throws {
    let first = try similar(photo("b.png"), "--among", photos, "--top", "2")
    let start =
      "4 photos computed, 0 reused from an earlier run\n"
      + "\(scale)half of the photos have at most "
    #expect(
      first.standardError.hasPrefix(start)
        && first.standardError.dropFirst(start.count).contains(
          /^[01]\.\d\d: a result near that is like any photo; no number alone shows a match,/),
      "\(first)")
    let sheet = "to see the photos: effnet similar \(photo("b.png")) --among \(photos) --top 2 "
    #expect(
      first.standardError.contains(sheet) && first.standardError.hasSuffix(".png\n"), "\(first)")
    #expect(first.lines.count == 3 && first.lines[0] == photo("b.png"))
    // Another spelling of the folder, with the older name of the option.
    let again = try similar(photo("b.png"), "--in", "\(photos)/sub/..", "--top", "2", "--json")
    #expect(again.standardError == "0 photos computed, 4 reused from an earlier run\n")
    try bench.write(picture(9), "photos/a.png")
    try bench.write(picture(8), "photos/e.png")
    let changed = try similar(photo("b.png"), "--among", photos)
    #expect(changed.standardError.hasPrefix("2 photos computed, 3 reused from an earlier run\n"))
    #expect(changed.lines.count == 5)
    #expect(try bench.folder.names("cache/features").count == 1)
    // The photo folder is left alone.
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: photos).sorted()
        == ["a.png", "b.png", "e.png", "sub", "sub/c.png", "sub/d.png"])
    let quiet = try similar(photo("b.png"), "--among", photos, "--quiet")
    #expect(quiet.standardError.isEmpty && quiet.lines == changed.lines)
  }

  @Test("a photo is not a result of itself by any path; copies of its file are marked")
  func itself() throws {
    try FileManager.default.copyItem(atPath: photo("b.png"), toPath: photo("sub/copy.png"))
    for name in ["link.png", "sub/link.png", "other.png"] {
      try FileManager.default.linkItem(atPath: photo("b.png"), toPath: photo(name))
    }
    for query in [photo("b.png"), photo("sub/../link.png")] {
      let output = try similar(query, "--among", photos, "--top", "4", "--quiet")
      #expect(output.lines.count == 5, "\(output)")
      #expect(output.lines[1] == "  1  1.0000  \(photo("sub/copy.png"))  identical")
      let others = output.lines.dropFirst(2)
      #expect(!others.contains { $0.contains("b.png") || $0.contains("link.png") })
      #expect(!others.contains { $0.contains("identical") })
    }
    let row = try similar("--row", photo("sub/link.png"), "--among", photos, "--top", "1", "--json")
    #expect(row.standardOutput.contains("\"identical\":true"))
  }

  @Test("a line and --json say what is typical, for one query and for several")
  func typical() throws {
    let table = bench.path("x.npz")
    try FeatureTable(
      source: "", names: ["a", "b", "c", "d"],
      rows: FeatureMatrix([[1, 0], [0, 1], [-1, 0], [1, 1]])
    ).write(to: table)
    let reading =
      "a result near that is like any photo; no number alone shows a match, so look at the photos"
    for (queries, line) in [
      (["--row", "a"], "half of the photos have at most 0.00: \(reading)\n"),
      (
        ["--row", "a", "--row", "b", "--row", "d"],
        "for a typical query, half of the photos have at most 0.00: \(reading)\n"
      ),
    ] {
      let output = try bench.run(["similar", "--in", table] + queries)
      #expect(output.standardError == scale + line)
      #expect(try bench.run(["similar", "--in", table, "--quiet"] + queries).standardError.isEmpty)
    }
    struct Found: Decodable { let median: Double }
    let found = try bench.json(Found.self, "similar", "--row", "d", "--in", table, "--json")
    #expect(found.median == 0.71)
  }

  @Test("a folder without other photos is noted")
  func alone() throws {
    for name in ["a.png", "sub"] { try FileManager.default.removeItem(atPath: photo(name)) }
    let output = try similar(photo("b.png"), "--among", photos)
    #expect(output.status == 0 && output.lines == [photo("b.png")[...]])
    #expect(
      output.standardError == "1 photo computed, 0 reused from an earlier run\n"
        + "note: --among \(photos) has no photo to compare besides the query\n")
  }

  @Test("a folder after the value of --among is not silently a query beside others")
  func afterAmong() throws {
    let other = bench.path("other")
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    for among in [["--among", photos], ["--in=\(photos)"]] {
      try bench.expectFailure(
        ["similar", photo("a.png")] + among + [other], status: 2,
        "--among takes one folder, but after \(photos) comes \(other), which would be a query; "
          + "to search several folders, write one file of features for --among: "
          + "effnet embed \(photos) \(other) -o all.npz; to use it as a query, name it before")
    }
    // These have no other meaning.
    for arguments in [
      ["--among", photos, photo("sub")], [photo("a.png"), "--among", photos, photo("b.png")],
      [photo("sub"), photo("a.png"), "--among", photos],
    ] {
      let output = try bench.run(
        ["similar"] + arguments + ["--weights", weights, "--stage", "conv_stem"])
      #expect(output.status == 0, "\(output)")
    }
  }

  @Test("every photo of a folder is a query")
  func folders() throws {
    let output = try similar(
      photo("sub"), photo("a.png"), "--among", photos, "--top", "1", "--quiet")
    #expect(output.status == 0, "\(output)")
    let queries = output.lines.filter { !$0.hasPrefix(" ") }
    #expect(queries.map(String.init) == ["sub/c.png", "sub/d.png", "a.png"].map(photo))
    #expect(output.lines.count == 6)
    // Photos outside the folder give the same features as those inside.
    try FileManager.default.copyItem(atPath: photo("a.png"), toPath: bench.path("x.png"))
    let outside = try similar(bench.path("x.png"), "--among", photos, "--top", "2", "--quiet")
    #expect(outside.lines[1].contains(photo("a.png")) && outside.lines[1].hasSuffix("identical"))
    #expect(outside.lines[2].dropFirst(5) == output.lines[5].dropFirst(5))
  }

  @Test("--together finds the photos most similar to the mean of the queries")
  func together() throws {
    let separate = try similar(photo("sub"), "--among", photos, "--top", "1")
    #expect(
      separate.standardError.contains(
        "\neach photo of a folder is a query of its own; for one list of the photos most similar to "
          + "all of them: effnet similar \(photo("sub")) --among \(photos) --top 1 "),
      "\(separate)")
    let output = try similar(photo("sub"), "--among", photos, "--together", "--json")
    struct Found: Decodable {
      struct Match: Decodable { let name: String }
      let query: String
      let queries: [String]
      let matches: [Match]
    }
    let found = try output.json(Found.self)
    #expect(
      found.query == "2 photos together" && found.queries == ["sub/c.png", "sub/d.png"].map(photo))
    #expect(Set(found.matches.map(\.name)) == Set(["a.png", "b.png"].map(photo)), "\(output)")
    #expect(!output.standardError.contains("query of its own"))
    // Copies of the queries are no results, either.
    try bench.folder.copy("photos/sub", to: "copies")
    let copied = try similar(bench.path("copies"), "--among", photos, "--together", "--json")
    #expect(
      try copied.json(Found.self).matches.map(\.name) == found.matches.map(\.name), "\(copied)")
    let sheet = bench.path("sheet.png")
    #expect(
      try similar(photo("sub"), "--among", photos, "--together", "--sheet", sheet).status == 0)
    #expect(try PixelBuffer(contentsOf: sheet).height < 500)
  }

  @Test("--together subtracts the mean of all photos, so a photo near that mean is no match")
  func togetherSubtractsMean() throws {
    let table = bench.path("x.npz")
    try FeatureTable(
      source: "", names: ["a", "b", "hub", "match", "other", "others"],
      rows: FeatureMatrix([
        [12, 5, 0], [12, 5, 0], [1, 0, 0], [3, 4, 0], [12, -5, 0], [3, -4, 0],
      ])
    ).write(to: table)
    func first(_ options: String...) throws -> CommandLineTool.Output {
      try bench.run(["similar", "--row", "a", "--in", table, "--top", "2"] + options)
    }
    #expect(try first().lines[2] == "  2  0.9231  hub")
    let output = try first("--row", "b", "--together")
    #expect(output.lines[0] == "2 photos together" && output.lines[1].hasSuffix("  match"))
    #expect(
      output.standardError
        == "the number is the cosine similarity after subtracting the mean of all photos; compare it "
        + "only within this list\n", "\(output)")
  }

  @Test("an unreadable photo of the folder is reported and left out")
  func unreadable() throws {
    _ = try bench.folder.file("photos/bad.png", contents: "no picture")
    let output = try similar(photo("b.png"), "--among", photos)
    #expect(output.status == 1 && output.lines.count == 4)
    #expect(output.standardError.contains("bad.png is not a JPEG, PNG or WebP picture\n"))
    #expect(
      output.standardError.contains(
        "\n4 photos computed, 0 reused from an earlier run, 1 could not be read\n"))
  }

  @Test("a cache that cannot be written is noted, and the search goes on")
  func noCache() throws {
    let file = try bench.folder.file("file").path
    let output = try CommandLineTool.effnet(
      "similar", photo("b.png"), "--among", photos, "--weights", weights, "--json",
      environment: ["EFFNET_CACHE": file])
    #expect(output.status == 0 && output.lines.count == 1)
    #expect(
      output.standardError.hasPrefix("note: features are not kept for later runs: \(file)"),
      "\(output)")
  }

  @Test("errors name the option or the row to use")
  func errors() throws {
    try bench.expectFailure(
      ["similar", photo("b.png"), photos], status: 2,
      "nothing to search; use: effnet similar \(photo("b.png")) --among \(photos)")
    try bench.expectFailure(
      ["similar", "a.jpg", "b.jpg", "x.npz"], status: 2,
      "use: effnet similar a.jpg b.jpg --among x.npz")
    try bench.expectFailure(["similar", "a.jpg"], status: 2, "name a folder or a file of features")
    try bench.expectFailure(
      ["similar", "a.jpg", "--among", "missing/"], status: 1,
      "missing/: there is no such folder or file of features")
    try bench.expectFailure(
      ["similar", photo("b.png"), "--among", photos, "--sheet", photo("a.png")], status: 2,
      "would replace the input \(photo("a.png"))")
    try bench.expectFailure(
      [
        "similar", photo("b.png"), "--among", photos, "--weights", weights, "--sheet",
        bench.path("none/x.png"),
      ], status: 1, bench.path("none/x.png"))
    let row = try similar("--row", "C.png", "--among", photos, "--quiet")
    #expect(row.status == 1 && row.lines.isEmpty)
    #expect(
      row.standardError
        == "effnet: \(photos) has no row 'C.png'; did you mean '\(photo("sub/c.png"))'?\n")
  }
}

@Suite("effnet similar --among FILE")
struct SimilarRowsTests: FeatureSuite {
  let bench: Workbench
  let weights: String

  init() throws { (bench, weights) = try Self.fixture() }

  private struct Found: Decodable {
    struct Match: Decodable {
      let rank: Int
      let row: Int
      let name: String
      let cosine: Float
    }
    let query: String?
    let path: String?
    let matches: [Match]?
    let notFinite: Int?
    let error: String?

    private enum CodingKeys: String, CodingKey {
      case query, path, matches, error
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
    let lines = try missing.jsonLines(Found.self)
    #expect(lines.map { $0.error == nil } == [false, true])
    #expect(lines.map(\.path) == ["none.png", nil])
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
      ["similar", photo, "--in", table], status: 1, "are missing; name them with --model")
  }

  @Test("similar refuses rows that it cannot compare")
  func similarErrors() throws {
    let table = bench.path("x.npz")
    let photo = "\(bench.path("photos"))/b.png"
    try bench.effnet("embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    let other = try bench.described(.tiny("tiny-article"))
    try bench.expectFailure(
      ["similar", photo, "--in", table, "--weights", other], status: 1, "cannot be compared",
      "--model")
    try bench.expectFailure(["similar", "--in", table], status: 2, "--row")
    try bench.expectFailure(["similar", photo, "--in", "none.npz"], status: 1, "none.npz")
    try bench.expectFailure(["similar", "--row", "c", "--in", table], status: 1, "has no row 'c'")
    try bench.expectFailure(
      ["similar", photo, "--in", photo], status: 2, "which is a photo; name a folder")
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
        + "effnet: the features of b have NaN or infinity; are the network's weights damaged?\n")
    let lines = try similar.jsonLines(Found.self)
    #expect(lines.map(\.query) == ["a", "b"] && lines.map(\.notFinite) == [2, nil])
    #expect(lines[0].matches?.map(\.name) == ["c", "f", "-d"])
    #expect(lines[1].error?.hasPrefix("the features of b have NaN") == true)
    // The count does not depend on --top.
    let one = try run("similar", "--row", "-d", "--in", table, "--top", "1")
    #expect(one.status == 0 && one.standardError.contains("2 rows were skipped"))
  }

  @Test("a note says what a sheet leaves out")
  func sheetLimits() throws {
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
    let paths = ["a/cat.png", "b/cat.png", "a/dog.png", "a/cat.png", "fish.png", "x/y/fish.png"]
    #expect(
      PhotoSheet.names(of: paths) == [
        "a/cat.png": "a/cat.png", "b/cat.png": "b/cat.png", "a/dog.png": "dog.png",
        "fish.png": "fish.png", "x/y/fish.png": "y/fish.png",
      ])
    #expect(
      PhotoSheet.names(of: ["/1/x/a.png", "/2/x/a.png", "x//a.png", "x/a.png"]) == [
        "/1/x/a.png": "1/x/a.png", "/2/x/a.png": "2/x/a.png", "x//a.png": "x/a.png",
        "x/a.png": "x/a.png",
      ])
  }

  @Test("an unwritable output is an error before the work")
  func earlyOutputs() throws {
    let table = try write([[1, 0], [1, 0]], named: [photo("a.png"), "b"], "x.npz")
    let (sheet, input) = (bench.path("none/x.png"), photo("a.png"))
    try bench.expectFailure(
      ["similar", "--row", "b", "--in", table, "--sheet", sheet, "--json"], status: 1, sheet)
    try bench.expectFailure(
      ["similar", "--row", "b", "--in", table, "--sheet", input], status: 2,
      "would replace the input \(input)")
  }

  @Test("a sheet has a row for each query")
  func sheet() throws {
    let (table, sheet) = (bench.path("x.npz"), bench.path("sheet.png"))
    try bench.effnet("embed", bench.path("photos"), "-o", table, "--weights", weights, "--quiet")
    // A heading above three photos, each with two lines of text below it.
    let height = (16 + 22 + 8) + (160 + 22 + 16 + 16)
    try bench.effnet(
      "similar", "\(bench.path("photos"))/b.png", "--row", "\(bench.path("photos"))/a.png", "--in",
      table, "--quiet", "--sheet", sheet)
    let found = try PixelBuffer(contentsOf: sheet)
    // Two rows of three photos fit next to each other.
    #expect(found.width == 2 * (16 + 3 * 216) && found.height == height)
    let photo = "\(bench.path("photos"))/b.png"
    let refused = try run("similar", photo, "--in", table, "--sheet", photo)
    #expect(refused.status == 2 && refused.standardError.contains("would replace"))
  }
}
