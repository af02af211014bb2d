internal import Glibc

/// An error for a file that the system could not open, read or write.
public struct FileError: LibraryError {
  /// The path of the file.
  public let path: String
  /// The reason, for instance "No such file or directory".
  public let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// Creates an error from a system error number.
  ///
  /// - Parameter code: A value of `errno`.
  package init(path: String, code: Int32) {
    self.path = path
    reason = String(cString: strerror(code))
  }

  /// The error in one line, for instance "cat.jpg: No such file or directory". A control character
  /// in the path is "?".
  public var description: String {
    let scalars = "\(path): \(reason)".unicodeScalars.map { $0.isControl ? "?" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  /// Always "file".
  public var kind: String { "file" }
}
