internal import EfficientNetSystem

/// Decides which folders of a tree are classes, and which are train/ and val/.
///
///     cat/a.jpg  dog/b.jpg                            classes
///     train/cat/a.jpg  val/cat/b.jpg                  parts with classes
///     cifar10-sample/train/cat/a.jpg …                the same one level down, in archives
///
/// The class of a photo is the first folder below the root or the part; deeper folders do not
/// count.
struct ClassFolders {
  enum Place: Equatable {
    case labelled(String, Part?)
    /// In a folder next to train/ or val/.
    case besideParts(String)
    /// In no class folder.
    case loose
  }

  /// The bytes of a path before the folders that are classes or parts.
  private(set) var start: Int
  /// Whether these folders are parts.
  private(set) var hasParts = false

  /// The deepest level at which archives may have their class folders.
  private static let mostLevels = 16

  /// Examines a tree.
  ///
  /// - Parameters:
  ///   - photos: The paths of all photos.
  ///   - folders: The paths of all folders; folders of photos may be missing.
  ///   - start: The bytes of the paths before the root.
  ///   - descends: Whether a single top folder is the root, as is common in archives.
  init(photos: [String], folders: [String], start: Int, descends: Bool) {
    self.start = start
    for _ in 0..<(descends ? Self.mostLevels : 1) {
      var names: Set<ExactText> = []
      var isLoose = false
      // Whether a photo lies directly in a folder of this level.
      var isEndedByPhotos = false
      for photo in photos {
        guard let (name, rest) = photo.firstFolder(after: self.start) else {
          isLoose = true
          continue
        }
        names.insert(ExactText(name))
        if photo.firstFolder(after: rest) == nil { isEndedByPhotos = true }
      }
      hasParts = Self.areParts(names)
      if hasParts { return }
      let hasOther = folders.contains { folder in
        // A folder's own path has no slash at its end.
        let name = folder.firstFolder(after: self.start)?.name ?? folder.suffix(after: self.start)
        return !name.isEmpty && !names.contains(ExactText(name))
      }
      guard descends, names.count == 1, !isLoose, !isEndedByPhotos, !hasOther,
        let name = names.first
      else { return }
      self.start += name.text.utf8.count + 1
    }
  }

  /// Whether folders with these names are parts, and not classes with such names, as "train" next
  /// to "bus".
  private static func areParts(_ names: Set<ExactText>) -> Bool {
    let parts = names.compactMap { Part(name: $0.text) }
    return !names.isEmpty
      && (parts.count == names.count || parts.contains(.training) && parts.contains(.validation))
  }

  func place(of photo: String) -> Place {
    guard let (name, rest) = photo.firstFolder(after: start) else { return .loose }
    guard hasParts else { return .labelled(name, nil) }
    guard let part = Part(name: name) else { return .besideParts(name) }
    guard let (label, _) = photo.firstFolder(after: rest) else { return .loose }
    return .labelled(label, part)
  }

  /// The class and part of a folder; nil if it is neither or lies below a class.
  func place(ofFolder folder: String) -> (label: String, part: Part?)? {
    guard case .labelled(let label, let part) = place(of: folder + "/") else { return nil }
    let depth = folder.suffix(after: start).utf8.count { $0 == UInt8(ascii: "/") }
    return depth == (hasParts ? 1 : 0) ? (label, part) : nil
  }
}

extension String {
  /// The first folder of the path after `start` bytes, and the bytes up to and including the slash
  /// after it.
  func firstFolder(after start: Int) -> (name: String, end: Int)? {
    let rest = utf8.dropFirst(start)
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let name = String(self[rest.startIndex..<slash])
    return (name, start + name.utf8.count + 1)
  }

  /// The path without its first `start` bytes.
  func suffix(after start: Int) -> String { String(self[utf8.dropFirst(start).startIndex...]) }
}
