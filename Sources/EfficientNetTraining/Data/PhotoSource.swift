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
      guard count <= Self.mostBytes else {
        throw .unreadable(
          name: path, reason: "it has \(count) bytes; at most \(Self.mostBytes) are supported")
      }
      let bytes: [UInt8]
      do {
        bytes = try OpenFile(path: archive).read(offset..<(offset + count))
      } catch {
        throw .unreadable(name: path, reason: error.reason)
      }
      return try PixelBuffer(decoding: bytes, name: path, options: options)
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
