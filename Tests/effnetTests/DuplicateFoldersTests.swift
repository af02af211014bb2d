import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("Folders of duplicates")
struct DuplicateFoldersTests {
  let bench: Workbench
  let weights: String

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    // The longer path is that of the sorted photo.
    try bench.write(picture(1), "my photos/birds/parrot.png")
    try bench.write(picture(1), "heap/p.png")
    try bench.write(picture(2), "heap/other.png")
  }

  private struct Found: Decodable {
    struct Photo: Decodable {
      let path: String
      let keep: Bool
    }
    struct Folder: Decodable, Equatable {
      let path: String
      let keep, duplicates: Int
    }
    let groups: [[Photo]]
    let folders: [Folder]
    var kept: [String] { groups.flatMap { $0 }.filter(\.keep).map(\.path) }
  }

  private func duplicates(
    _ arguments: [String], input: String = ""
  ) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(
      arguments: ["duplicates"] + arguments
        + ["--weights", weights, "--stage", "conv_stem", "--threshold", "0.99"],
      input: input, environment: ["EFFNET_CACHE": bench.path("cache")])
  }

  private func found(_ arguments: [String], input: String = "") throws -> Found {
    let output = try duplicates(arguments + ["--json", "--quiet"], input: input)
    return try output.json(Found.self)
  }

  private var mine: String { bench.path("my photos") }
  private var heap: String { bench.path("heap") }
  private var parrot: String { "\(mine)/birds/parrot.png" }

  @Test("of equal photos, the one in the folder that is named first is kept")
  func first() throws {
    let mineFirst = try found([mine, heap])
    #expect(mineFirst.kept == [parrot])
    #expect(
      mineFirst.folders == [
        .init(path: mine, keep: 1, duplicates: 0), .init(path: heap, keep: 0, duplicates: 1),
      ])
    #expect(try found([heap + "/", mine]).kept == ["\(heap)/p.png"])
    // The order of photos and of standard input counts, too.
    #expect(try found([parrot, heap]).kept == [parrot])
    #expect(try found(["-"], input: "\(mine)\n\(heap)\n").kept == [parrot])
    // A subfolder that is named before its parent is a folder of its own.
    let inside = try found([mine, bench.folder.url.path])
    #expect(inside.kept == [parrot])
    // Better photos are kept wherever they are.
    try bench.write(PixelBuffer(width: 60, height: 48, repeating: 9), "heap/flat.png")
    try bench.write(PixelBuffer(width: 120, height: 96, repeating: 9), "my photos/flat.png")
    #expect(try found([heap, mine]).kept.contains("\(mine)/flat.png"))
  }

  @Test(
    "of equal photos, one whose name is not that of a copy is kept, in any folder",
    arguments: [
      "p (1).png", "p copy.png", "p - Copy (2).png", "Copy of p.png", "p(copy).png",
    ])
  func copies(name: String) throws {
    try bench.write(picture(1), "heap/\(name)")
    try bench.folder.remove("heap/p.png")
    #expect(try found([bench.folder.url.path]).kept == [parrot])
    #expect(try found([heap, mine]).kept == ["\(heap)/\(name)"], "the folders come first")
  }

  @Test("lines say why a photo is kept and count photos by folder")
  func lines() throws {
    let list = bench.path("delete.txt")
    let reason =
      "of photos with equal pixels and bytes, the one in the folder that you named first is kept\n"
    let output = try duplicates([mine, heap, "--delete-list", list])
    #expect(
      output.standardError.contains(
        "\n\(reason)photos to delete by folder: 1 in \(heap); kept: 1 in \(mine)\n"), "\(output)")
    #expect(try String(contentsOfFile: list, encoding: .utf8) == "\(heap)/p.png\n")
    let listed = try duplicates([mine, heap])
    #expect(
      listed.standardError.contains(
        "\n\(reason)duplicates by folder: 1 in \(heap); kept: 1 in \(mine)\n"), "\(listed)")
    #expect(try duplicates([mine, heap, "--quiet"]).standardError.isEmpty)
    // Subfolders of a single folder are counted, and the shortest path decides.
    let single = try duplicates([bench.folder.url.path])
    #expect(
      single.standardError.contains(
        "\nduplicates by folder: 1 in \(mine); kept: 1 in \(heap)\n"), "\(single)")
    #expect(!single.standardError.contains("named first"))
    // Without duplicates, or in one folder, there is nothing to count.
    let none = try duplicates([heap])
    #expect(!none.standardError.contains("by folder"), "\(none)")
    try bench.write(picture(1), "heap/q.png")
    let one = try duplicates([heap])
    #expect(!one.standardError.contains("by folder"), "\(one)")
  }

  @Test("the order of the folders decides nothing if other photos are better")
  func indecisive() throws {
    let data = try Data(contentsOf: URL(filePath: parrot))
    try (data + [0]).write(to: URL(filePath: parrot))
    let output = try duplicates([heap, mine])
    #expect(output.standardOutput.contains("keep  1.0000"), "\(output)")
    #expect(!output.standardError.contains("named first"), "\(output)")
  }

  @Test("a photo is in the first folder of the command line that has it or names it")
  func places() throws {
    let root = bench.folder.url.path
    for name in ["a/b", "ab", "c"] {
      try bench.folder.make("places/\(name)")
    }
    let (a, b, c) = ("\(root)/places/a", "\(root)/places/a/b", "\(root)/places/c")
    let folders = NamedFolders(["\(c)/x.jpg", "\(b)//", a, "\(a)/"])
    #expect(folders.folders == [c, b, a])
    let photos = [
      "\(c)/x.jpg", "\(c)/y.jpg", "\(b)/1/2/x.jpg", "\(a)/x.jpg", "\(a)b/x.jpg", "x.jpg",
    ]
    #expect(photos.map(folders.place) == [0, 3, 1, 2, 3, 3])
    // The outer folder is the first, so it has the photos of the inner one.
    #expect(NamedFolders([a, b]).place(of: "\(b)//x.jpg") == 0)
    #expect(NamedFolders([b, "/"]).place(of: "/x.jpg") == 1)
    #expect(NamedFolders(["."]).place(of: "./sub/x.jpg") == 0)
  }

  @Test("subfolders are cut at the first level where photos differ, and the line names five")
  func counts() {
    let deep = DuplicateFolders(
      kept: ["/a/b/1/x.jpg"], duplicates: ["/a/b/1/2/y.jpg", "/a/b/3/z.jpg", "/a/b/w.jpg"],
      named: NamedFolders([]))
    #expect(deep.counts.map(\.folder) == ["/a/b", "/a/b/1", "/a/b/3"])
    #expect(
      deep.line("duplicates")
        == "duplicates by folder: 1 in /a/b, 1 in /a/b/1, 1 in /a/b/3; kept: 1 in /a/b/1")
    let many = DuplicateFolders(
      kept: ["x.jpg"],
      duplicates: (0..<7).flatMap { folder in (0...folder).map { "\(folder)/\($0).jpg" } },
      named: NamedFolders([]))
    #expect(
      many.line("duplicates")
        == "duplicates by folder: 7 in 6, 6 in 5, 5 in 4, 4 in 3, 3 in 2, 3 in 2 other folders; "
        + "kept: 1 in .")
    let rows = DuplicateFolders(kept: ["a"], duplicates: ["c"], named: NamedFolders([]))
    #expect(rows.line("duplicates") == nil)
  }
}
