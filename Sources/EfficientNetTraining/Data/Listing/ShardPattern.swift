internal import EfficientNetSystem

/// The files that a pattern means: braces with a range or a list, as shards are written, and the shell's * ? [ ].
///
///     imagenet-train-{0000..0146}.tar    {train,val}.tar    shards/*.tar
enum ShardPattern {
  static let mostFiles = 100_000

  static func isPattern(_ path: String) -> Bool {
    path.utf8.contains { "{*?[".utf8.contains($0) }
  }

  /// The files, in the order of the braces and sorted within the shell's characters.
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
      throw .unusable(path: pattern, reason: "more than \(mostFiles) files are called like this")
    }
    return files
  }

  /// The paths without braces.
  static func braces(_ pattern: String) throws(DataError) -> [String] {
    var paths = [""]
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{") {
      let inside = rest[rest.index(after: open)...]
      guard let close = inside.firstIndex(of: "}") else {
        throw .unusable(path: pattern, reason: "a { has no }")
      }
      guard let choices = choices(inside[..<close]) else {
        throw .unusable(
          path: pattern,
          reason: "in { } there should be a range such as 000..146 or names between commas"
        )
      }
      let (count, isTooMuch) = paths.count.multipliedReportingOverflow(by: choices.count)
      guard !isTooMuch, count <= mostFiles else {
        throw .unusable(path: pattern, reason: "more than \(mostFiles) files are called like this")
      }
      let fixed = rest[..<open]
      paths = paths.flatMap { path in choices.map { "\(path)\(fixed)\($0)" } }
      rest = inside[inside.index(after: close)...]
    }
    return paths.map { $0 + rest }
  }

  /// What may stand in place of a pair of braces; nil if that cannot be said. Ranges go on where they would be too long.
  private static func choices(_ text: Substring) -> [String]? {
    if text.contains("{") { return nil }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if names.count > 1 { return names }
    guard let dots = text.firstRange(of: "..") else { return nil }
    let (first, last) = (text[..<dots.lowerBound], text[dots.upperBound...])
    guard let low = UInt32(first), let high = UInt32(last), low <= high else { return nil }
    // One more than is allowed is enough to be refused.
    let end = high - low > UInt32(mostFiles) ? low + UInt32(mostFiles) : high
    return (low...end).map {
      let digits = String($0)
      return String(repeating: "0", count: max(0, first.count - digits.count)) + digits
    }
  }

  /// The files that the shell's characters mean, sorted: at least one.
  private static func shell(_ pattern: String) throws(DataError) -> [String] {
    do throws(FileError) {
      return try Folder.files(matching: pattern)
    } catch {
      throw .unusable(path: pattern, reason: error.reason)
    }
  }
}
