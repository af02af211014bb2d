internal import EfficientNetCompute

/// The note about files whose names are not those of photos.
///
///     4 files left out: 1 HEIC, 1 GIF, 1 TIFF, 1 .txt; 'effnet classify --help' has the commands
///     that list them and convert pictures
///     3 files left out: 2 .txt, 1 without an ending; photos end in .jpg, .png or .webp
package enum LeftOutFiles {
  /// The largest number of endings that the note lists.
  private static let mostEndings = 5

  /// Returns a line with the number of files of each kind and a remedy; nil without files.
  ///
  /// - Parameter paths: The paths of the files. A single one is named.
  package static func note(_ paths: [String]) -> String? {
    guard let first = paths.first else { return nil }
    let groups = Dictionary(grouping: paths) { ForeignFormat(ending: ending(of: $0)) }
    let pictures = ForeignFormat.allCases.compactMap { format in
      groups[format].map { "\($0.count) \(format.rawValue)" }
    }
    let kinds = pictures + endings(of: groups[nil] ?? [])
    let files =
      paths.count == 1
      ? "1 file left out: '\(first)'"
      : "\(paths.count) files left out: \(kinds.joined(separator: ", "))"
    let remedy =
      pictures.isEmpty
      ? "photos end in .jpg, .png or .webp"
      : paths.count == 1
        ? ForeignFormat.conversionAdvice
        : "'effnet classify --help' has the commands that list them and convert pictures"
    return "\(files); \(remedy)".oneLine
  }

  /// Returns why a file was left out, for instance "it has the format HEIC, which cannot be read",
  /// and the kind: that of an error about this format, or "ending" for other names, since the file
  /// was not opened and may be a photo.
  package static func reason(_ path: String) -> (text: String, kind: String) {
    guard let format = ForeignFormat(ending: ending(of: path)) else {
      return ("its name does not end in .jpg, .png or .webp", "ending")
    }
    return (
      "it has the format \(format.rawValue), which cannot be read",
      ImageError.Kind.otherFormat.rawValue
    )
  }

  /// Returns the number of files with each ending, the most frequent first: "2 .txt", "1 without an
  /// ending".
  private static func endings(of paths: [String]) -> [String] {
    let groups = Dictionary(grouping: paths) { ExactText(ending(of: $0)) }
      .map { (ending: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.ending) < ($0.count, $1.ending) }
    var counts = groups.prefix(mostEndings).map { group in
      "\(group.count) \(group.ending.text.isEmpty ? "without an ending" : group.ending.text)"
    }
    let rest = groups.dropFirst(mostEndings).reduce(0) { $0 + $1.count }
    if rest > 0 { counts.append("\(rest) others") }
    return counts
  }

  /// Returns the lower-case ending of a file's name from the last dot on, or "" if the name has no
  /// dot.
  private static func ending(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(path[dot...]).lowercased()
  }
}
