internal import EfficientNetCompute

/// A note about files whose names are not those of photos: their number by ending, an example, and
/// programs that convert them to photos.
///
///     3 files left out, not photos by their names: 2 .heic, 1 .txt, such as 'holiday/IMG_1.heic';
///     convert .heic with heif-convert
package enum LeftOutFiles {
  /// Programs that convert unsupported pictures, and the endings of those pictures.
  private static let converters = [
    (program: "heif-convert", endings: [".heic", ".heif", ".hif"]),
    (program: "avifdec", endings: [".avif"]),
    (program: "ImageMagick", endings: [".bmp", ".gif", ".tif", ".tiff"]),
  ]

  /// The largest number of endings that the note lists.
  private static let mostEndings = 5

  /// Returns one line about the files, or nil if there are none.
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
    // Prefer a picture as the example.
    let pictures = Set(converters.flatMap(\.endings))
    let example = (groups.first { pictures.contains($0.ending.text) } ?? groups[0]).paths[0]
    let noun = paths.count == 1 ? "1 file" : "\(paths.count) files"
    return
      ("\(noun) left out, not photos by their names: \(counts.joined(separator: ", ")), "
      + "such as '\(example)'"
      + (advice.isEmpty ? "" : "; convert \(advice.joined(separator: ", "))")).oneLine
  }

  /// Returns the lower-case ending of a file's name from the last dot on, or "" if the name has no
  /// dot.
  private static func ending(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(path[dot...]).lowercased()
  }
}
