/// Makes unique file names from the paths of photos.
package struct FileNames {
  private var taken: Set<String> = []
  /// File systems allow 255 bytes; the rest is for suffixes and extensions.
  private static let mostBytes = 150

  package init() {}

  /// Returns a name without extension: "pets-cat" for "photos/pets/cat.jpg", and "pets-cat-2" if
  /// another photo has that name.
  ///
  /// The name contains the last folder of the path, so "pets/1.jpg" and "trip/1.jpg" have different
  /// names in all runs. "2024/trip/1.jpg" and "2025/trip/1.jpg" differ only in one run.
  package mutating func next(for path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
    let file = parts.last.map(String.init) ?? "photo"
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    var base = stem.isEmpty ? "photo" : stem
    if let folder = parts.dropLast().last { base = "\(folder)-\(base)" }
    // The end of a long name tells photos apart.
    while base.utf8.count > Self.mostBytes { base.removeFirst() }
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
