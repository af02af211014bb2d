import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

@Suite("ZipDirectory")
struct ZipDirectoryTests {
  /// An archive of one file, written by hand.
  private struct Archive {
    var name = "x.npy"
    var content: [UInt8] = [1, 2, 3, 4, 5]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// The length to state for the uncompressed file; nil for the true one.
    var size: UInt64?
    /// Whether numbers are in fields of 64 bits.
    var isLarge = false
    /// A wrong offset of the directory for the zip64 end record; nil for the true one.
    var directoryOffset: UInt64?

    var bytes: [UInt8] {
      let size = size ?? UInt64(content.count)
      var archive: [UInt8] = Array("before".utf8)
      let header = UInt64(archive.count)
      archive += little(0x0403_4b50 as UInt32) + little(20 as UInt16) + little(flags)
      archive += little(method) + [UInt8](repeating: 0, count: 8)
      archive += little(UInt32(content.count)) + little(UInt32(truncatingIfNeeded: size))
      // An extra field that only the file's local header has.
      archive += little(UInt16(name.utf8.count)) + little(4 as UInt16)
      archive += Array(name.utf8) + [9, 9, 0, 0] + content
      let directory = UInt64(archive.count)
      let extra =
        isLarge
        ? [7, 7, 2, 0, 8, 8] + little(1 as UInt16) + little(24 as UInt16) + little(size)
          + little(UInt64(content.count)) + little(header) : []
      let elsewhere = UInt64(UInt32.max)
      func short(_ number: UInt64) -> [UInt8] { little(UInt32(isLarge ? elsewhere : number)) }
      archive += little(0x0201_4b50 as UInt32) + little(45 as UInt16) + little(45 as UInt16)
      archive += little(flags) + little(method) + [UInt8](repeating: 0, count: 8)
      archive += short(UInt64(content.count)) + short(size)
      archive += little(UInt16(name.utf8.count)) + little(UInt16(extra.count))
      archive += [UInt8](repeating: 0, count: 10) + short(header) + Array(name.utf8) + extra
      let end = UInt64(archive.count)
      if isLarge {
        archive += little(0x0606_4b50 as UInt32) + little(44 as UInt64)
        archive += little(45 as UInt16) + little(45 as UInt16) + [UInt8](repeating: 0, count: 8)
        archive += little(1 as UInt64) + little(1 as UInt64) + little(end - directory)
        archive += little(directoryOffset ?? directory)
        archive += little(0x0706_4b50 as UInt32) + little(0 as UInt32) + little(end)
        archive += little(1 as UInt32)
      }
      archive += little(0x0605_4b50 as UInt32) + little(0 as UInt32)
      let count = little(isLarge ? UInt16.max : 1)
      archive += count + count + short(end - directory) + short(directory) + little(0 as UInt16)
      return archive
    }

    private func little(_ number: some FixedWidthInteger) -> [UInt8] {
      (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
  }

  private func entries(_ archive: Archive) throws -> [ZipDirectory.Entry] {
    let bytes = archive.bytes
    return try ZipDirectory(of: bytes.span.bytes).entries
  }

  @Test("stored files are found, with numbers of 32 and 64 bits", arguments: [false, true])
  func stored(isLarge: Bool) throws {
    let archive = Archive(isLarge: isLarge)
    let entry = try #require(try entries(archive).first)
    #expect(entry.name == "x.npy")
    #expect(Array(archive.bytes[try #require(entry.range)]) == archive.content)
  }

  @Test("compressed and encrypted files have no range to read in place", arguments: [false, true])
  func compressed(isLarge: Bool) throws {
    let deflated = Archive(method: 8, size: 100, isLarge: isLarge)
    let entry = try #require(try entries(deflated).first)
    #expect(entry.name == "x.npy" && entry.range == nil)
    #expect(try entries(Archive(flags: 1, isLarge: isLarge)).first?.range == nil)
  }

  /// The description of the error of unpacking the only file.
  private static func failure(_ archive: [UInt8]) -> String {
    do throws(FormatError) {
      let zip = try ZipDirectory(of: archive.span.bytes)
      return "\(try zip.extract("x.npy", from: archive.span.bytes, limit: .max).count) bytes"
    } catch {
      return error.named("x.zip").description
    }
  }

  /// Allocating an array of this size would end the process.
  @Test("a size that the packed bytes cannot have is refused")
  func impossibleSize() {
    #expect(
      Self.failure(Archive(method: 8, size: 1 << 46, isLarge: true).bytes)
        == "x.zip is damaged: entry 'x.npy' cannot hold 70368744177664 bytes in 5")
  }

  @Test(
    "a file without memory for its content is refused",
    .disabled(if: Sanitizer.isActive, "it limits the addresses"), arguments: [0, 8] as [UInt16])
  func noMemory(method: UInt16) async {
    await #expect(processExitsWith: .success) { [method] in
      let size = 100 << 20
      let content = [UInt8](repeating: 0, count: method == 0 ? size : size / 1000)
      let archive = Archive(content: content, method: method, size: UInt64(size)).bytes
      limitAddresses(spare: 64 << 20)
      let failure = Self.failure(archive)
      guard failure == "x.zip: not enough memory for its 104 MB of contents; close other programs"
      else {
        exit(3)
      }
    }
  }

  @Test("a file that cannot be read is an error of the file, not of the archive")
  func unreadable() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try Data(Archive().bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try OpenFile(path: path)
    #expect(truncate(path, 10) == 0)
    let error = #expect(throws: FormatError.self) { try ZipDirectory(of: file) }
    guard case .file(let error)? = error?.named("x") else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error.description == "\(path): ends too early; does another program write it?")
  }

  @Test("offsets and sizes outside the archive are refused")
  func outside() throws {
    for size in [6, 1 << 40, UInt64.max] {
      // A stored file is as long unpacked as packed.
      #expect(throws: FormatError.self) {
        try entries(Archive(size: UInt64(UInt32(truncatingIfNeeded: size)), isLarge: true))
      }
    }
    for offset in [0, 1 << 40, UInt64.max] {
      #expect(throws: FormatError.self) {
        try entries(Archive(isLarge: true, directoryOffset: offset))
      }
    }
    let whole = Archive(isLarge: true).bytes
    for count in 0..<whole.count {
      let part = Array(whole.prefix(count))
      #expect(throws: FormatError.self) {
        try ZipDirectory(of: part.span.bytes)
      }
    }
  }
}
