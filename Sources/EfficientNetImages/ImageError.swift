public import FoundationEssentials

/// An error of reading or writing a picture. Its description names the picture, the cause and the
/// remedy.
///
/// Use ``kind`` to count errors in a metric or to choose the status of a response:
///
///     } catch let error as ImageError {
///       logger.info("\(error)", metadata: ["kind": "\(error.kind)"])
///     }
public enum ImageError: LocalizedError, Hashable {
  /// The operating system refused to open or read the file or folder.
  case unreadable(name: String, reason: String)
  /// The file is empty.
  case empty(name: String)
  /// The file does not start like a JPEG, PNG or WebP file.
  case notAPicture(name: String)
  /// The file is a picture of another format: "HEIC", "AVIF", "BMP", "GIF" or "TIFF".
  case otherFormat(name: String, format: String)
  /// The file ends before the picture is complete. `place` says where, such as "before the last row
  /// of pixels"; it is empty if unknown.
  case truncated(name: String, format: String, place: String)
  /// The file violates its format.
  case corrupt(name: String, format: String, reason: String)
  /// The file uses a feature of its format that is not supported.
  case unsupported(name: String, format: String, reason: String)
  /// The picture has more pixels than ``DecodingOptions/maximumPixels``, which is `limit`.
  case tooManyPixels(name: String, width: Int, height: Int, limit: Int)
  /// The format cannot store a picture of this size.
  case unencodable(format: String, width: Int, height: Int, reason: String)
  /// The decoder or encoder ran out of memory.
  case outOfMemory(name: String, width: Int, height: Int)
  /// The folder and its subfolders have no photos.
  case noPictures(folder: String)
}

extension ImageError: CustomStringConvertible {
  /// One line, such as "cat.jpg is truncated: the JPEG data ends before the picture does; copy or
  /// download it again".
  public var description: String {
    switch self {
    case .unreadable(let name, let reason):
      "\(name): \(reason)"
    case .empty(let name):
      "\(name) is empty; copy or download it again"
    case .notAPicture(let name):
      "\(name) is not a \(ImageFormat.readable) picture"
    case .otherFormat(let name, let format):
      "\(name) has the format \(format), which cannot be read; convert it to JPEG"
    case .truncated(let name, let format, let place):
      "\(name) is truncated: the \(format) data ends "
        + "\(place.isEmpty ? "before the picture does" : place); copy or download it again"
    case .corrupt(let name, let format, let reason):
      "\(name) is damaged: its \(format) data has errors\(reason.isEmpty ? "" : " (\(reason))"); "
        + "copy or download it again"
    case .unsupported(let name, let format, let reason):
      "\(name) is an unsupported kind of \(format): \(reason)"
    case .tooManyPixels(let name, let width, let height, let limit):
      "\(name) has \(width)×\(height) pixels, more than the limit of \(limit); "
        + "make it smaller"
    case .unencodable(let format, let width, let height, let reason):
      "a picture of \(width)×\(height) pixels cannot be written as \(format): \(reason); "
        + "make it smaller"
    case .outOfMemory(let name, let width, let height):
      "\(name): not enough memory for its \(width)×\(height) pixels; make it smaller"
    case .noPictures(let folder):
      "\(folder): no photos found (expected .jpg, .png or .webp)"
    }
  }
}

extension ImageError: CustomDebugStringConvertible {
  /// The kind and the description, such as "ImageError.truncated: cat.jpg is truncated: …".
  public var debugDescription: String { "ImageError.\(kind): \(description)" }

  /// The same as `description`, so that `localizedDescription` is the error in one line.
  public var errorDescription: String? { description }
}

extension ImageError {
  /// The kinds of errors, one for each case of ``ImageError``. The raw values are the names of the
  /// cases: they suit labels of metrics and fields of JSON.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// ``ImageError/unreadable(name:reason:)``.
    case unreadable
    /// ``ImageError/empty(name:)``.
    case empty
    /// ``ImageError/notAPicture(name:)``.
    case notAPicture
    /// ``ImageError/otherFormat(name:format:)``.
    case otherFormat
    /// ``ImageError/truncated(name:format:place:)``.
    case truncated
    /// ``ImageError/corrupt(name:format:reason:)``.
    case corrupt
    /// ``ImageError/unsupported(name:format:reason:)``.
    case unsupported
    /// ``ImageError/tooManyPixels(name:width:height:limit:)``.
    case tooManyPixels
    /// ``ImageError/unencodable(format:width:height:reason:)``.
    case unencodable
    /// ``ImageError/outOfMemory(name:width:height:)``.
    case outOfMemory
    /// ``ImageError/noPictures(folder:)``.
    case noPictures
  }

  /// The case without the picture's name and the other details.
  public var kind: Kind {
    switch self {
    case .unreadable: .unreadable
    case .empty: .empty
    case .notAPicture: .notAPicture
    case .otherFormat: .otherFormat
    case .truncated: .truncated
    case .corrupt: .corrupt
    case .unsupported: .unsupported
    case .tooManyPixels: .tooManyPixels
    case .unencodable: .unencodable
    case .outOfMemory: .outOfMemory
    case .noPictures: .noPictures
    }
  }
}
