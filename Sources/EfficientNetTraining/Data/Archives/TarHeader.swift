internal import EfficientNetCompute

/// The header of 512 bytes before each member of a tar archive.
///
/// Source:
/// [POSIX.1-2017, pax](https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html),
/// "ustar Interchange Format", and
/// [GNU tar's manual](https://www.gnu.org/software/tar/manual/html_node/Standard.html).
struct TarHeader {
  /// The kind of a member, or the meaning of its data for the next member.
  enum Kind: Equatable {
    case file, folder, hardLink
    /// The name of the next member, in GNU tar's format.
    case longName
    /// The fields of the next member, in pax's format.
    case fields
    /// Anything else: symbolic links, devices, long link names, global fields, and GNU tar's sparse
    /// files, whose data is not the file's bytes.
    case other
  }

  static let size = 512

  var kind: Kind
  var name: [UInt8]
  var linkName: [UInt8]
  /// The bytes of data that follow, without the padding to 512 bytes.
  var count: Int

  /// Whether a block is all zeros, which ends the archive.
  static func isEnd(_ block: [UInt8]) -> Bool { block.allSatisfy { $0 == 0 } }

  /// Parses a block of 512 bytes.
  init(_ block: [UInt8]) throws(Complaint) {
    let stored = Self.number(block[148..<156])
    var sum = 8 * Int(UInt8(ascii: " "))
    var signedSum = sum
    for place in block.indices where !(148..<156).contains(place) {
      sum += Int(block[place])
      signedSum += Int(Int8(bitPattern: block[place]))
    }
    // Some old programs sum signed bytes.
    guard let stored, stored == sum || stored == signedSum else {
      throw Complaint(
        reason: "a member's header is expected; the archive may be damaged or compressed")
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
      // Before POSIX, a name with a slash at its end was a folder.
      kind = self.name.last == UInt8(ascii: "/") ? .folder : .file
    case UInt8(ascii: "1"): kind = .hardLink
    case UInt8(ascii: "5"): kind = .folder
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "x"): kind = .fields
    default: kind = .other
    }
    // A folder has no data, even if its size is not 0. A pax hard link may carry the file's data.
    if kind == .folder { self.count = 0 }
  }

  /// The bytes before the first zero.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  /// Parses octal digits between spaces and zeros or, if the highest bit is set, a number in base
  /// 256. Returns nil for anything else, for negative numbers and for numbers above 63 bits.
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
