public import EfficientNetCompute

/// An error of reading or writing a picture. Its description names the picture, the cause and the
/// remedy.
///
/// Use ``kind`` to count errors in a metric or to choose the status of a response:
///
///     } catch let error as ImageError {
///       logger.info("\(error.problem)", metadata: ["kind": "\(error.kind)"])
///     }
public enum ImageError: LibraryError {
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

extension ImageError {
  /// ``problem`` and ``advice`` in one line, such as "cat.jpg is truncated: the JPEG data ends
  /// before the picture does; get an intact copy of it". The advice is for somebody who has or sends
  /// the picture.
  public var description: String { advice.map { "\(problem); \($0)" } ?? problem }

  /// What is wrong with the picture, such as "the upload is truncated: the JPEG data ends before the
  /// picture does". It suits the response of a server.
  ///
  /// It is one line: a control character is "?", as is one that changes the direction of the text
  /// (U+202E). A name of more than 1,000 characters has "…" in
  /// place of its middle. An empty name is "the picture".
  public var problem: String {
    let text =
      switch self {
      case .unreadable(let name, let reason):
        "\(shown(name)): \(reason)"
      case .empty(let name):
        "\(shown(name)) is empty"
      case .notAPicture(let name):
        "\(shown(name)) is not a \(ImageFormat.readable) picture"
      case .otherFormat(let name, let format):
        "\(shown(name)) has the format \(format), which cannot be read"
      case .truncated(let name, let format, let place):
        "\(shown(name)) is truncated: the \(format) data ends "
          + "\(place.isEmpty ? "before the picture does" : place)"
      case .corrupt(let name, let format, let reason):
        "\(shown(name)) is damaged: its \(format) data has errors"
          + "\(reason.isEmpty ? "" : " (\(reason))")"
      case .unsupported(let name, let format, let reason):
        "\(shown(name)) is an unsupported kind of \(format): \(Self.parts(reason).problem)"
      case .tooManyPixels(let name, let width, let height, let limit):
        "\(shown(name)) has \(width)×\(height) pixels, more than the limit of \(limit)"
      case .unencodable(let format, let width, let height, let reason):
        "a picture of \(width)×\(height) pixels cannot be written as \(format): \(reason)"
      case .outOfMemory(let name, let width, let height):
        "\(shown(name)): not enough memory for its \(width)×\(height) pixels"
      case .noPictures(let folder):
        "\(shown(folder)): no photos found (expected .jpg, .png or .webp)"
      }
    return text.oneLine
  }

  /// What the owner of the picture can do, such as "get an intact copy of it"; nil if nothing is
  /// known.
  public var advice: String? {
    switch self {
    case .empty, .truncated, .corrupt: "get an intact copy of it"
    case .otherFormat: "convert it to JPEG"
    case .tooManyPixels, .unencodable, .outOfMemory: "make it smaller"
    case .unsupported(_, _, let reason): Self.parts(reason).advice?.oneLine
    case .unreadable, .notAPicture, .noPictures: nil
    }
  }

  /// The parts of a reason such as "an animation; save one frame of it as a still picture".
  private static func parts(_ reason: String) -> (problem: Substring, advice: String?) {
    guard let border = reason.firstRange(of: "; ") else { return (reason[...], nil) }
    return (reason[..<border.lowerBound], String(reason[border.upperBound...]))
  }

  private func shown(_ name: String) -> String {
    name.isEmpty ? "the picture" : name.shortened(to: 1000)
  }
}

extension ImageError: CustomDebugStringConvertible {
  /// The kind and the description, such as "ImageError.truncated: cat.jpg is truncated: …".
  public var debugDescription: String { "ImageError.\(kind): \(description)" }
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
