import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet duplicates")
struct DuplicatesTests {
  let bench: Workbench
  let weights: String

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
    try bench.write(picture(1), "photos/a.png")
    try bench.write(picture(2), "photos/b.png")
    try bench.write(doubled(picture(1)), "photos/large.png")
    try bench.write(picture(1), "photos/sub/same.png")
  }

  /// Returns a picture of twice the size, with four equal pixels for each one.
  private func doubled(_ picture: PixelBuffer) -> PixelBuffer {
    let (width, height) = (2 * picture.width, 2 * picture.height)
    let bytes = (0..<(3 * width * height)).map { index in
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      return picture.bytes[3 * (y / 2 * picture.width + x / 2) + channel]
    }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  private func photo(_ name: String) -> String { "\(bench.path("photos"))/\(name)" }

  private func bytes(_ name: String) throws -> Int {
    try Data(contentsOf: URL(filePath: photo(name))).count
  }

  private func duplicates(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(
      arguments: [
        "duplicates", bench.path("photos"), "--weights", weights, "--stage", "conv_stem",
        "--threshold", "0.99",
      ] + arguments, environment: ["EFFNET_CACHE": bench.path("cache")])
  }

  private struct Groups: Decodable {
    struct Photo: Decodable {
      let path: String
      let keep, identical: Bool
      let width, height, bytes: Int?
      let via: String?
    }
    let groups: [[Photo]]
  }

  @Test("a group begins with the largest photo, and lists pixels and bytes")
  func keep() throws {
    let output = try duplicates()
    #expect(output.status == 0, "\(output)")
    let lines = output.lines
    try #require(lines.count == 4, "\(output)")
    #expect(lines[0] == "group 1")
    #expect(lines[1].hasPrefix("  keep  1.0000  120 × 96  "))
    #expect(lines[1].hasSuffix(" bytes  \(photo("large.png"))"))
    #expect(lines[2].hasPrefix("        ") && lines[2].contains("   60 × 48  "))
    #expect(lines[2].hasSuffix(" bytes  \(photo("a.png"))"))
    #expect(lines[3].hasSuffix(" bytes  \(photo("sub/same.png"))"))
    #expect(
      output.standardError.hasPrefix(
        "4 photos computed, 0 reused from an earlier run\n"
          + "1 group among 4 photos: keep 1, the other 2 have "))
    let json = try duplicates("--json", "--quiet")
    let groups = try json.json(Groups.self).groups
    #expect(groups.map { $0.map(\.path) } == [["large.png", "a.png", "sub/same.png"].map(photo)])
    #expect(groups[0].map(\.keep) == [true, false, false])
    #expect(groups[0].map(\.width) == [120, 60, 60] && groups[0].map(\.height) == [96, 48, 48])
    #expect(try groups[0][1].bytes == bytes("a.png") && groups[0].allSatisfy { !$0.identical })
  }

  @Test("copies of the photo to keep are identical, and links to it are the photo itself")
  func identical() throws {
    try FileManager.default.copyItem(atPath: photo("large.png"), toPath: photo("large (1).png"))
    try FileManager.default.linkItem(atPath: photo("large.png"), toPath: photo("zz.png"))
    let output = try duplicates()
    let identical = output.lines.filter { $0.hasSuffix("  identical") }
    #expect(identical.count == 1 && identical[0].contains("/large (1).png  "), "\(output)")
    #expect(
      output.standardError.hasSuffix(
        "\nto move the duplicates away: --move-to FOLDER; to delete them, write a list of them "
          + "with --delete-list delete.txt\n"))
    #expect(!output.standardOutput.contains("zz.png"))
    let sheet =
      "\nto see the photos: effnet duplicates \(bench.path("photos")) --weights \(weights) "
    #expect(output.standardError.contains(sheet) && output.standardError.contains(" --sheet sheet"))
  }

  @Test("a photo below the threshold names the one that connects it")
  func via() throws {
    let table = bench.path("x.npz")
    try FeatureTable(
      source: "", names: ["a", "b", "c"], rows: FeatureMatrix([[1, 0], [1, 0.5], [1, 1.5]])
    ).write(to: table)
    let output = try bench.effnet("duplicates", "--in", table, "--quiet", "--threshold", "0.8")
    #expect(
      output.standardOutput == """
        group 1
          keep  1.0000  –  –  a
                0.8944  –  –  b
                0.5547  –  –  c  via b

        """)
  }

  @Test("--move-to moves the photos that the list would have, and the script moves them back")
  func moveTo() throws {
    let folder = bench.path("copies")
    let output = try duplicates("--move-to", folder)
    #expect(output.status == 0, "\(output)")
    #expect(
      output.standardError.hasSuffix(
        "2 photos moved into \(folder)\nto undo: sh \(folder)/undo.sh\n"), "\(output)")
    let manager = FileManager.default
    #expect(
      try manager.contentsOfDirectory(atPath: "\(folder)/duplicates").sorted()
        == ["a.png", "same.png"])
    let originals = ["a.png", "sub/same.png"].map(photo)
    #expect(!originals.contains(where: manager.fileExists(atPath:)))
    let undo = try CommandLineTool.run(URL(filePath: "/bin/sh"), ["\(folder)/undo.sh"])
    #expect(undo.status == 0 && originals.allSatisfy(manager.fileExists(atPath:)), "\(undo)")
    #expect(!manager.fileExists(atPath: folder))
    let photos = bench.path("photos")
    for (arguments, words) in [
      ([photos, "--move-to", "\(photos)/new"], "is in \(photos), so the next search would find"),
      ([photos, "--move-to", folder, "--delete-list", "x"], "cannot be used together"),
      (["--in", "x.npz", "--move-to", folder], "--move-to needs photos instead of --in"),
    ] {
      try bench.expectFailure(["duplicates"] + arguments, status: 2, words)
    }
    let listed = try CommandLineTool.effnet(
      "duplicates", "-", "--weights", weights, "--move-to", "\(photos)/new", input: "\(photos)\n")
    #expect(
      listed.status == 2
        && listed.standardError.contains("is in \(photos), so the next search would find"),
      "\(listed)")
  }

  @Test("--move-to moves every identical photo, also if several have one name")
  func moveIdentical() throws {
    let (photos, folder) = (bench.path("copied"), bench.path("away"))
    for name in ["a", "b", "c"] { try bench.write(picture(1), "copied/\(name)/x.png") }
    let output = try bench.run([
      "duplicates", photos, "--weights", weights, "--stage", "conv_stem", "--move-to", folder,
    ])
    #expect(
      output.standardError.hasSuffix(
        "2 photos moved into \(folder)\nto undo: sh \(folder)/undo.sh\n"), "\(output)")
    let manager = FileManager.default
    #expect(
      try manager.contentsOfDirectory(atPath: "\(folder)/duplicates").sorted()
        == ["x-2.png", "x.png"])
    #expect(
      ["a", "b", "c"].filter { manager.fileExists(atPath: "\(photos)/\($0)/x.png") } == ["a"])
  }

  @Test("the list has the photos to delete, but none whose name has a line break")
  func deleteList() throws {
    let list = bench.path("delete.txt")
    _ = try bench.folder.file("delete.txt", contents: "an older list")
    let output = try duplicates("--delete-list", list, "--quiet")
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output)")
    let told = try duplicates("--delete-list", list)
    #expect(
      told.standardError.hasSuffix(
        "\nphotos to delete by folder: 1 in \(bench.path("photos")), 1 in \(photo("sub")); "
          + "kept: 1 in \(bench.path("photos"))\n"
          + "\(list) has 2 photos to delete; remove the lines of photos to keep, then:\n"
          + "  xargs -r -d '\\n' rm -- < \(list)\n"), "\(told)")
    let paths = ["a.png", "sub/same.png"].map(photo)
    #expect(try String(contentsOfFile: list, encoding: .utf8) == paths.map { $0 + "\n" }.joined())
    try FileManager.default.copyItem(atPath: photo("a.png"), toPath: photo("two\nlines.png"))
    let broken = try duplicates("--delete-list", list, "--quiet")
    #expect(broken.status == 1)
    #expect(broken.standardError.contains("whose name has a line break; delete it yourself"))
    #expect(try String(contentsOfFile: list, encoding: .utf8) == paths.map { $0 + "\n" }.joined())
    try bench.expectFailure(
      ["duplicates", "--in", "x.npz", "--delete-list", list], status: 2, "needs photos")
    try bench.expectFailure(
      ["duplicates", bench.path("photos"), "--delete-list", photo("a.png")], status: 2,
      "would replace the input \(photo("a.png"))")
    let sheet = bench.path("x.png")
    try bench.expectFailure(
      ["duplicates", bench.path("photos"), "--sheet", sheet, "--delete-list", sheet], status: 2,
      "--delete-list and --sheet are the same file")
    let unwritable = bench.path("none/x.txt")
    try bench.expectFailure(
      ["duplicates", bench.path("photos"), "--weights", weights, "--delete-list", unwritable],
      status: 1, unwritable)
  }

  /// The groups and the list of rows whose files may be missing.
  private func list(
    _ rows: [[Float]], _ names: [String], named: [String] = []
  ) throws -> (groups: DuplicatePhotos, list: DeleteList) {
    let groups = try DuplicatePhotos(
      FeatureTable(source: "", names: names, rows: FeatureMatrix(rows)), nil,
      named: NamedFolders(named), threshold: 0.8, appliesOrientation: true,
      pool: ThreadPool(threads: 1)
    ) { _, _ in }
    return (groups, DeleteList(groups, linked: []))
  }

  @Test("the list leaves out photos below the threshold")
  func chained() throws {
    let (groups, list) = try list(
      [[1, 0], [1, 0.5], [1, 1.5]], ["large.png", "a.png", "sub/same.png"].map(photo))
    #expect(groups.photos.map { $0.map(\.via) } == [[nil, nil, photo("a.png")]])
    #expect(list.paths == [photo("a.png")] && list.leftOut == [.chained: 1])
    #expect(
      groups.sheetRows[0].cells.map(\.caption)
        == ["keep, 120 × 96", "0.8944, 60 × 48", "0.5547 via others, 60 × 48"])
    #expect(groups.summary.hasPrefix("1 group among 3 photos: keep 1, 1 duplicate has "))
    #expect(groups.summary.hasSuffix(" bytes, check the other one"))
  }

  @Test("a sheet says which photo is kept and which is identical, as the terminal does")
  func captions() throws {
    try FileManager.default.copyItem(atPath: photo("large.png"), toPath: photo("large (1).png"))
    let (groups, _) = try list([[1, 0], [1, 0]], ["large.png", "large (1).png"].map(photo))
    #expect(groups.sheetRows[0].cells.map(\.caption) == ["keep, 120 × 96", "identical, 120 × 96"])
  }

  @Test("a number behind a name makes a copy only of a photo in the group")
  func numbers() throws {
    for name in ["trip-2", "trip-10", "sub/trip", "trip (1)"] {
      try bench.write(picture(3), "photos/\(name).png")
    }
    func kept(_ names: String...) throws -> String {
      let rows = names.map { _ in [Float(1), 0] }
      return try list(rows, names.map { photo("\($0).png") }).groups.photos[0][0].path
    }
    #expect(try kept("trip-10", "trip-2", "trip (1)") == photo("trip-2.png"))
    #expect(try kept("trip-10", "trip (1)") == photo("trip-10.png"))
    #expect(try kept("trip-2", "sub/trip") == photo("sub/trip.png"))
  }

  @Test("the list leaves out photos that cannot be read")
  func unreadable() throws {
    let (_, list) = try list(
      [[1, 0], [1, 0.1], [1, 0.2]], ["a.png", "large.png", "missing.png"].map(photo))
    #expect(list.paths == [photo("a.png")] && list.leftOut == [.unreadable: 1])
  }

  @Test("the list never has another path to the photo to keep", arguments: [true, false])
  func links(areHard: Bool) throws {
    for name in ["link.png", "zz.png"] {
      if areHard {
        try FileManager.default.linkItem(atPath: photo("large.png"), toPath: photo(name))
      } else {
        try FileManager.default.createSymbolicLink(
          atPath: photo(name), withDestinationPath: "large.png")
      }
    }
    let names = ["a.png", "large.png", "link.png", "zz.png"].map(photo)
    let (groups, list) = try list(names.indices.map { [1, 0.1 * Float($0)] }, names)
    // The shortest of the three paths to the file.
    #expect(groups.photos.map { $0[0].path } == [photo("zz.png")])
    #expect(list.paths == [photo("a.png")] && list.leftOut == [.linked: 2])
  }

  @Test("the list leaves out targets of links, but not photos that are named twice")
  func linkedDuplicates() throws {
    try FileManager.default.createSymbolicLink(atPath: photo("z.png"), withDestinationPath: "a.png")
    try FileManager.default.createSymbolicLink(
      atPath: bench.path("again"), withDestinationPath: bench.path("photos"))
    let list = bench.path("delete.txt")
    let output = try duplicates(photo("sub"), bench.path("again"), "--delete-list", list, "--quiet")
    #expect(output.status == 0, "\(output)")
    #expect(
      output.standardError.hasSuffix(
        "note: \(list) leaves out 1 photo that several of the paths lead to\n"))
    #expect(try String(contentsOfFile: list, encoding: .utf8) == "\(photo("sub/same.png"))\n")
  }

  @Test("without duplicates no sheet is written, and the list is empty")
  func none() throws {
    for name in ["a.png", "sub/same.png"] {
      try FileManager.default.removeItem(atPath: photo(name))
    }
    let (sheet, list) = (bench.path("sheet.png"), bench.path("list.txt"))
    let output = try duplicates("--sheet", sheet, "--delete-list", list)
    #expect(output.status == 0 && output.standardOutput.isEmpty)
    #expect(output.standardError.contains("no duplicates among 2 photos (compared in "))
    #expect(output.standardError.hasSuffix("\n\(list) has no photos to delete\n"))
    #expect(
      output.standardError.contains("note: there are no duplicates, so \(sheet) was not written\n"))
    #expect(!FileManager.default.fileExists(atPath: sheet))
    #expect(try Data(contentsOf: URL(filePath: list)).isEmpty)
  }

  @Test("a network of at least 128 pixels also compares at 64 pixels")
  func smallResolution() throws {
    for (resolution, files) in [("127", 1), ("128", 2)] {
      let cache = bench.path("cache \(resolution)")
      let output = try CommandLineTool.effnet(
        "duplicates", bench.path("photos"), "--weights", weights, "--resolution", resolution,
        environment: ["EFFNET_CACHE": cache])
      #expect(output.status == 0, "\(output)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(cache)/features").count == files)
    }
  }
}

@Suite("effnet duplicates of rows and of repeated photos")
struct DuplicateRowsTests: FeatureSuite {
  let bench: Workbench
  let weights: String

  init() throws { (bench, weights) = try Self.fixture() }

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
    let text = try run("duplicates", "--in", bench.path("x.npz"))
    #expect(
      text.standardError.contains(
        "note: \(bench.path("x.npz")) has features at one resolution only, so small copies are "
          + "missed; to find them, name the photos instead of --in\n"), "\(text)")
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
    let found = try output.json(Groups.self)
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
    let duplicates = try run("duplicates", "--in", table, "--json")
    let found = try duplicates.json(Groups.self)
    #expect(found.photos == 6 && found.compared == 3)
    #expect(found.groups.map { $0.map(\.path) } == [["a", "c", "f"]])
    #expect(
      duplicates.standardError.hasPrefix("1 group among 3 photos (compared in "))
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
        "effnet: \(sheet) shows the first 61 of 101 groups: a JPEG picture is at most 65,500 pixels "
          + "high; use a .png file\neffnet: \(sheet) has 1,464 empty places for unreadable "
          + "photos, the first: none/0.png: No such file"))
    let height = try PixelBuffer(
      contentsOf: sheet, options: DecodingOptions(maximumPixels: 1 << 30)
    ).height
    #expect(height == 61 * ((16 + 22 + 8) + 4 * (200 + 22 + 16 + 16)))
  }

  @Test("an unwritable output is an error before the work")
  func earlyOutputs() throws {
    let table = try write([[1, 0], [1, 0]], named: [photo("a.png"), "b"], "x.npz")
    let (sheet, input) = (bench.path("none/x.png"), photo("a.png"))
    try bench.expectFailure(
      ["duplicates", "--in", table, "--sheet", sheet, "--json"], status: 1, sheet)
    try bench.expectFailure(
      ["duplicates", "--in", table, "--sheet", input], status: 2, "would replace the input \(input)"
    )
    try bench.expectFailure(
      ["duplicates", "x", "--sheet", "FOO.GIF"], status: 2, "--sheet is FOO.GIF; it must end in")
  }

  @Test("a sheet has a row for each group")
  func sheet() throws {
    try write(picture(1), "photos/z.png")
    let table = bench.path("x.npz")
    try bench.effnet(
      "embed", bench.path("photos"), "-o", table, "--weights", weights, "--stage", "conv_stem",
      "--quiet")
    // A heading above two photos, each with two lines of text below it.
    let (width, height) = (16 + 2 * 216, (16 + 22 + 8) + (160 + 22 + 16 + 16))
    try bench.effnet(
      "duplicates", "--in", table, "--threshold", "0.99", "--quiet", "--sheet",
      bench.path("sheet.jpg"))
    let found = try PixelBuffer(contentsOf: bench.path("sheet.jpg"))
    #expect(found.width == width && found.height == height)
    try bench.expectFailure(
      ["duplicates", "--in", table, "--quiet", "--sheet", "x.gif"], status: 2, ".png, .jpg or .jpeg"
    )
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
}
