import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetSystem

@Suite("Copies, links and moves to free names")
struct FileTransferTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path(name) }

  @discardableResult
  private func write(_ text: String, _ name: String) throws -> String {
    try folder.file(name, contents: text).path
  }

  private func text(_ name: String) throws -> String { try folder.text(name) }

  private typealias Transfer = (String, String) throws -> Bool
  private let transfers: [Transfer] = [
    { try FileTransfer.copy($0, to: $1) }, { try FileTransfer.link(to: $0, at: $1) },
    { try FileTransfer.move($0, to: $1) },
  ]

  @Test("no transfer replaces a file, a folder or a link without a target")
  func replacesNothing() throws {
    let source = try write("new", "source")
    try write("old", "file")
    try Folder.make(path("folder"))
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: "nowhere")
    for transfer in transfers {
      for name in ["file", "folder", "link"] {
        #expect(try !transfer(source, path(name)))
      }
    }
    #expect(try text("source") == "new" && text("file") == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("folder")).isEmpty)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == "nowhere")
  }

  @Test("a copy keeps the permissions and the time of the last change")
  func copies() throws {
    let source = try write("photo", "source")
    let time = Date(timeIntervalSince1970: 1_234_567_890.5)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640, .modificationDate: time], ofItemAtPath: source)
    #expect(try FileTransfer.copy(source, to: path("copy")))
    let attributes = try FileManager.default.attributesOfItem(atPath: path("copy"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(FileStatus(path("copy"))?.stamp.modified == FileStatus(source)?.stamp.modified)
    #expect(try text("copy") == "photo" && text("source") == "photo")
    #expect(throws: FileError(path: path("none"), code: ENOENT)) {
      try FileTransfer.copy(path("none"), to: path("other"))
    }
    #expect(try folder.names == ["copy", "source"])
  }

  @Test("a file of several pieces is copied and compared in whole")
  func large() throws {
    var bytes = Data((0..<((1 << 21) + 7)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
    let source = path("source")
    try bytes.write(to: URL(filePath: source))
    #expect(try FileTransfer.copy(source, to: path("copy")))
    #expect(try Data(contentsOf: URL(filePath: path("copy"))) == bytes)
    #expect(FileContents.areEqual(source, path("copy")))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(filePath: path("copy")))
    #expect(!FileContents.areEqual(source, path("copy")))
    #expect(!FileContents.areEqual(source, path("none")))
  }

  @Test("a link leads to the absolute path, and a move leaves nothing behind")
  func linksAndMoves() throws {
    let source = try write("photo", "source")
    #expect(try FileTransfer.link(to: source, at: path("link")))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == source)
    #expect(FileContents.areEqual(source, path("link")))
    #expect(try FileTransfer.move(source, to: path("moved")))
    #expect(try text("moved") == "photo")
    #expect(FileStatus(source) == nil)
  }

  private static var hasOtherFileSystem: Bool {
    let places = ["/dev/shm", FileManager.default.temporaryDirectory.path]
    let devices = places.compactMap { FileStatus($0)?.identity.device }
    return devices.count == 2 && devices[0] != devices[1]
  }

  @Test(
    "a move to another file system copies the file, then removes it",
    .enabled(if: hasOtherFileSystem, "/dev/shm is no other file system"))
  func movesBetweenFileSystems() throws {
    let shared = "/dev/shm/\(UUID().uuidString)"
    let source = try write("photo", "source")
    defer { removeFile(shared) }
    #expect(try FileTransfer.move(source, to: shared))
    #expect(FileStatus(source) == nil)
    #expect(try String(contentsOfFile: shared, encoding: .utf8) == "photo")
  }

  @Test("an unfinished output can be kept beside an unchanged file")
  func partial() throws {
    try write("old", "table.csv")
    var file = try OutputFile(path: path("table.csv"))
    try file.write("rows")
    #expect(try file.keepPartial() == path("table.csv.partial"))
    #expect(try text("table.csv") == "old" && text("table.csv.partial") == "rows")
    for number in 2...3 {
      var next = try OutputFile(path: path("table.csv"))
      try next.write("rows \(number)")
      #expect(try next.keepPartial() == path("table.csv.partial-\(number)"))
    }
    #expect(try text("table.csv.partial") == "rows" && text("table.csv.partial-2") == "rows 2")
    var late = try OutputFile(path: path("late"))
    try late.write("mine")
    try write("theirs", "late")
    #expect(try !late.commitIfFree(isDurable: false))
    #expect(try text("late") == "theirs")
  }
}
