import EfficientNet
import Testing

@testable import EfficientNetFormats

/// Both readers compare the names in an archive by their bytes.
@Suite("Names in zip archives")
struct ZipNamesTests {
  /// An archive of empty files.
  private func archive(_ names: [[UInt8]]) -> [UInt8] {
    func little(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    var (files, directory): ([UInt8], [UInt8]) = ([], [])
    for name in names {
      let offset = files.count
      // Versions, flags (the name is UTF-8), method and time; checksum and sizes are zero.
      let common =
        little(20, 2) + little(0x800, 2) + [UInt8](repeating: 0, count: 18)
        + little(name.count, 2) + little(0, 2)
      files += little(0x0403_4b50, 4) + common + name
      directory +=
        little(0x0201_4b50, 4) + little(20, 2) + common + [UInt8](repeating: 0, count: 10)
        + little(offset, 4) + name
    }
    return files + directory + little(0x0605_4b50, 4) + little(0, 4) + little(names.count, 2)
      + little(names.count, 2) + little(directory.count, 4) + little(files.count, 4) + little(0, 2)
  }

  /// The names in the archive, or the error.
  private func read(_ names: [String]) -> String { read(names.map { Array($0.utf8) }) }

  private func read(_ names: [[UInt8]]) -> String {
    let bytes = archive(names)
    do throws(FormatError) {
      let zip = try ZipDirectory(of: bytes.span.bytes)
      for name in zip.names {
        let contents = try zip.extract(name, from: bytes.span.bytes, limit: 1)
        #expect(contents == [])
      }
      return zip.names.joined(separator: ",")
    } catch {
      return "\(error.named("x.zip"))"
    }
  }

  /// Strings in different Unicode forms are equal; names in an archive are not.
  @Test("names that differ in bytes are different")
  func unicodeForms() {
    let found = read(["\u{E9}.npy", "e\u{301}.npy"])
    #expect(Array(found.utf8) == Array("\u{E9}.npy,e\u{301}.npy".utf8))
  }

  /// Both would decode to "caf\u{FFFD}.npy".
  @Test("names that are not UTF-8 are refused")
  func otherEncodings() {
    let names: [[UInt8]] = [0x82, 0xE9].map { Array("caf".utf8) + [$0] + Array(".npy".utf8) }
    #expect(
      read(names)
        == "x.zip has an entry 'caf\u{FFFD}.npy' whose name is not UTF-8; "
        + "pack it again, for instance with Python's zipfile")
  }

  @Test("a repeated name is refused")
  func twice() {
    #expect(read(["a", "b", "a"]) == "x.zip is damaged: it has two entries 'a'")
  }
}
