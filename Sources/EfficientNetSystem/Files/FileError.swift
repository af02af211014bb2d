internal import Glibc

/// A file that the system would not open, read or write.
public struct FileError: Error, Hashable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What was wrong, for instance "No such file or directory".
  public let reason: String

  /// An error in the program's own words.
  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// An error that the system numbered.
  ///
  /// - Parameter code: A value of `errno`.
  package init(path: String, code: Int32) {
    self.path = path
    reason = String(cString: strerror(code))
  }

  /// For instance "cat.jpg: No such file or directory".
  public var description: String { "\(path): \(reason)" }
}
