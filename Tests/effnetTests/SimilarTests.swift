import EfficientNet
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

  @Test("the features are kept, and only new and changed photos are computed again")
  func kept() throws {
    let first = try similar(photo("b.png"), "--among", photos, "--top", "2")
    #expect(
      first.standardError
        == "4 photos computed, 0 reused from an earlier run\n"
        + "1 is the same picture, about 0 has nothing in common\n")
    #expect(first.lines.count == 3 && first.lines[0] == photo("b.png"))
    // Another spelling of the folder, with the older name of the option.
    let again = try similar(photo("b.png"), "--in", "\(photos)/sub/..", "--top", "2", "--json")
    #expect(again.standardError == "0 photos computed, 4 reused from an earlier run\n")
    try bench.write(picture(9), "photos/a.png")
    try bench.write(picture(8), "photos/e.png")
    let changed = try similar(photo("b.png"), "--among", photos)
    #expect(changed.standardError.hasPrefix("2 photos computed, 3 reused from an earlier run\n"))
    #expect(changed.lines.count == 5)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.path("cache/features")).count == 1)
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

  @Test("an unreadable photo of the folder is reported and left out")
  func unreadable() throws {
    _ = try bench.folder.file("photos/bad.png", contents: "no picture")
    let output = try similar(photo("b.png"), "--among", photos)
    #expect(output.status == 1 && output.lines.count == 4)
    #expect(output.standardError.contains("bad.png is not a JPEG, PNG or WebP picture\n"))
    #expect(output.standardError.contains("4 photos computed, 0 reused"))
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
