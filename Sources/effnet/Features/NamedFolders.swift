import EfficientNetSystem

/// The folders of a command line, in the order in which it names them.
///
/// A photo that the command line names itself counts as one of its folder.
struct NamedFolders {
  /// The folders without a slash at the end, each once.
  let folders: [String]
  /// For each folder argument, the start of the paths of its photos and its place in ``folders``.
  private let starts: [(text: String, place: Int)]
  /// For each named photo, the place of its folder.
  private let files: [ExactText: Int]

  /// - Parameter paths: The arguments: photos and folders.
  init(_ paths: [String]) {
    var folders: [String] = []
    var places: [ExactText: Int] = [:]
    var starts: [(text: String, place: Int)] = []
    var files: [ExactText: Int] = [:]
    for path in paths {
      let isFolder = Folder.exists(path)
      let folder = (isFolder ? path : Folder.parent(of: path)).withoutLastSlash
      let place = places[ExactText(folder)] ?? folders.count
      if place == folders.count {
        folders.append(folder)
        places[ExactText(folder)] = place
      }
      if isFolder {
        starts.append((folder == "/" ? folder : folder + "/", place))
      } else if files[ExactText(path)] == nil {
        files[ExactText(path)] = place
      }
    }
    (self.folders, self.starts, self.files) = (folders, starts, files)
  }

  /// Returns the place in ``folders`` of the first folder that has a photo; `folders.count` if none
  /// has it.
  func place(of photo: String) -> Int {
    let inFolder = starts.lazy.filter { photo.utf8.starts(with: $0.text.utf8) }.map(\.place).min()
    return min(inFolder ?? folders.count, files[ExactText(photo)] ?? folders.count)
  }
}

extension String {
  /// The path of a folder without slashes at its end; "/" stays.
  var withoutLastSlash: String {
    var path = utf8[...]
    while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
    return String(Substring(path))
  }
}
