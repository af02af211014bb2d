/// An error of reading or writing a picture. Its description names the picture, the cause and the
/// remedy.
public enum ImageError: Error, Hashable, CustomStringConvertible {
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

  /// One line, such as "cat.jpg is truncated: the JPEG data ends before the picture does; copy or
  /// download it again".
  public var description: String {
    switch self {
    case .unreadable(let name, let reason):
      "\(name): \(reason)"
    case .empty(let name):
      "\(name) is empty; copy or download it again"
    case .notAPicture(let name):
      "\(name) is not a JPEG, PNG or WebP picture"
    case .otherFormat(let name, let format):
      "\(name) is a picture in the format \(format), which cannot be read; convert it"
        + (ForeignFormat(rawValue: format).map { " with \($0.converter)" } ?? " to JPEG")
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
        + "make it smaller or raise the limit"
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
