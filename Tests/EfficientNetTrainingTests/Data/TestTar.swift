/// A tar archive, built member by member.
struct TestTar {
  private(set) var bytes: [UInt8] = []

  /// The format of a member's name.
  enum Names {
    case ustar, gnu, pax
  }

  init(_ files: [(String, [UInt8])] = []) {
    for (name, data) in files { add(name, data) }
  }

  /// Appends a member. A name of more than 100 bytes is split or written in front, as the format
  /// requires.
  mutating func add(
    _ name: String, _ data: [UInt8] = [], kind: Character = "0", link: String = "",
    names: Names = .ustar
  ) {
    switch names {
    case .ustar:
      var (prefix, rest) = ("", name)
      if name.utf8.count > 100, let slash = name.utf8.prefix(155).lastIndex(of: UInt8(ascii: "/")) {
        (prefix, rest) = (String(name[..<slash]), String(name[name.utf8.index(after: slash)...]))
      }
      addMember(rest, prefix: prefix, data, kind: kind, link: link)
    case .gnu:
      addMember("././@LongLink", prefix: "", Array(name.utf8) + [0], kind: "L", link: "")
      addMember(String(name.prefix(100)), prefix: "", data, kind: kind, link: link)
    case .pax:
      addMember("PaxHeaders/x", prefix: "", Self.record("path", name), kind: "x", link: "")
      addMember("short", prefix: "", data, kind: kind, link: link)
    }
  }

  /// A line of pax. Its length includes the length's own digits.
  static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
    return Array("\(length)\(rest)".utf8)
  }

  /// Appends a header and data exactly as given.
  mutating func addMember(
    _ name: String, prefix: String = "", _ data: [UInt8], kind: Character, link: String = "",
    size: String? = nil
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      for (offset, byte) in text.utf8.enumerated() { header[place + offset] = byte }
    }
    func octal(_ value: Int, digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000644\u{0}0000000\u{0}0000000", at: 100)
    put(size ?? octal(data.count, digits: 11), at: 124)
    put("00000000000", at: 136)
    put(String(kind), at: 156)
    put(link, at: 157)
    put("ustar\u{0}00", at: 257)
    put(prefix, at: 345)
    put("        ", at: 148)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0}", at: 148)
    bytes += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
  }

  /// The archive with its end.
  var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
