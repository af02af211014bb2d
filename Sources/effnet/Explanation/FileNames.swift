/// Names of files after the photos they are made of, no two of them equal.
struct FileNames {
  private var taken: Set<String> = []

  /// A name without its ending: "cat" for "photos/cat.jpg", "cat-2" if that was given to another photo.
  mutating func next(for path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? "photo"
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let base = stem.isEmpty ? "photo" : stem
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
