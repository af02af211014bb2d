internal import EfficientNetSystem

struct TarMember {
  enum Kind: Equatable {
    case file, folder
    /// Another name for an earlier member.
    case hardLink(to: String)
    /// Symbolic links, devices and sparse files.
    case other
  }

  var kind: Kind
  /// The path, without "." and doubled slashes; nil if it is not UTF-8.
  var name: String?
  /// The offset of the member's data in the archive.
  var offset: Int
  var count: Int
}

/// The members of a tar archive in order. It reads only headers, not the files' contents.
///
///     var tar = try TarReader(path: "photos.tar")
///     while let member = try tar.next() { … }
///
/// It reads ustar, GNU long names and pax. Memory is bounded for any archive: of a member's data it
/// reads only names and fields, up to ``mostMetadata`` bytes.
struct TarReader: ~Copyable {
  let path: String
  private let file: OpenFile
  private var offset = 0
  /// Whether the two blocks of zeros that end an archive were read.
  private(set) var hasEnd = false

  /// The most bytes of a long name, or of a member's fields.
  static let mostMetadata = 1 << 16

  init(path: String) throws(DataError) {
    do { file = try OpenFile(path: path) } catch { throw .file(error) }
    self.path = path
  }

  /// Returns the next member, or nil after the last.
  mutating func next() throws(DataError) -> TarMember? {
    var longName: [UInt8]?
    var fields = PaxFields()
    while true {
      if offset == file.count, longName == nil { return nil }
      guard file.count - offset >= TarHeader.size else {
        throw complaint("it ends in the middle of a member; copy or download it again")
      }
      let block = try bytes(at: offset, count: TarHeader.size)
      if TarHeader.isEnd(block) {
        hasEnd = true
        offset = file.count
        return nil
      }
      var header: TarHeader
      do { header = try TarHeader(block) } catch { throw complaint(error.reason) }
      if header.kind != .longName, header.kind != .fields, let count = fields.count {
        header.count = count
      }
      // GNU tar's hard links state the size of their file, but no data follows. In pax, data may
      // follow; then the fields state its size.
      if header.kind == .hardLink, fields.count == nil { header.count = 0 }
      let start = offset + TarHeader.size
      guard header.count <= file.count - start else {
        throw complaint(
          "a member claims \(header.count) bytes, more than the archive has; copy or download it again"
        )
      }
      let blocks = (header.count + TarHeader.size - 1) / TarHeader.size
      // A truncated archive may lack the padding of its last member.
      defer { offset = min(start + blocks * TarHeader.size, file.count) }
      let kind: TarMember.Kind
      switch header.kind {
      case .longName:
        longName = Array(try metadata(start, header.count).prefix { $0 != 0 })
        continue
      case .fields:
        let bytes = try metadata(start, header.count)
        do { fields = try PaxFields(bytes) } catch { throw complaint(error.reason) }
        continue
      case .file: kind = fields.isSparse ? .other : .file
      case .folder: kind = .folder
      case .hardLink:
        kind = Self.path(fields.linkPath ?? header.linkName).map { .hardLink(to: $0) } ?? .other
      case .other: kind = .other
      }
      let name = Self.path(fields.path ?? longName ?? header.name)
      return TarMember(kind: kind, name: name, offset: start, count: header.count)
    }
  }

  func bytes(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
    do { return try file.read(offset..<(offset + count)) } catch { throw .file(error) }
  }

  private func metadata(_ offset: Int, _ count: Int) throws(DataError) -> [UInt8] {
    guard count <= Self.mostMetadata else {
      throw complaint(
        "a name or its fields have \(count) bytes; at most \(Self.mostMetadata) are supported")
    }
    return try bytes(at: offset, count: count)
  }

  private func complaint(_ reason: String) -> DataError {
    .archive(path: path, offset: offset, reason: reason)
  }

  /// A member's name as a path from the archive's root.
  private static func path(_ name: [UInt8]) -> String? {
    let parts = name.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
    return String(validating: parts.joined(separator: [UInt8(ascii: "/")]), as: UTF8.self)
  }
}
