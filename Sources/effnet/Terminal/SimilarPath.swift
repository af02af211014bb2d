import EfficientNet
import EfficientNetImages
import EfficientNetSystem
import EfficientNetTraining

/// Suggestions for paths that do not exist: "holiday" for "Holiday" or "holidya".
enum SimilarPath {
  /// The largest number of names of a folder to compare.
  private static let mostNames = 10_000
  /// The number of errors that get a suggestion: a list may have millions of missing paths.
  private static let mostErrors = 10
  private static let errors = Locked(0)

  /// Returns the end of an error's message, "; did you mean 'holiday'?", if the error is a missing
  /// path and a similar one exists; else nothing.
  static func advice(for error: any Error) -> String {
    missingPath(of: error).map(advice(forMissing:)) ?? ""
  }

  /// Returns the end of a message about a missing path; nothing if no similar one exists.
  static func advice(forMissing path: String) -> String {
    let count = errors.withLock { errors in
      errors += 1
      return errors
    }
    guard count <= mostErrors, let similar = similar(to: path) else { return "" }
    return "; did you mean '\(similar)'?"
  }

  private static func missingPath(of error: any Error) -> String? {
    let (path, reason): (String, String)
    switch error {
    case let error as FileError: (path, reason) = (error.path, error.reason)
    case DataError.file(let error), WeightsError.file(let error):
      (path, reason) = (error.path, error.reason)
    case ImageError.unreadable(let name, let text): (path, reason) = (name, text)
    default: return nil
    }
    return missingReasons.contains { reason.hasPrefix($0) } ? path : nil
  }

  /// The reasons of errors for missing paths: that of the system, and those of our own.
  private static let missingReasons = [
    "No such file or directory", "there is no such", "the folder does not exist",
  ]

  /// Returns an existing path whose first wrong part differs from the given one in case or in at
  /// most two letters; nil for none. Names whose digits differ belong to different photos.
  static func similar(to path: String) -> String? {
    var (missing, rest) = (Substring(path), "")
    while missing.hasSuffix("/") { missing.removeLast() }
    while !missing.isEmpty, !Folder.exists(Folder.parent(of: String(missing))) {
      rest = "/\(Folder.name(of: String(missing)))\(rest)"
      missing = Folder.parent(of: String(missing)).dropLast()
    }
    let (folder, name) = (
      Folder.parent(of: String(missing)), Folder.name(of: String(missing))
    )
    guard !name.isEmpty, let names = try? Folder.names(folder), names.count <= mostNames else {
      return nil
    }
    let digits = name.filter(\.isNumber)
    let found = names.compactMap { other -> (edits: Int, name: String)? in
      guard !PhotoFinder.isHidden(other), other.filter(\.isNumber) == digits,
        abs(other.utf8.count - name.utf8.count) <= 2
      else { return nil }
      let edits = name.edits(to: other)
      return edits <= min(2, 2 * name.utf8.count / 5) ? (edits, other) : nil
    }
    guard let best = found.min(by: { $0.edits < $1.edits })?.name else { return nil }
    let similar = (missing.contains("/") ? folder : "") + best + rest
    return FileStatus(similar) == nil ? nil : similar
  }
}
