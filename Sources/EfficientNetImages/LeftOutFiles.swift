internal import EfficientNetCompute

/// Notes about files whose names are not those of photos.
///
///     2 HEIC files left out, such as 'holiday/IMG_1.heic'; convert them with heif-convert
///     (package libheif-examples), see "Convert other pictures" in Docs/inference.md
///     3 files left out: 2 .txt, 1 without an ending, such as 'holiday/a.txt'; photos end in .jpg,
///     .png or .webp
package enum LeftOutFiles {
  /// The largest number of endings that a note lists.
  private static let mostEndings = 5

  /// Returns a line for each picture format, and one for all other files.
  package static func notes(_ paths: [String]) -> [String] {
    let groups = Dictionary(grouping: paths) { ForeignFormat(ending: ending(of: $0)) }
    let pictures = ForeignFormat.allCases.compactMap { format in
      groups[format].map { paths in
        "\(counted(paths, format.rawValue + " ")) left out, such as '\(paths[0])'; "
          + "convert \(paths.count == 1 ? "it" : "them") with \(format.converter)"
      }
    }
    let others = groups[nil].map { paths in
      "\(counted(paths)) left out: \(endings(of: paths)), such as '\(paths[0])'; "
        + "photos end in .jpg, .png or .webp"
    }
    return (pictures + [others].compactMap(\.self)).map(\.oneLine)
  }

  private static func counted(_ paths: [String], _ kind: String = "") -> String {
    paths.count == 1 ? "1 \(kind)file" : "\(paths.count) \(kind)files"
  }

  /// Returns the number of files with each ending, the most frequent first: "2 .txt, 1 without an
  /// ending".
  private static func endings(of paths: [String]) -> String {
    let groups = Dictionary(grouping: paths) { ExactText(ending(of: $0)) }
      .map { (ending: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.ending) < ($0.count, $1.ending) }
    var counts = groups.prefix(mostEndings).map { group in
      "\(group.count) \(group.ending.text.isEmpty ? "without an ending" : group.ending.text)"
    }
    let rest = groups.dropFirst(mostEndings).reduce(0) { $0 + $1.count }
    if rest > 0 { counts.append("\(rest) others") }
    return counts.joined(separator: ", ")
  }

  /// Returns the lower-case ending of a file's name from the last dot on, or "" if the name has no
  /// dot.
  private static func ending(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(path[dot...]).lowercased()
  }
}
