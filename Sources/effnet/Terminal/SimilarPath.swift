import EfficientNet
import EfficientNetImages
import EfficientNetSystem
import EfficientNetTraining

/// Suggestions for paths that do not exist: "holiday" for "Holiday" or "holidya".
enum SimilarPath {
  /// The largest number of names of a folder to compare.
  private static let mostNames = 10_000
  /// The number of errors that get a suggestion: a list may have millions of missing paths.
  private static let mostErrors = 3
  private static let errors = Locked(0)
  /// The most words of a path before and behind one of them.
  private static let mostWords = 8

  /// Returns the end of an error's message, "; did you mean 'holiday'?", if the error is a missing
  /// path and a similar one exists, or a folder that is not that of a run, and a run has its name;
  /// else nothing.
  static func advice(for error: any Error) -> String {
    if let error = error as? FileError,
      error.reason.hasPrefix("it is not the folder of a run,")
    {
      return run(named: error.path).map { "; did you mean '\($0)'?" } ?? ""
    }
    return missingPath(of: error).map(advice(forMissing:)) ?? ""
  }

  /// Returns the end of a message about a missing path; nothing if no similar one exists.
  static func advice(forMissing path: String) -> String {
    let count = errors.withLock { errors in
      errors += 1
      return errors
    }
    guard count <= mostErrors else { return "" }
    if let whole = unquoted(path) { return "; \(quotingAdvice(whole))" }
    return similar(to: path).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// The problem of a command line with a path whose quotation marks were forgotten: "there is no
  /// 'My'; did you mean 'My Photos'? Quote names with spaces"; nil without such a path.
  static var unquotedProblem: String? {
    let words = CommandWords(Array(CommandLine.arguments.dropFirst())).rest
    for word in words where !word.hasPrefix("-") && FileStatus(word) == nil {
      if let whole = unquoted(word) { return "there is no '\(word)'; \(quotingAdvice(whole))" }
    }
    return nil
  }

  private static func quotingAdvice(_ path: String) -> String {
    "did you mean '\(path)'? Quote names with spaces"
  }

  /// Returns the existing path that consecutive arguments are the words of: "My Photos" for "My"
  /// and "Photos"; nil if there is none with the given word.
  private static func unquoted(_ word: String) -> String? {
    let words = CommandWords(Array(CommandLine.arguments.dropFirst())).rest
    for place in words.indices where words[place] == word {
      for first in words[...place].indices.suffix(mostWords) where !words[first].hasPrefix("-") {
        for last in words[place...].indices.prefix(mostWords) where last > first {
          let path = words[first...last].joined(separator: " ")
          if FileStatus(path) != nil { return path }
        }
      }
    }
    return nil
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
    // Nothing follows a command to paste.
    let isAboutPath = missingReasons.contains { reason.hasPrefix($0) }
    return isAboutPath && !reason.contains("continue with: ") ? path : nil
  }

  /// The reasons of errors for missing paths: that of the system, and those of our own.
  private static let missingReasons = [
    "No such file or directory", "there is no such", "the folder does not exist",
  ]

  /// Returns the run that a path without "train/" means: "runs/train/photos" for "runs/photos" or
  /// "photos"; nil if there is none.
  static func run(named path: String) -> String? {
    let path = path.withoutSlashes
    let name = Folder.name(of: path)
    guard !name.isEmpty else { return nil }
    let folders = path.contains("/") ? [Folder.parent(of: path)] : ["", "runs/"]
    return folders.map { "\($0)train/\(name)" }.first {
      FileStatus("\($0)/\(RunConfiguration.fileName)") != nil
    }
  }

  /// Returns an existing path whose first wrong part differs from the given one in case or in at
  /// most two letters; nil for none. Names whose digits differ belong to different photos, so such
  /// a name counts only if it is the only similar one, and that of a folder.
  static func similar(to path: String) -> String? {
    var (missing, rest) = (Substring(path), "")
    while missing.hasSuffix("/") { missing.removeLast() }
    while !missing.isEmpty {
      let parent = Folder.parent(of: String(missing))
      if Folder.exists(parent) { break }
      // The working folder cannot be read.
      if !missing.contains("/") { return nil }
      rest = "/\(Folder.name(of: String(missing)))\(rest)"
      missing = parent.dropLast()
    }
    let (folder, name) = (Folder.parent(of: String(missing)), Folder.name(of: String(missing)))
    guard !name.isEmpty, let names = try? Folder.names(folder), names.count <= mostNames else {
      return nil
    }
    // A name without a folder may be that of photos.
    if missing.contains("/"), let run = run(named: String(missing)), FileStatus(run + rest) != nil {
      return run + rest
    }
    let digits = name.filter(\.isNumber)
    let found = names.compactMap { other -> (edits: Int, name: String)? in
      guard !PhotoFinder.isHidden(other), abs(other.utf8.count - name.utf8.count) <= 2 else {
        return nil
      }
      let edits = name.edits(to: other)
      return edits <= min(2, 2 * name.utf8.count / 5) ? (edits, other) : nil
    }
    let start = missing.contains("/") ? folder : ""
    let best = found.filter { $0.name.filter(\.isNumber) == digits }
      .min { $0.edits < $1.edits }?.name
    let only = found.count == 1 ? found.first?.name : nil
    guard let name = best ?? only.flatMap({ Folder.exists(start + $0) ? $0 : nil }) else {
      return nil
    }
    let similar = start + name + rest
    return FileStatus(similar) == nil ? nil : similar
  }
}
