/// Makes unique file names from the names of photos.
package struct FileNames {
  private var taken: Set<String> = []
  /// File systems allow 255 bytes; the rest is for suffixes and extensions.
  private static let mostBytes = 150

  package init() {}

  /// Returns a name without extension: "cat" for "photos/cat.jpg", or "cat-2" if another photo has
  /// that name.
  package mutating func next(for path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? "photo"
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    var base = stem.isEmpty ? "photo" : stem
    while base.utf8.count > Self.mostBytes { base.removeLast() }
    var name = base
    var number = 2
    // Some file systems ignore case.
    while !taken.insert(name.lowercased()).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }
}
