/// A picture that could not be read or written: which one, what is wrong and what to do.
public enum ImageError: Error, Hashable, CustomStringConvertible {
  /// The system would not open or read the file or folder.
  case unreadable(name: String, reason: String)
  /// The file has no bytes.
  case empty(name: String)
  /// The first bytes are those of no format that is read.
  case notAPicture(name: String)
  /// The file ends before its picture does: "before the last row of pixels" for instance, or "" where that is not known.
  case truncated(name: String, format: String, place: String)
  /// The bytes break the rules of their format.
  case corrupt(name: String, format: String, reason: String)
  /// A form of the format that is not read.
  case unsupported(name: String, format: String, reason: String)
  /// More pixels than ``DecodingOptions/maximumPixels``.
  case tooManyPixels(name: String, width: Int, height: Int, limit: Int)
  /// A size that the format cannot hold.
  case unencodable(format: String, width: Int, height: Int, reason: String)
  /// The decoder or encoder ran out of memory.
  case outOfMemory(name: String, width: Int, height: Int)
  /// A folder without a picture in it.
  case noPictures(folder: String)

  /// One line, for instance "cat.jpg is truncated: the JPEG data ends before the picture does; copy or download it again".
  public var description: String {
    switch self {
    case .unreadable(let name, let reason):
      "\(name): \(reason)"
    case .empty(let name):
      "\(name) is empty; copy or download it again"
    case .notAPicture(let name):
      "\(name) is not a JPEG, PNG or WebP picture"
    case .truncated(let name, let format, let place):
      "\(name) is truncated: the \(format) data ends "
        + "\(place.isEmpty ? "before the picture does" : place); copy or download it again"
    case .corrupt(let name, let format, let reason):
      "\(name) is damaged: \(format) data with errors\(reason.isEmpty ? "" : " (\(reason))"); "
        + "copy or download it again"
    case .unsupported(let name, let format, let reason):
      "\(name) is a kind of \(format) that is not read: \(reason)"
    case .tooManyPixels(let name, let width, let height, let limit):
      "\(name) claims \(width)×\(height) pixels, more than the limit of \(limit); "
        + "make it smaller, or raise the limit ('effnet classify --max-pixels')"
    case .unencodable(let format, let width, let height, let reason):
      "a picture of \(width)×\(height) pixels cannot be written as \(format): \(reason); make it smaller"
    case .outOfMemory(let name, let width, let height):
      "\(name): no memory for its \(width)×\(height) pixels; make it smaller"
    case .noPictures(let folder):
      "\(folder) has no .jpg, .png or .webp files in it"
    }
  }
}
