public import EfficientNetCompute
public import EfficientNetImages

/// The location of a photo's bytes.
public enum PhotoSource: Hashable, Sendable {
  /// A file with the given path.
  case file(String)
  /// `count` bytes from `offset` in an archive; `name` is the member's name.
  case archived(archive: String, offset: Int, count: Int, name: String)

  /// Returns whether two locations have the same bytes in their paths and names.
  public static func == (first: Self, second: Self) -> Bool { first.exact == second.exact }

  /// Hashes the bytes of the path and the position in the archive.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(exact.file)
    hasher.combine(exact.offset)
  }

  private var exact: (file: ExactText, offset: Int?, count: Int?, name: ExactText?) {
    switch self {
    case .file(let path): (ExactText(path), nil, nil, nil)
    case .archived(let archive, let offset, let count, let name):
      (ExactText(archive), offset, count, ExactText(name))
    }
  }

  /// The path for messages, or "archive.tar:name".
  public var path: String {
    switch self {
    case .file(let path): path
    case .archived(let archive, _, _, let name): "\(archive):\(name)"
    }
  }

  /// The file that contains the bytes: the photo's own, or the archive.
  package var filePath: String {
    switch self {
    case .file(let path): path
    case .archived(let archive, _, _, _): archive
    }
  }

  /// The most bytes of a photo: 1 GB.
  private static let mostBytes = 1 << 30

  /// Reads and decodes the photo, by default all pixels, upright.
  ///
  /// - Throws: `ImageError`.
  public func decoded(options: DecodingOptions = .init()) throws(ImageError) -> PixelBuffer {
    switch self {
    case .file(let path):
      return try PixelBuffer(contentsOf: path, options: options)
    case .archived(let archive, let offset, let count, _):
      let bytes = try bytes(of: archive, offset..<(offset + count))
      return try PixelBuffer(decoding: bytes, name: path, options: options)
    }
  }

  /// Reads the size of the upright photo, without decoding its pixels.
  ///
  /// - Throws: `ImageError`.
  package func size() throws(ImageError) -> PhotoSize {
    switch self {
    case .file(let path):
      return try PhotoSize(path: path)
    case .archived(let archive, let offset, let count, _):
      return try PhotoSize(bytes(of: archive, offset..<(offset + count)), name: path)
    }
  }

  /// Reads a part of an archive.
  private func bytes(of archive: String, _ range: Range<Int>) throws(ImageError) -> [UInt8] {
    guard range.count <= Self.mostBytes else {
      throw .unreadable(
        name: path, reason: "it has \(range.count) bytes; at most \(Self.mostBytes) are supported")
    }
    do {
      return try OpenFile(path: archive).read(range)
    } catch {
      throw .unreadable(name: path, reason: error.reason)
    }
  }
}

/// A photo that was left out because it cannot be read.
public struct BrokenPhoto: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The index of the photo in the dataset. In a run, the indices of the validation photos follow
  /// those of the training photos. The index identifies the photo, since its path changes if photos
  /// are moved.
  public var sample: Int
  /// The path, as in ``PhotoSource/path``.
  public var path: String
  /// What is wrong and what to do: one line that names the photo.
  public var reason: String

  /// The reason on one line.
  public var description: String { reason.oneLine }
}
