/// Names of files after the photos they are made of, no two of them equal.
package struct FileNames {
  private var taken: Set<String> = []
  /// File systems take names of up to 255 bytes, of which endings need some.
  private static let mostBytes = 150

  package init() {}

  /// A name without its ending: "cat" for "photos/cat.jpg", "cat-2" if that was given to another photo.
  package mutating func next(for path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? "photo"
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    var base = stem.isEmpty ? "photo" : stem
    while base.utf8.count > Self.mostBytes { base.removeLast() }
    var name = base
    var number = 2
    // Some file systems ignore the case.
    while !taken.insert(name.lowercased()).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }
}
