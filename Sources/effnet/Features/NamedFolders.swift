import EfficientNetSystem

/// The folders of a command line, in the order in which it names them.
///
/// A photo that the command line names itself counts as one of its folder.
struct NamedFolders {
  /// The folders without a slash at the end, each once.
  let folders: [String]
  /// For each photo and folder of the command line, the place of its folder in ``folders``.
  private let places: [ExactText: Int]

  init(_ paths: [String]) {
    var (folders, numbers) = ([String](), [ExactText: Int]())
    var places: [ExactText: Int] = [:]
    for path in paths {
      let isFolder = Folder.exists(path)
      let folder = (isFolder ? path : Folder.parent(of: path)).withoutSlashes
      let number = numbers[ExactText(folder)] ?? folders.count
      if number == folders.count {
        folders.append(folder)
        numbers[ExactText(folder)] = number
      }
      let name = ExactText(isFolder ? folder : path)
      if places[name] == nil { places[name] = number }
    }
    (self.folders, self.places) = (folders, places)
  }

  /// Returns the place in ``folders`` of the first folder that has a photo; `folders.count` if none
  /// has it.
  func place(of photo: String) -> Int {
    // The photo itself, its folder, the folder of this one, and so on.
    var (path, first) = (photo, folders.count)
    while true {
      if let place = places[ExactText(path)] { first = min(first, place) }
      guard path != "/", path.utf8.contains(UInt8(ascii: "/")) else { return first }
      path = Folder.parent(of: path).withoutSlashes
    }
  }
}
