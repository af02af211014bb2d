internal import EfficientNetSystem

/// The files that the subfolders of a folder have before a run: those that earlier runs sorted, and
/// all others.
struct EarlierPlaces {
  private let folder: String
  /// The names of the folders that have a file, by the name of the file.
  private let groups: [ExactText: [String]]

  /// Lists the files. A folder that cannot be listed has none.
  init(in folder: String) {
    var groups: [ExactText: [String]] = [:]
    for group in (try? Folder.names(folder)) ?? [] where Folder.exists("\(folder)/\(group)") {
      for name in (try? Folder.names("\(folder)/\(group)")) ?? [] {
        groups[ExactText(name), default: []].append(group)
      }
    }
    (self.folder, self.groups) = (folder, groups)
  }

  /// Returns the place of a photo with the same bytes in another folder than `group`; nil if there
  /// is none.
  ///
  /// - Parameter name: The file name of the photo, to which a run adds a number if it is taken.
  func place(of path: String, named name: String, besides group: String) -> String? {
    var number = 1
    while let found = groups[ExactText(name.numbered(number))] {
      for other in found where ExactText(other) != ExactText(group) {
        let place = "\(folder)/\(other)/\(name.numbered(number))"
        if FileContents.areEqual(path, place) { return place }
      }
      number += 1
    }
    return nil
  }
}
