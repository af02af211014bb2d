internal import EfficientNetCompute

/// The 512 bytes that stand before every member of a tar archive.
///
/// Source: [POSIX.1-2017, pax](https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html), "ustar
/// Interchange Format", and [GNU tar's manual](https://www.gnu.org/software/tar/manual/html_node/Standard.html).
struct TarHeader {
  /// What a member is, or what its data says of the next one.
  enum Kind: Equatable {
    case file, folder, hardLink
    /// The name of the next member, by GNU tar.
    case longName
    /// Fields of the next member, by pax.
    case fields
    /// Anything else: symbolic links, devices, long names of links, fields of all members, and files with holes by GNU tar,
    /// whose data is not their bytes.
    case other
  }

  static let size = 512

  var kind: Kind
  var name: [UInt8]
  var linkName: [UInt8]
  /// Bytes of data that follow, without the zeros that fill the last 512.
  var count: Int

  /// Whether a block ends the archive: it has nothing but zeros.
  static func isEnd(_ block: [UInt8]) -> Bool { block.allSatisfy { $0 == 0 } }

  /// Reads a block of 512 bytes.
  init(_ block: [UInt8]) throws(Complaint) {
    let stored = Self.number(block[148..<156])
    var sum = 8 * Int(UInt8(ascii: " "))
    var signedSum = sum
    for place in block.indices where !(148..<156).contains(place) {
      sum += Int(block[place])
      signedSum += Int(Int8(bitPattern: block[place]))
    }
    // Some old programs added up signed bytes.
    guard let stored, stored == sum || stored == signedSum else {
      throw Complaint(
        reason: "there is no header of a member; is the archive damaged or compressed?")
    }
    guard let count = Self.number(block[124..<136]) else {
      throw Complaint(reason: "a member has no size")
    }
    self.count = count
    let isPOSIX = block[257..<263].elementsEqual(Array("ustar\0".utf8))
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    let name = Self.text(block[0..<100])
    self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    linkName = Self.text(block[157..<257])
    switch block[156] {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before POSIX, a name that ended in a slash was a folder.
      kind = self.name.last == UInt8(ascii: "/") ? .folder : .file
    case UInt8(ascii: "1"): kind = .hardLink
    case UInt8(ascii: "5"): kind = .folder
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "x"): kind = .fields
    default: kind = .other
    }
    // Links and folders have no data, whatever their size says, but for links of pax that carry the file again.
    if kind == .folder { self.count = 0 }
  }

  /// The bytes up to the first zero.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  /// Octal digits between spaces and zeros, or with the highest bit set a number in base 256; nil for anything else,
  /// negative numbers and those beyond 63 bits.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      var value = Int(first & 0x7F)
      for byte in field.dropFirst() {
        guard value < 1 << 55 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let isFiller: (UInt8) -> Bool = { $0 == 0 || $0 == UInt8(ascii: " ") }
    var digits = field.drop(while: isFiller)
    digits = digits.prefix { !isFiller($0) }
    guard field[digits.endIndex...].allSatisfy(isFiller), digits.count <= 12 else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
      value = value << 3 | Int(digit - UInt8(ascii: "0"))
    }
    return value
  }
}
