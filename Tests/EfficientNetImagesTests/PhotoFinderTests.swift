import EfficientNetImages
import Foundation
import Testing

@Suite struct PhotoFinderTests {
  /// Calls `body` with the path of a new folder that holds the given files, all empty.
  private func withFolder(_ files: [String], _ body: (String) throws -> Void) throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? manager.removeItem(atPath: folder) }
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for file in files {
      let path = folder + "/" + file
      let parent = (path as NSString).deletingLastPathComponent
      try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
      #expect(manager.createFile(atPath: path, contents: nil))
    }
    try body(folder)
  }

  @Test func foldersAreSearched() throws {
    let files = [
      "b.JPG", "a.png", "notes.txt", ".hidden.jpg", "deep/er/c.webp", "deep/d.jpeg", ".git/x.jpg",
    ]
    try withFolder(files) { folder in
      let expected = ["a.png", "b.JPG", "deep/d.jpeg", "deep/er/c.webp"].map { "\(folder)/\($0)" }
      for path in [folder, folder + "/"] {
        let found = PhotoFinder.photos(at: [path])
        #expect(found.map(\.path) == expected && found.allSatisfy { $0.problem == nil })
      }
    }
  }

  @Test func namedFilesAreKeptInOrder() throws {
    try withFolder(["z.jpg", "a.txt"]) { folder in
      let named = ["\(folder)/z.jpg", "\(folder)/a.txt", "/nowhere/cat.jpg"]
      let found = PhotoFinder.photos(at: named)
      #expect(found.map(\.path) == named)
    }
  }

  @Test func loopsEnd() throws {
    try withFolder(["a/photo.jpg"]) { folder in
      let manager = FileManager.default
      try manager.createSymbolicLink(atPath: folder + "/a/up", withDestinationPath: folder)
      try manager.createSymbolicLink(atPath: folder + "/a/self", withDestinationPath: ".")
      let found = PhotoFinder.photos(at: [folder])
      #expect(found.map(\.path) == [folder + "/a/photo.jpg"])
    }
  }

  @Test func foldersWithoutPicturesAreInTheListWithTheirProblem() throws {
    try withFolder(["notes.txt"]) { folder in
      let found = PhotoFinder.photos(at: [folder, "a.jpg"])
      #expect(found.map(\.problem) == [.noPictures(folder: folder), nil])
    }
  }

  @Test func namesThatAreNotTextAreReported() throws {
    try withFolder(["a.jpg"]) { folder in
      var name = Array("\(folder)/b".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF)]
      name += Array(".jpg".utf8CString)
      let file = fopen(name, "w")
      try #require(file != nil)
      fclose(file)
      let found = PhotoFinder.photos(at: [folder])
      #expect(found.count == 2)
      #expect(found[1].problem?.description.contains("not UTF-8") == true)
    }
  }
}
