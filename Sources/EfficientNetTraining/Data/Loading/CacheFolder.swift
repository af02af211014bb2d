internal import EfficientNetCompute

/// The files of a ``PhotoCache`` in a folder: one file per photo and form, named by a hash of both.
///
/// A file has a header, the photo's location as text, and the pixels. All integers have 8 bytes,
/// little-endian:
///
///     "effnet-photo-v2\n"  checksum of the rest  key of the form  width  height
///     size and two times of the photo's file  length of the location  the location  the pixels
struct CacheFolder {
  let path: String
  /// The folder that relative paths start from.
  private let workingFolder: String

  private static let magic = Array("effnet-photo-v2\n".utf8)
  private static let fields = 8
  /// The bytes of the magic and the integers.
  private static let headerSize = 16 + 8 * fields
  private static let ending = ".pixels"

  init(path: String) throws(FileError) {
    (self.path, workingFolder) = (path, Folder.current)
    try Folder.make(path)
  }

  /// The bytes of all photos in the folder, in any form.
  func bytes() throws(FileError) -> Int {
    try Folder.names(path).filter { $0.hasSuffix(Self.ending) }.reduce(0) { bytes, name in
      bytes + (FileStatus("\(path)/\(name)")?.size ?? 0)
    }
  }

  func fileSize(_ photo: PixelBuffer, _ source: PhotoSource) -> Int {
    Self.headerSize + place(of: source).utf8.count + photo.bytes.count
  }

  /// The bytes of the photo's current file.
  func storedBytes(_ source: PhotoSource, form: UInt64) -> Int {
    FileStatus(file(of: source, form: form))?.size ?? 0
  }

  /// Reads the photo if its file is complete and was made from the photo's file with this stamp.
  func read(_ source: PhotoSource, form: UInt64, _ stamp: FileStatus.Stamp) -> PixelBuffer? {
    guard let bytes = try? FileContents.read(file(of: source, form: form), limit: 1 << 30) else {
      return nil
    }
    let place = Array(place(of: source).utf8)
    let start = Self.headerSize + place.count
    guard bytes.count > start, bytes.starts(with: Self.magic) else { return nil }
    let raw = bytes.span.bytes
    let fields = (0..<Self.fields).map { raw.littleEndian(Int64.self, at: 16 + 8 * $0) }
    guard fields[0] == Self.checksum(raw),
      fields[1] == Int64(bitPattern: form), fields[4] == stamp.size,
      fields[5] == stamp.modified, fields[6] == stamp.changed, fields[7] == Int64(place.count),
      bytes[Self.headerSize..<start].elementsEqual(place),
      let width = Int(exactly: fields[2]), let height = Int(exactly: fields[3]),
      width > 0, height > 0
    else { return nil }
    let (pixels, isTooMuch) = width.multipliedReportingOverflow(by: height)
    guard !isTooMuch, pixels <= 1 << 30, bytes.count - start == 3 * pixels else { return nil }
    return PixelBuffer(
      width: width, height: height, bytes: raw.copied(from: start, count: 3 * pixels))
  }

  /// Writes the photo without syncing it to the disk: the checksum detects what a power failure
  /// loses.
  func write(
    _ photo: PixelBuffer, _ source: PhotoSource, form: UInt64, _ stamp: FileStatus.Stamp
  ) throws(FileError) {
    let place = Array(place(of: source).utf8)
    var bytes = Self.magic
    bytes.reserveCapacity(fileSize(photo, source))
    let fields = [
      0, Int64(bitPattern: form), Int64(photo.width), Int64(photo.height), stamp.size,
      stamp.modified, stamp.changed, Int64(place.count),
    ]
    bytes += fields.flatMap(\.littleEndianBytes)
    bytes += place
    bytes += photo.bytes
    bytes.replaceSubrange(16..<24, with: Self.checksum(bytes.span.bytes).littleEndianBytes)
    var file = try OutputFile(path: file(of: source, form: form))
    try file.write(bytes.span.bytes)
    try file.commit(isDurable: false)
  }

  /// The checksum of everything after the checksum.
  private static func checksum(_ file: RawSpan) -> Int64 {
    var hash = StableHash()
    hash.combine(file.extracting(24...))
    return Int64(bitPattern: hash.value)
  }

  /// A text that identifies the photo: its absolute path and its place in an archive.
  private func place(of source: PhotoSource) -> String {
    let path = source.filePath
    let absolute = path.utf8.first == UInt8(ascii: "/") ? path : "\(workingFolder)/\(path)"
    switch source {
    case .file: return absolute
    case .archived(_, let offset, let count, let name):
      return "\(absolute):\(offset):\(count):\(name)"
    }
  }

  private func file(of source: PhotoSource, form: UInt64) -> String {
    var hash = StableHash(seed: form)
    hash.combine(place(of: source))
    let digits = String(hash.value, radix: 16)
    return "\(path)/\(String(repeating: "0", count: 16 - digits.count))\(digits)\(Self.ending)"
  }
}

extension Int64 {
  fileprivate var littleEndianBytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
