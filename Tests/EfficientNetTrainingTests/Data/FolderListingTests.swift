import EfficientNet
import Foundation
import Testing

@testable import EfficientNetTraining

/// Listings of folders of photos.
@Suite struct FolderListingTests {
  private func listing(_ files: [String], folders: [String] = []) throws -> PhotoListing {
    let folder = try TestFolder()
    try folder.photos(files)
    for name in folders { try folder.makeFolder(name) }
    return try PhotoListing(contentsOf: folder.path)
  }

  @Test func foldersAreClasses() throws {
    let found = try listing(["cat/a.png", "cat/deep/er/b.png", "dog/a.jpg"])
    #expect(found.lines == ["cat - cat/a.png", "cat - er/b.png", "dog - dog/a.jpg"])
    #expect(found.notes.isEmpty)
  }

  @Test(arguments: [("train", "val"), ("Train", "valid"), ("training", "validation")])
  func partsAreUnderstood(train: String, val: String) throws {
    let found = try listing([
      "\(train)/cat/a.png", "\(train)/dog/b.png", "\(val)/cat/c.png", "test/dog/d.png",
    ])
    #expect(
      found.lines == [
        "cat train cat/a.png", "cat val cat/c.png", "dog test dog/d.png", "dog train dog/b.png",
      ])
  }

  /// Trains can be a class of vehicles.
  @Test func aClassMayBeCalledTrain() throws {
    let found = try listing(["train/a.png", "bus/b.png", "test/c.png"])
    #expect(found.lines == ["bus - bus/b.png", "test - test/c.png", "train - train/a.png"])
  }

  @Test func foldersBesidePartsAreNoted() throws {
    let found = try listing(["train/cat/a.png", "val/cat/b.png", "extra/c.png"])
    #expect(found.entries.count == 2)
    #expect(found.notes == ["1 photo left out ('extra' is next to train and val)"])
  }

  @Test func photosWithoutAClassAreAnError() throws {
    let folder = try TestFolder()
    try folder.photos(["a.png", "b.png"])
    // Other tests may write photos beside the folder, so that the error ends in a hint.
    let loose = dataError { () throws(DataError) in try PhotoListing(contentsOf: folder.path) }
    #expect(
      loose?.description.hasPrefix(
        "\(folder.path): '\(folder.path)/a.png' is in no class folder; put the photos of each class "
          + "into a folder of their own") == true)
    try folder.photos(["cat/a.png"])
    let found = try PhotoListing(contentsOf: folder.path)
    #expect(found.entries.count == 1)
    #expect(found.notes.count == 1 && found.notes[0].hasPrefix("2 photos left out (in no class"))
    let parts = try TestFolder()
    try parts.photos(["train/a.png", "val/b.png"])
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: parts.path) }
    #expect(
      error?.description.contains("is in no class folder") == true, "train/a.png has a class")
  }

  @Test func aClassFolderNamesTheFolderAboveIt() throws {
    let folder = try TestFolder()
    try folder.photos(["cat/a.png"])
    func message() -> String? {
      dataError { () throws(DataError) in try PhotoListing(contentsOf: "\(folder.path)/cat/") }?
        .description
    }
    #expect(message()?.hasSuffix("into a folder of their own") == true)
    try folder.photos(["dog/b.png"])
    #expect(message()?.hasSuffix("; if 'cat' is a class, name \(folder.path)/") == true)
  }

  @Test func otherFilesAreNotedOrIgnored() throws {
    let folder = try TestFolder()
    try folder.photos(["cat/a.png", "dog/b.png", "cat/.c.png", ".git/d.png"])
    try folder.write("cat/notes.txt", "")
    try folder.write("dog/e.gif", "GIF89a")
    let found = try PhotoListing(contentsOf: folder.path)
    #expect(found.entries.count == 2)
    #expect(
      found.notes == [
        "2 files left out: 1 GIF, 1 .txt; 'effnet classify --help' has the commands that list them "
          + "and convert pictures"
      ])
    let heic = try TestFolder()
    try heic.write("cat/a.heic", "x")
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: heic.path) }
    #expect(error?.description.contains("; 1 file left out: '\(heic.path)/cat/a.heic'; ") == true)
  }

  /// The same photos may train and validate.
  @Test func linksToOneFolderAreAllRead() throws {
    let folder = try TestFolder()
    try folder.photos(["train/cat/a.png", "train/dog/b.png"])
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/val", withDestinationPath: "train")
    #expect(
      try PhotoListing(contentsOf: folder.path).lines == [
        "cat train cat/a.png", "cat val cat/a.png", "dog train dog/b.png", "dog val dog/b.png",
      ])
  }

  @Test func foldersThatCannotBeReadAreAnError() throws {
    let folder = try TestFolder()
    try folder.photos(["cat/a.png", "dog/b.png"])
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/cat/far",
      withDestinationPath: String(repeating: "x", count: 300))
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: folder.path) }
    #expect(error?.description.hasPrefix("\(folder.path)/cat/far: ") == true)
  }

  /// "é" as one character and as two: file systems of macOS and Linux differ.
  @Test func namesAreTheirBytes() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let found = try listing(["\(composed)/a.png", "\(decomposed)/a.png"])
    #expect(found.labels.count == 2 && Set(found.entries.map(\.source)).count == 2)
    let folder = try TestFolder()
    try folder.photos(["train/\(composed)/a.png", "train/x/a.png", "val/\(decomposed)/b.png"])
    let split = try DataSplit(path: folder.path, validation: 0, seed: 0)
    #expect(split.validation.samples.map { split.training.classes[$0.label].name } == [composed])
  }

  @Test func theFolderOfUnsurePhotosIsNoted() throws {
    let folder = try TestFolder()
    try folder.photos(["cat/a.png", "dog/b.png", "unsure/c.png"])
    let split = try DataSplit(path: folder.path, validation: 0, seed: 0)
    #expect(split.training.classes.count == 3)
    #expect(
      split.notes == [
        "'unsure' is a class here; if it has the photos that effnet was unsure of, move them "
          + "elsewhere"
      ])
  }

  @Test func emptyClassesAreNoted() throws {
    let plain = try listing(["cat/a.png", "dog/b.png"], folders: ["bird/nest", "cat/empty"])
    #expect(plain.notes == ["a class left out (no photos): 'bird'"])
    let parts = try listing(
      ["train/cat/a.png", "train/dog/b.png", "val/cat/b.png"],
      folders: ["train/fish", "train/bird", "val/cow"])
    #expect(parts.notes == ["2 classes left out (no photos): 'bird', 'fish'"])
  }

  @Test func strangeNames() throws {
    let found = try listing(["tabby cat/a b.png", "犬/c.png", "n/ö.png", "a\"b,c/d.png"])
    #expect(found.labels.sorted() == ["a\"b,c", "n", "tabby cat", "犬"])
  }

  @Test func emptyAndMissingFolders() throws {
    let folder = try TestFolder()
    #expect(
      dataError { () throws(DataError) in try PhotoListing(contentsOf: folder.path) }
        == .noPhotos(path: folder.path))
    let missing = folder.path + "/nowhere"
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: missing) }
    #expect(error?.description == "\(missing): No such file or directory")
    #expect(dataError { () throws(DataError) in try PhotoListing(contentsOf: "") } != nil)
  }

  @Test(arguments: [
    ("photos.zip", "unzip"), ("photos.tar.gz", "gunzip"), ("photos.jpg", ".csv"),
  ])
  func otherFilesGiveARemedy(name: String, remedy: String) throws {
    let folder = try TestFolder()
    let path = try folder.write(name, "x")
    let error = dataError { () throws(DataError) in try PhotoListing(contentsOf: path) }
    #expect(error?.description.contains(remedy) == true)
    #expect(error?.description.hasPrefix(path) == true)
  }
}
