public import EfficientNetCompute
public import EfficientNetImages

/// Where the bytes of a photo are.
public enum PhotoSource: Hashable, Sendable {
  /// A file of its own.
  case file(String)
  /// `count` bytes from `offset` on in an archive, called `name` there.
  case archived(archive: String, offset: Int, count: Int, name: String)

  /// Two places are equal if their paths and names have the same bytes.
  public static func == (first: Self, second: Self) -> Bool { first.exact == second.exact }

  /// Hashes the bytes of the path and the place in an archive.
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

  /// For messages: the path, or "archive.tar:name".
  public var path: String {
    switch self {
    case .file(let path): path
    case .archived(let archive, _, _, let name): "\(archive):\(name)"
    }
  }

  /// The file that has the bytes: the photo's own, or the archive.
  package var filePath: String {
    switch self {
    case .file(let path): path
    case .archived(let archive, _, _, _): archive
    }
  }

  /// The most bytes of a photo: a gigabyte.
  private static let mostBytes = 1 << 30

  /// Reads and decodes the photo: all of its pixels, by default upright.
  ///
  /// - Throws: `ImageError`.
  public func decoded(options: DecodingOptions = .init()) throws(ImageError) -> PixelBuffer {
    switch self {
    case .file(let path):
      return try PixelBuffer(contentsOf: path, options: options)
    case .archived(let archive, let offset, let count, _):
      guard count <= Self.mostBytes else {
        throw .unreadable(
          name: path, reason: "\(count) bytes are more than the \(Self.mostBytes) that are read")
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

/// A photo that was left out, since it could not be read.
public struct BrokenPhoto: Hashable, Codable, Sendable, CustomStringConvertible {
  /// Its index in the dataset; in a run, photos to validate with are numbered behind those to train
  /// on. It is what a photo is known by: its path changes when photos are moved.
  public var sample: Int
  /// Where it is, as ``PhotoSource/path`` says it.
  public var path: String
  /// What is wrong and what to do: one line that names the photo.
  public var reason: String

  /// ``reason``.
  public var description: String { reason.oneLine }
}
