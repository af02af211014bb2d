import EfficientNetImages
import Foundation
import Testing

@Suite struct PhotoFinderTests {
  /// Calls `body` with the path of a new folder that holds the given empty files.
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
        let found = try PhotoFinder.photos(at: [path])
        #expect(found == expected)
      }
    }
  }

  @Test func namedFilesAreKeptInOrder() throws {
    try withFolder(["z.jpg", "a.txt"]) { folder in
      let named = ["\(folder)/z.jpg", "\(folder)/a.txt", "/nowhere/cat.jpg"]
      let found = try PhotoFinder.photos(at: named)
      #expect(found == named)
    }
  }

  @Test func loopsEnd() throws {
    try withFolder(["a/photo.jpg"]) { folder in
      let manager = FileManager.default
      try manager.createSymbolicLink(atPath: folder + "/a/up", withDestinationPath: folder)
      try manager.createSymbolicLink(atPath: folder + "/a/self", withDestinationPath: ".")
      let found = try PhotoFinder.photos(at: [folder])
      #expect(found == [folder + "/a/photo.jpg"])
    }
  }

  @Test func folderWithoutPictures() throws {
    try withFolder(["notes.txt"]) { folder in
      #expect(throws: ImageError.noPictures(folder: folder)) {
        try PhotoFinder.photos(at: [folder])
      }
    }
  }
}
