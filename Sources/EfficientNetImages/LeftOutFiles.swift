internal import EfficientNetCompute

/// Files that are no photos by their names, in words: how many there are of each ending, an example, and the programs
/// that make photos of them.
///
///     3 files left out, not photos by their names: 2 .heic, 1 .txt, such as 'holiday/IMG_1.heic'; convert .heic with heif-convert
package enum LeftOutFiles {
  /// Pictures that are not read, and a program that converts them.
  private static let converters = [
    (program: "heif-convert", endings: [".heic", ".heif", ".hif"]),
    (program: "avifdec", endings: [".avif"]),
    (program: "ImageMagick", endings: [".bmp", ".gif", ".tif", ".tiff"]),
  ]

  /// The most endings that are named.
  private static let mostEndings = 5

  /// One line about files; nil if there are none.
  package static func words(_ paths: [String]) -> String? {
    if paths.isEmpty { return nil }
    let groups = Dictionary(grouping: paths) { ExactText(ending(of: $0)) }
      .map { (ending: $0.key, paths: $0.value) }
      .sorted { ($1.paths.count, $0.ending) < ($0.paths.count, $1.ending) }
    var counts = groups.prefix(mostEndings).map { group in
      "\(group.paths.count) \(group.ending.text.isEmpty ? "without an ending" : group.ending.text)"
    }
    let rest = groups.dropFirst(mostEndings).reduce(0) { $0 + $1.paths.count }
    if rest > 0 { counts.append("\(rest) others") }
    let present = Set(groups.map(\.ending.text))
    let advice = converters.compactMap { program, endings in
      let found = endings.filter(present.contains)
      return found.isEmpty ? nil : "\(found.joined(separator: " and ")) with \(program)"
    }
    // A picture if there is one.
    let pictures = Set(converters.flatMap(\.endings))
    let example = (groups.first { pictures.contains($0.ending.text) } ?? groups[0]).paths[0]
    let noun = paths.count == 1 ? "1 file" : "\(paths.count) files"
    return
      ("\(noun) left out, not photos by their names: \(counts.joined(separator: ", ")), "
      + "such as '\(example)'"
      + (advice.isEmpty ? "" : "; convert \(advice.joined(separator: ", "))")).oneLine
  }

  /// What comes after the last dot of a path's last part, with the dot, in lower case; empty if there is no dot.
  private static func ending(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(path[dot...]).lowercased()
  }
}
