import EfficientNet
import EfficientNetImages
import Foundation
import Testing

@testable import EfficientNetTraining

/// Listings of archives of photos.
@Suite struct ArchiveListingTests {
  private let folder: TestFolder
  private let photo = TestPhoto.png(seed: 1)

  init() throws { folder = try TestFolder() }

  private func listing(_ files: [(String, String)], at name: String = "photos.tar") throws
    -> PhotoListing
  {
    try PhotoListing(contentsOf: write(files, at: name))
  }

  /// Writes an archive whose photos are all the same.
  @discardableResult
  private func write(_ files: [(String, String)], at name: String) throws -> String {
    let tar = TestTar(files.map { ($0.0, $0.1.isEmpty ? photo : Array($0.1.utf8)) })
    return try folder.write(name, tar.finished)
  }

  @Test func foldersBelowACommonOne() throws {
    let found = try listing([
      ("./pets/train/cat/a.jpg", ""), ("pets/train/dog/b.jpg", ""), ("pets/val/cat/c.jpg", ""),
      ("pets/README.txt", "hello"), ("pets/.DS_Store", "x"), ("__MACOSX/pets/._a.jpg", "x"),
    ])
    #expect(found.lines == ["cat train cat/a.jpg", "cat val cat/c.jpg", "dog train dog/b.jpg"])
    #expect(found.notes.isEmpty)
  }

  @Test func classesAtTheTopOrDeepDown() throws {
    #expect(try listing([("cat/a.jpg", ""), ("dog/x/b.jpg", "")]).labels == ["cat", "dog"])
    #expect(try listing([("a/b/cat/1.jpg", ""), ("a/b/dog/2.jpg", "")]).labels == ["cat", "dog"])
    // A single class is a class, not a folder around others.
    #expect(try listing([("cat/a.jpg", ""), ("cat/b.jpg", "")]).labels == ["cat"])
    let error = dataError { () throws(DataError) in
      try DataSplit(path: "\(folder.path)/photos.tar", validation: 0.2, seed: 1)
    }
    #expect(error == .oneClass(path: "\(folder.path)/photos.tar", name: "cat"))
  }

  @Test func photosAreReadInPlace() throws {
    let found = try listing([("cat/a.png", ""), ("dog/b.png", "")])
    for entry in found.entries {
      #expect(try entry.source.decoded() == TestPhoto.pixels(seed: 1))
    }
    #expect(found.entries[0].source.path == "\(folder.path)/photos.tar:cat/a.png")
  }

  /// The median of the shorter sides, without the photos that cannot be read.
  @Test func theTypicalSideIsTheMedian() throws {
    func png(_ width: Int, _ height: Int) throws -> [UInt8] {
      try PixelBuffer(width: width, height: height, repeating: 9).png()
    }
    let tar = try folder.write(
      "sizes.tar",
      TestTar([
        ("cat/a.png", try png(40, 30)), ("cat/b.png", try png(10, 90)),
        ("dog/c.png", try png(31, 33)), ("dog/d.png", Array("no picture".utf8)),
      ]).finished)
    #expect(try DataSplit(path: tar, validation: 0, seed: 1).training.typicalSide == 30)
    for (name, side) in [("x/1.png", 12), ("y/2.png", 12)] {
      try folder.write("photos/\(name)", png(side, side + 5))
    }
    let files = try DataSplit(path: "\(folder.path)/photos", validation: 0, seed: 1)
    #expect(files.training.typicalSide == 12)
    #expect(Dataset(classes: [], samples: []).typicalSide == nil)
  }

  /// The archive is shortened after its list was read.
  @Test func aShortenedArchiveIsAnError() throws {
    let found = try listing([("cat/a.png", ""), ("dog/b.png", "")])
    try folder.write("photos.tar", TestTar([("cat/a.png", photo)]).bytes)
    #expect(throws: Never.self) { try found.entries[0].source.decoded() }
    let error = #expect(throws: ImageError.self) { try found.entries[1].source.decoded() }
    #expect(error?.description == "\(folder.path)/photos.tar:dog/b.png: ends too early")
  }

  @Test func labelsBesidePhotos() throws {
    let numbers = try listing([
      ("0001.jpg", ""), ("0001.cls", "10\n"), ("0002.cls", "9"), ("0002.jpg", ""),
      ("0002.json", "{}"), ("0003.jpg", ""), ("0001.mask.png", ""),
    ])
    #expect(numbers.labels == ["10", "9"] && numbers.labelsAreNumbers)
    #expect(
      numbers.notes.first?.hasPrefix("2 photos left out (no label): '") == true)
    let names = try listing([
      ("x/a.txt", " big cat \n"), ("x/a.jpg", ""), ("y/1.jpg", ""),
      ("y/1.json", #"{"label": "犬"}"#),
      ("y/2.jpg", ""), ("y/2.json", #"{"cls": 3, "other": [1]}"#), ("y/3.jpg", ""),
      ("y/3.txt", "big cat"),
    ])
    #expect(names.labels == ["big cat", "犬", "3"] && !names.labelsAreNumbers)
  }

  @Test(arguments: [
    ("1.cls", "", "the label is empty"), ("1.txt", " \n", "the label is empty"),
    ("1.json", "[]", "must be a JSON object"),
    ("1.json", #"{"label": -1}"#, "must be a JSON object"),
    ("1.json", #"{"label": ""}"#, "the label is empty"), ("1.json", "{", "must be a JSON object"),
    (
      "1.txt", String(repeating: "caption ", count: 200),
      "a label has 1600 bytes; it must have at most 1024"
    ),
  ])
  func mistakenLabels(name: String, text: String, message: String) throws {
    let tar = TestTar([("1.jpg", photo), (name, Array(text.utf8))])
    let path = try folder.write("a.tar", tar.finished)
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: path) }
    let description = error?.description ?? "none"
    #expect(description.hasPrefix("\(path):\(name): ") && description.contains(message))
  }

  /// "é" as one character and as two.
  @Test func namesAreTheirBytes() throws {
    let names = ["\u{E9}", "e\u{301}"]
    let found = try listing(
      names.flatMap { [("\($0).jpg", ""), ("\($0).cls", "\($0.utf8.count)")] })
    #expect(found.labels == ["2", "3"] && found.notes.isEmpty)
  }

  @Test func linksAndRepeatedNames() throws {
    var tar = TestTar([("cat/a.png", photo), ("dog/b.png", photo)])
    tar.add("cat/a.png", TestPhoto.png(seed: 2))
    tar.add("dog/c.png", kind: "1", link: "dog/b.png")
    tar.add("dog/d.png", kind: "1", link: "dog/nowhere.png")
    tar.add("dog/e.png", kind: "2", link: "b.png")
    let path = try folder.write("a.tar", tar.finished)
    let found = try PhotoListing(contentsOf: path)
    #expect(found.entries.count == 3)
    #expect(try found.entries[0].source.decoded() == TestPhoto.pixels(seed: 2))
    #expect(try found.entries[2].source.decoded() == TestPhoto.pixels(seed: 1))
    #expect(
      found.notes == [
        "2 members left out (links or special files): '\(path):dog/d.png', '\(path):dog/e.png'",
        "1 photo with a repeated name; the last one is used: '\(path):cat/a.png'",
      ])
  }

  @Test func shardsOfAFolder() throws {
    try write([("1.jpg", ""), ("1.cls", "0")], at: "set/pets-train-0001.tar")
    try write([("1.jpg", ""), ("1.cls", "1")], at: "set/pets-train-0000.tar")
    try write([("1.jpg", ""), ("1.cls", "1")], at: "set/pets-val-0000.tar")
    let found = try PhotoListing(contentsOf: folder.path + "/set")
    #expect(
      found.lines == [
        "0 train set/pets-train-0001.tar:1.jpg", "1 train set/pets-train-0000.tar:1.jpg",
        "1 val set/pets-val-0000.tar:1.jpg",
      ])
    #expect(found.labels == ["1", "0"])
    let some = try PhotoListing(contentsOf: folder.path + "/set/pets-train-{0000..0001}.tar")
    #expect(some.entries.count == 2 && some.entries.allSatisfy { $0.part == nil })
    try write([("1.jpg", ""), ("1.cls", "1")], at: "set/more.tar")
    let error = dataError { () throws(DataError) in
      try PhotoListing(contentsOf: folder.path + "/set/")
    }
    #expect(
      error?.description
        == "\(folder.path)/set/more.tar has neither train nor val in its name, as other shards have; rename it or leave it out"
    )
  }

  /// Every shard has some photos of all classes.
  @Test func foldersAcrossShards() throws {
    try write([("d/cat/1.jpg", "")], at: "train/0.tar")
    try write([("d/dog/1.jpg", "")], at: "train/1.tar")
    try write([("d/dog/2.jpg", "")], at: "val/0.tar")
    let found = try PhotoListing(contentsOf: folder.path)
    #expect(
      found.lines == [
        "cat train cat/1.jpg", "dog train dog/1.jpg", "dog val dog/2.jpg",
      ])
  }

  @Test func anArchiveWithoutEndIsNoted() throws {
    let path = try folder.write(
      "a.tar", TestTar([("cat/a.jpg", photo), ("dog/b.jpg", photo)]).bytes)
    #expect(
      try PhotoListing(contentsOf: path).notes
        == ["the end mark is missing in '\(path)'; photos may be missing"])
  }

  @Test(arguments: [
    ("a.tar", ["a.tar"]), ("{a,b}-{08..10}", ["a-08", "a-09", "a-10", "b-08", "b-09", "b-10"]),
    ("x{3..3}y", ["x3y"]), ("{,s}", ["", "s"]),
  ])
  func bracesAreExpanded(pattern: String, expected: [String]) throws {
    #expect(try ShardPattern.braces(pattern) == expected)
  }

  @Test(arguments: [
    "{0..", "{0..x}", "{5..3}", "{a}", "{{a,b},c}", "{0..4294967295}", "{0..999}{0..999}",
    "{4294967290..4294967295}{0..99999}", "{}",
  ])
  func bracesWithoutMeaningAreKept(pattern: String) {
    let error = dataError { () throws(DataError) in try ShardPattern.braces(pattern) }
    #expect(error?.description.hasPrefix(pattern) == true)
  }

  @Test func shellPatterns() throws {
    for name in ["b.tar", "a.tar", "c.txt"] { try folder.write(name, "") }
    #expect(
      try ShardPattern.files(folder.path + "/{b,[a-b],*}.tar")
        == ["b", "a"].map { "\(folder.path)/\($0).tar" })
    let nothing = folder.path + "/*.zip"
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: nothing) }
    #expect(error == .unusable(path: nothing, reason: "no file matches this pattern"))
    let half = dataError { () throws(DataError) in
      try ShardPattern.files(folder.path + "/{a,z}*.tar")
    }
    #expect(
      half == .unusable(path: folder.path + "/z*.tar", reason: "no file matches this pattern"))
  }

  static let cifar: String = {
    let parts = #filePath.split(separator: "/").dropLast(5)
    return "/" + parts.joined(separator: "/") + "/shared/data/cifar10-sample.tar"
  }()

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: cifar),
      "no ../shared/data/cifar10-sample.tar beside the repository"))
  func cifarIsReadAsItIs() throws {
    let data = try DataSplit(path: Self.cifar, validation: 0.2, seed: 1)
    #expect(data.notes.isEmpty)
    #expect(
      data.training.classes.map(\.name) == [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ])
    #expect(data.training.photosPerClass == [Int](repeating: 1000, count: 10))
    #expect(data.validation.photosPerClass == [Int](repeating: 100, count: 10))
    for sample in data.validation.samples.prefix(50) {
      let photo = try sample.photo.decoded()
      #expect(photo.width == 32 && photo.height == 32)
    }
  }
}
