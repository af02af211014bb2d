import Foundation
import Testing

@testable import EfficientNetImages

/// Folders with links, many levels, and files other than photos.
@Suite struct FolderWalkTests {
  private let folder: String
  private let manager = FileManager.default

  init() throws {
    folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Makes empty files.
  private func make(_ files: String...) throws {
    for file in files {
      let parent = ("\(folder)/\(file)" as NSString).deletingLastPathComponent
      try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
      #expect(manager.createFile(atPath: "\(folder)/\(file)", contents: nil))
    }
  }

  private func link(_ name: String, to place: String) throws {
    try manager.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: place)
  }

  private func found(_ path: String = "") -> [String] {
    PhotoFinder.photos(at: [folder + path]).map { String($0.path.dropFirst(folder.count + 1)) }
  }

  @Test func twoLinksToOneFolderAreTwoFolders() throws {
    defer { try? manager.removeItem(atPath: folder) }
    try make("shared/x/1.jpg", "shared/x/2.jpg", "a/0.jpg")
    try link("a/one", to: "../shared/x")
    try link("a/two", to: "../shared/x")
    try link("a/up", to: "..")
    #expect(
      found("/a") == [
        "a/0.jpg", "a/one/1.jpg", "a/one/2.jpg", "a/two/1.jpg", "a/two/2.jpg",
        "a/up/shared/x/1.jpg", "a/up/shared/x/2.jpg",
      ])
  }

  /// Nine folders with links to each other have a million paths.
  @Test func linksInCirclesEnd() throws {
    defer { try? manager.removeItem(atPath: folder) }
    for place in 0..<9 {
      try make("\(place)/photo.jpg")
      for other in 0..<9 { try link("\(place)/to\(other)", to: "../\(other)") }
    }
    let photos = PhotoFinder.photos(at: [folder])
    #expect(photos.count == 1 && photos[0].path == folder)
    #expect(photos[0].problem?.description.contains("remove some of the links") == true)
    #expect(PhotoFinder.survey(of: folder).unreadable != nil)
  }

  @Test func deepFoldersAreAProblem() throws {
    defer { try? manager.removeItem(atPath: folder) }
    let deep = Array(repeating: "d", count: FolderWalk.mostLevels).joined(separator: "/")
    try make("a.jpg", "\(deep)/b.jpg")
    let photos = PhotoFinder.photos(at: [folder])
    #expect(photos.map(\.path) == ["\(folder)/a.jpg", "\(folder)/\(deep)"])
    #expect(photos[1].problem?.description.hasSuffix("name the folder itself") == true)
    #expect(found("/" + deep) == ["\(deep)/b.jpg"])
  }

  @Test func unreachableLinksAreReported() throws {
    defer { try? manager.removeItem(atPath: folder) }
    try make("a.jpg")
    try link("far", to: String(repeating: "x", count: 300))
    try link("nowhere", to: "missing")
    let survey = PhotoFinder.survey(of: folder)
    #expect(survey.photos.map { $0.problem == nil } == [true, false])
    #expect(survey.unreadable?.description.hasPrefix("\(folder)/far: ") == true)
    #expect(survey.others == ["\(folder)/nowhere"])
  }

  @Test func everyEndingOfJPEGCounts() throws {
    defer { try? manager.removeItem(atPath: folder) }
    try make("1.jfif", "2.JPE", "3.apng", "4.webp", "5.bmp", "6.jpg.txt")
    #expect(found() == ["1.jfif", "2.JPE", "3.apng", "4.webp"])
  }

  @Test func filesOfSystemsAreIgnored() throws {
    defer { try? manager.removeItem(atPath: folder) }
    try make(
      "a.jpg", "__MACOSX/a.jpg", "Thumbs.db", "desktop.ini", ".DS_Store", ".git/b.jpg", "c.txt")
    let (photos, others) = PhotoFinder.survey([folder])
    #expect(photos.map(\.path) == ["\(folder)/a.jpg"])
    #expect(others == ["\(folder)/c.txt"])
  }

  @Test func filesThatAreLeftOutAreCounted() {
    #expect(LeftOutFiles.note([]) == nil)
    let end = "; photos end in .jpg, .png or .webp"
    #expect(LeftOutFiles.note(["p/LICENSE"]) == "1 file left out: 'p/LICENSE'\(end)")
    #expect(
      LeftOutFiles.note(["p/LICENSE", "p/README"])
        == "2 files left out: 2 without an ending\(end)")
    let files = ["a.txt", "b.TXT", "x.HEIC", "y.heif", "y.bmp", "z.gif"].map { "p/\($0)" }
    let advice = "; 'effnet classify --help' has the commands that convert pictures"
    #expect(
      LeftOutFiles.note(files)
        == "6 files left out: 2 HEIC, 1 BMP, 1 GIF, 2 .txt; 'effnet classify --help' has the "
        + "commands that list them and convert pictures")
    #expect(LeftOutFiles.note(["p/x.HEIC"]) == "1 file left out: 'p/x.HEIC'\(advice)")
    let many = (0..<8).map { "p/a.\($0)" }
    #expect(LeftOutFiles.note(many)?.hasSuffix("1 .4, 3 others\(end)") == true)
  }

  @Test func pathsAreTheirBytes() throws {
    defer { try? manager.removeItem(atPath: folder) }
    for name in ["e\u{301}.jpg", "\u{E9}.jpg"] {
      #expect(close(creat("\(folder)/\(name)", 0o600)) == 0)
    }
    let photos = PhotoFinder.photos(at: [folder])
    #expect(photos.count == 2 && Set(photos).count == 2)
  }
}
