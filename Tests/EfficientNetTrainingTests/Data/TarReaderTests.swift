import EfficientNetTestSupport
import Testing

@testable import EfficientNetTraining

/// Tar archives as different programs write them, and damaged ones.
@Suite struct TarReaderTests {
  private struct Found: Equatable {
    var name: String?
    var kind: TarMember.Kind
    var bytes: [UInt8]
  }

  private func members(_ path: String) throws(DataError) -> [Found] {
    var tar = try TarReader(path: path)
    var found: [Found] = []
    while let member = try tar.next() {
      found.append(
        Found(
          name: member.name, kind: member.kind,
          bytes: try tar.bytes(at: member.offset, count: member.count)))
    }
    return found
  }

  private func members(of bytes: [UInt8]) throws -> [Found] {
    let folder = try TestFolder()
    return try members(folder.write("a.tar", bytes))
  }

  private func complaint(about bytes: [UInt8]) throws -> String {
    let folder = try TestFolder()
    let path = try folder.write("a.tar", bytes)
    let error = dataError { () throws(DataError) in try members(path) }
    return error?.description ?? "none"
  }

  private static let long = (0..<12).map { "folder-number-\($0)" }.joined(separator: "/") + "/ö.jpg"

  @Test(arguments: [TestTar.Names.ustar, .gnu, .pax])
  func longNames(names: TestTar.Names) throws {
    let name = names == .ustar ? String(Self.long.suffix(160)) : Self.long
    var tar = TestTar([("./a//b.jpg", [1, 2, 3])])
    tar.add(name, [UInt8](repeating: 7, count: 513), names: names)
    tar.add("c.jpg", [])
    let found = try members(of: tar.finished)
    #expect(
      found == [
        Found(name: "a/b.jpg", kind: .file, bytes: [1, 2, 3]),
        Found(name: name, kind: .file, bytes: [UInt8](repeating: 7, count: 513)),
        Found(name: "c.jpg", kind: .file, bytes: []),
      ])
  }

  @Test func kinds() throws {
    var tar = TestTar()
    tar.add("folder/", kind: "5")
    tar.add("old/", kind: "\0")
    tar.add("folder/a", [1])
    tar.add("b", kind: "1", link: "./folder/a")
    tar.add("c", kind: "2", link: "b")
    tar.add("everything", TestTar.record("comment", "x"), kind: "g")
    tar.add("holes", [1, 2], kind: "S")
    let found = try members(of: tar.finished)
    #expect(
      found.map(\.kind) == [
        .folder, .folder, .file, .hardLink(to: "folder/a"), .other, .other, .other,
      ])
    #expect(found.map(\.name) == ["folder", "old", "folder/a", "b", "c", "everything", "holes"])
  }

  /// Sizes beyond eight gigabytes are in base 256 or in a pax field.
  @Test func otherSizes() throws {
    var tar = TestTar()
    tar.addMember("a", [5, 6], kind: "0", size: "   2\u{0}")
    tar.addMember("x", TestTar.record("size", "3"), kind: "x")
    tar.addMember("b", [1, 2, 3], kind: "0", size: "00000000000")
    #expect(try members(of: tar.finished).map(\.bytes) == [[5, 6], [1, 2, 3]])
    var binary = TestTar([("a", [9])]).finished
    binary.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0, count: 10) + [1])
    #expect(try members(of: Self.summed(binary)).map(\.bytes) == [[9]])
    binary.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12))
    #expect(try complaint(about: Self.summed(binary)).contains("has no size"))
    binary.replaceSubrange(
      124..<136, with: [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7))
    #expect(try complaint(about: Self.summed(binary)).contains("more than the archive has"))
  }

  /// The archive with a correct checksum in its first header.
  private static func summed(_ archive: [UInt8]) -> [UInt8] {
    var bytes = archive
    bytes.replaceSubrange(148..<156, with: Array("        ".utf8))
    let sum = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
    bytes.replaceSubrange(
      148..<156, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8))
    return bytes
  }

  @Test func namesThatAreNotText() throws {
    var bytes = TestTar([("abc.jpg", [1])]).finished
    bytes[1] = 0xFF
    #expect(try members(of: Self.summed(bytes)).map(\.name) == [nil])
  }

  @Test func damage() throws {
    let whole = TestTar([("a.jpg", [1, 2, 3]), ("b.jpg", [4])]).finished
    #expect(try complaint(about: Array(whole[..<700])) == "none")
    #expect(try complaint(about: Array(whole[..<513])).contains("claims 3 bytes"))
    #expect(
      try complaint(about: Array(whole[..<1100])).contains("at byte 1024 it ends in the middle"))
    #expect(try complaint(about: Array("not an archive".utf8)).contains("it ends in the middle"))
    #expect(
      try complaint(about: [UInt8](repeating: 65, count: 2000)).contains(
        "at byte 0 a member's header is expected"))
    var flipped = whole
    flipped[1030] ^= 1
    #expect(try complaint(about: flipped).contains("at byte 1024 a member's header is expected"))
    var long = TestTar()
    long.addMember("x", [UInt8](repeating: 65, count: 70_000), kind: "L")
    #expect(
      try complaint(about: long.finished).contains("70000 bytes; at most 65536 are supported"))
    for fields in ["x", "5 a=", "99 path=x\n", "9 path=x ", "3 \n", "8 patha\n", "0 path=x\n"] {
      var pax = TestTar()
      pax.addMember("x", Array(fields.utf8), kind: "x")
      #expect(try complaint(about: pax.finished).contains("(pax)"), "\(fields)")
    }
  }

  /// An interrupted program writes no end.
  @Test func reportsWhetherTheArchiveHasAnEnd() throws {
    let folder = try TestFolder()
    let tar = TestTar([("a.jpg", [1])])
    for (bytes, expected) in [(tar.finished, true), (tar.bytes, false), ([], false)] {
      var reader = try TarReader(path: folder.write("a.tar", bytes))
      while try reader.next() != nil {}
      #expect(reader.hasEnd == expected)
    }
  }

  /// Members of a damaged archive lie inside it, or reading it is an error.
  @Test func survivesMutations() throws {
    var tar = TestTar([("a/1.jpg", [1, 2, 3]), ("a/1.cls", [0x31])])
    tar.add(Self.long, [4], names: .gnu)
    tar.add(Self.long, [5, 6], names: .pax)
    tar.add("link.jpg", kind: "1", link: "a/1.jpg")
    let original = tar.finished
    let folder = try TestFolder()
    var mutations = Mutations(seed: 11)
    var whole = 0
    for _ in 0..<Mutations.count(1500) {
      let path = try folder.write("a.tar", mutations.damaged(original))
      do {
        _ = try members(path)
        whole += 1
      } catch {
        #expect(error.description.hasPrefix(path) && !error.description.contains { $0.isNewline })
      }
      _ = dataError { () throws(DataError) in try PhotoListing(contentsOf: path) }
    }
    // Damage inside photos, in fields that only other programs use and in zeros is not detected;
    // damage in headers is.
    #expect(whole > 0 && whole < Mutations.count(1500))
  }

  @Test func survivesEveryTruncation() throws {
    var tar = TestTar([("a/1.jpg", [1, 2, 3])])
    tar.add(Self.long, [4], names: .pax)
    let folder = try TestFolder()
    for length in stride(from: 0, through: tar.bytes.count, by: 37) {
      let path = try folder.write("a.tar", Array(tar.bytes[..<length]))
      _ = dataError { () throws(DataError) in try members(path) }
    }
  }
}
