internal import EfficientNetSystem

/// Photos and folders inside other folders.
extension PhotoSorter {
  /// Returns the photos to sort into a folder: those outside of it, each file once.
  ///
  /// A second run would otherwise sort the copies that the first one made inside the source folder.
  ///
  /// - Returns: The photos, and the number of photos in the folder.
  package static func photos(
    _ photos: [FoundPhoto], outside folder: String
  ) -> (outside: [FoundPhoto], inside: Int) {
    let root = Folder.resolved(folder)
    var parents: [ExactText: String] = [:]
    var seen: Set<ExactText> = []
    var inside = 0
    let outside = photos.filter { photo in
      if photo.problem != nil { return true }
      let slash = photo.path.utf8.lastIndex(of: UInt8(ascii: "/"))
      let parent = slash.map { String(photo.path[...$0]) } ?? "./"
      let place = parents[ExactText(parent)] ?? Folder.resolved(parent) ?? parent
      parents[ExactText(parent)] = place
      if let root, place.isInside(root) {
        inside += 1
        return false
      }
      let name = slash.map { photo.path[photo.path.utf8.index(after: $0)...] } ?? photo.path[...]
      return seen.insert(ExactText("\(place)/\(name)")).inserted
    }
    return (outside, inside)
  }

  /// Returns the photos that no sorter put into a folder: those that are not at FOLDER/CLASS/NAME in
  /// a folder with a script that moves photos back, or that a sorter made.
  ///
  /// - Parameter roots: The files and folders that were named. Photos of a sorted folder that is
  ///   named itself, or whose class folders or photos are, stay.
  /// - Returns: The photos, and for each of the others its folder.
  package static func withoutSorted(
    _ photos: [FoundPhoto], below roots: [String]
  ) -> (photos: [FoundPhoto], folders: [String]) {
    let roots = roots.map { Array($0.withoutSlashes.utf8) }
    var known: [ExactText: Bool] = [:]
    var folders: [String] = []
    let others = photos.filter { photo in
      let folder = Folder.parent(of: Folder.parent(of: photo.path).withoutSlashes).withoutSlashes
      let (path, place) = (Array(photo.path.utf8), Array(folder.utf8))
      let slash = [UInt8(ascii: "/")]
      let naming = roots.filter { path == $0 || path.starts(with: $0 + slash) }
      guard !naming.isEmpty, naming.allSatisfy({ place.starts(with: $0 + slash) }) else {
        return true
      }
      let isSorted =
        known[ExactText(folder)]
        ?? (undoPath(in: folder) != nil || FileStatus("\(folder)/\(marker)") != nil)
      known[ExactText(folder)] = isSorted
      if isSorted { folders.append(folder) }
      return !isSorted
    }
    return (others, folders)
  }

  /// Returns a photo of a folder, or of a folder in it, that no sorter put there; nil if there is
  /// none, or if the folder has a script that moves photos back, or a sorter made it.
  package static func foreignPhoto(in folder: String) -> String? {
    let folder = folder.withoutSlashes
    guard undoPath(in: folder) == nil, FileStatus("\(folder)/\(marker)") == nil else { return nil }
    func entries(_ folder: String) -> [String] {
      ((try? Folder.names(folder)) ?? []).filter { !PhotoFinder.isHidden($0) }.sorted()
        .map { "\(folder)/\($0)" }
    }
    let top = entries(folder)
    return (top + top.lazy.flatMap(entries)).first {
      PhotoFinder.isPhotoName($0) && !Folder.exists($0)
    }
  }

  package static func isFile(_ path: String, inside folder: String) -> Bool {
    guard let file = Folder.resolved(path), let folder = Folder.resolved(folder) else {
      return false
    }
    return file.isInside(folder)
  }

  /// Returns whether a folder, which may not exist yet, is another folder or below it.
  package static func isFolder(_ path: String, inside other: String) -> Bool {
    guard let other = Folder.resolved(other) else { return false }
    var path = Folder.absolute(path).withoutSlashes
    while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      if let place = Folder.resolved(path) { return place.isInside(other) }
      path = String(path[..<slash])
    }
    return false
  }
}

extension String {
  /// Returns whether this resolved path is that of a folder, or of something below it.
  fileprivate func isInside(_ folder: String) -> Bool {
    utf8.elementsEqual(folder.utf8) || utf8.starts(with: "\(folder.withoutSlashes)/".utf8)
  }
}
