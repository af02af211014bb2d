import Foundation
import Testing

@testable import EfficientNetSystem

/// Listing the contents of a folder.
@Suite struct FolderEntriesTests {
  private let path = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString

  private func withFolder(_ names: [String], _ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for name in names { close(creat("\(path)/\(name)", 0o600)) }
    try body()
  }

  /// A network file system may fail in the middle of a listing.
  @Test func errorsAreNotTheEnd() throws {
    try withFolder(["a", "b", "c", "d"]) {
      let directory = try #require(opendir(path))
      defer { closedir(directory) }
      var count = 0
      let error = #expect(throws: FileError.self) {
        try Folder.entries(path) {
          count += 1
          guard count > 3 else { return readdir(directory) }
          errno = EIO
          return nil
        }
      }
      #expect(error == FileError(path: path, code: EIO))
    }
  }

  @Test func bytesOfAllFilesBelow() throws {
    try withFolder(["a"]) {
      let inner = "\(path)/inner"
      try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
      for (file, count) in [("\(path)/a", 5), ("\(inner)/b", 7)] {
        try Data(count: count).write(to: URL(filePath: file))
      }
      try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: inner)
      #expect(Folder.byteCount(path) == 12 && Folder.byteCount("\(path)/none") == 0)
    }
  }

  @Test func namesAreSortedByTheirBytes() throws {
    // "é" as one character and as two are equal as `String`.
    let names = ["e\u{301}", "\u{E9}", "z", "B", "a"]
    try withFolder(names) {
      let found = try Folder.names(path).map { Array($0.utf8) }
      #expect(found == ["B", "a", "e\u{301}", "z", "\u{E9}"].map { Array($0.utf8) })
      #expect(try Folder.entries(path).allSatisfy { $0.isUTF8 })
    }
    #expect(throws: FileError.self) { try Folder.names(path) }
  }

  @Test func exactTextsAreTheirBytes() {
    let texts = ["e\u{301}", "\u{E9}", "e", "e\u{301}"]
    #expect(Set(texts).count == 2 && Set(texts.map(ExactText.init)).count == 3)
    #expect(ExactText(texts[0]) < ExactText(texts[1]) && ExactText(texts[0]) != ExactText(texts[1]))
  }
}
