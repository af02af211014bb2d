internal import EfficientNetSystem

/// Expands a pattern to files: braces with a range or a list, as WebDataset writes shards, and the
/// shell's * ? [ ].
///
///     imagenet-train-{0000..0146}.tar    {train,val}.tar    shards/*.tar
enum ShardPattern {
  static let mostFiles = 100_000

  static func isPattern(_ path: String) -> Bool {
    path.utf8.contains { "{*?[".utf8.contains($0) }
  }

  /// The files, in the order of the braces, and sorted within the shell's matches.
  static func files(_ pattern: String) throws(DataError) -> [String] {
    var files: [String] = []
    var seen: Set<ExactText> = []
    for path in try braces(pattern) {
      let isShell = path.utf8.contains { "*?[".utf8.contains($0) }
      for file in isShell ? try shell(path) : [path] where seen.insert(ExactText(file)).inserted {
        files.append(file)
      }
    }
    guard files.count <= mostFiles else {
      throw .unusable(
        path: pattern, reason: "the pattern means more than \(mostFiles) files; use fewer")
    }
    return files
  }

  /// Expands only the braces.
  static func braces(_ pattern: String) throws(DataError) -> [String] {
    var paths = [""]
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{") {
      let inside = rest[rest.index(after: open)...]
      guard let close = inside.firstIndex(of: "}") else {
        throw .unusable(path: pattern, reason: "a { has no closing }")
      }
      guard let choices = choices(inside[..<close]) else {
        throw .unusable(
          path: pattern,
          reason: "{ } must contain a range such as 000..146 or names separated by commas"
        )
      }
      let (count, isTooMuch) = paths.count.multipliedReportingOverflow(by: choices.count)
      guard !isTooMuch, count <= mostFiles else {
        throw .unusable(
          path: pattern, reason: "the pattern means more than \(mostFiles) files; use fewer")
      }
      let fixed = rest[..<open]
      paths = paths.flatMap { path in choices.map { "\(path)\(fixed)\($0)" } }
      rest = inside[inside.index(after: close)...]
    }
    return paths.map { $0 + rest }
  }

  /// The texts that a pair of braces stands for; nil if invalid. Ranges above the limit are cut one
  /// after it.
  private static func choices(_ text: Substring) -> [String]? {
    if text.contains("{") { return nil }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if names.count > 1 { return names }
    guard let dots = text.firstRange(of: "..") else { return nil }
    let (first, last) = (text[..<dots.lowerBound], text[dots.upperBound...])
    guard let low = UInt32(first), let high = UInt32(last), low <= high else { return nil }
    // One more than the limit is enough to report the error.
    let end = high - low > UInt32(mostFiles) ? low + UInt32(mostFiles) : high
    return (low...end).map {
      let digits = String($0)
      return String(repeating: "0", count: max(0, first.count - digits.count)) + digits
    }
  }

  /// The files that match the shell's characters, sorted; at least one.
  private static func shell(_ pattern: String) throws(DataError) -> [String] {
    do throws(FileError) {
      return try Folder.files(matching: pattern)
    } catch {
      throw .unusable(path: pattern, reason: error.reason)
    }
  }
}
