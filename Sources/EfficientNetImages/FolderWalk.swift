internal import EfficientNetSystem

/// What lies in a folder and below it, without what is hidden.
package struct FolderSurvey: Sendable {
  /// The photos, sorted by path; in place of a folder that cannot be read completely, the folder with its problem.
  package var photos: [FoundPhoto] = []
  /// Paths of the folders.
  package var folders: [String] = []
  /// Paths of the files that are no photos, going by their names.
  package var others: [String] = []
  /// What is wrong with the first folder that cannot be read completely, if there is one.
  package var unreadable: ImageError?
}

/// A walk through a folder and those below it, links included.
struct FolderWalk {
  /// What was found.
  var survey = FolderSurvey()

  /// The folders from the first one down to the one that is being read.
  private var ancestors: [FileStatus.Identity] = []
  private var entered: Set<FileStatus.Identity> = []
  private var entries = 0
  /// How often a folder was entered that had been entered before.
  private var repetitions = 0

  /// The most folders below each other.
  static let mostLevels = 100
  /// The most entries of all folders: more than ImageNet's 14 million photos.
  static let mostEntries = 1 << 24
  /// How often folders may be entered again, unless there are many: ten folders with links to each other can be passed
  /// through in millions of ways.
  static let mostRepetitions = 10_000

  /// Reads a folder and those below it.
  ///
  /// - Throws: `ImageError` for more entries or repeated folders than are read: what was found is not all.
  mutating func enter(_ folder: String) throws(ImageError) {
    let status: FileStatus?
    do throws(FileError) { status = try FileStatus.look(folder) } catch { return note(error) }
    guard let status, status.kind == .folder else {
      return note(.unreadable(name: folder, reason: "it is not a folder"), at: folder)
    }
    try enter(folder, status.identity)
  }

  private mutating func enter(_ folder: String, _ id: FileStatus.Identity) throws(ImageError) {
    // Only a folder above is a loop; its photos are found there.
    guard !ancestors.contains(id) else { return }
    if !entered.insert(id).inserted { repetitions += 1 }
    guard repetitions <= max(Self.mostRepetitions, 4 * entered.count) else {
      throw .unreadable(
        name: folder,
        reason: "links lead to the same folders again and again; remove some of the links, or name "
          + "the folders themselves")
    }
    guard ancestors.count < Self.mostLevels else {
      let reason = "it lies more than \(Self.mostLevels) folders deep; name the folder itself"
      return note(.unreadable(name: folder, reason: reason), at: folder)
    }
    let names: [Folder.Entry]
    do throws(FileError) {
      names = try Folder.entries(folder)
    } catch {
      return note(error)
    }
    entries += names.count
    guard entries <= Self.mostEntries else {
      throw .unreadable(
        name: folder,
        reason: "with it there are more than \(Self.mostEntries) files; name smaller folders")
    }
    ancestors.append(id)
    defer { ancestors.removeLast() }
    let prefix = folder.utf8.last == UInt8(ascii: "/") ? folder : folder + "/"
    for entry in names where !PhotoFinder.isHidden(entry.name) {
      try add(entry, at: prefix + entry.name)
    }
  }

  private mutating func add(_ entry: Folder.Entry, at path: String) throws(ImageError) {
    let isPhoto = PhotoFinder.isPhotoName(entry.name)
    guard entry.isUTF8 else {
      guard isPhoto || entry.kind != .file else { return survey.others.append(path) }
      let problem = ImageError.unreadable(name: path, reason: "the name is not UTF-8; rename it")
      return survey.photos.append(FoundPhoto(path: path, problem: problem))
    }
    var status: FileStatus?
    if entry.kind != .file {
      do throws(FileError) { status = try FileStatus.look(path) } catch { return note(error) }
    }
    if let status, status.kind == .folder {
      survey.folders.append(path)
      try enter(path, status.identity)
    } else if isPhoto {
      // Reading a photo that a link does not lead to says so.
      survey.photos.append(FoundPhoto(path: path, problem: nil))
    } else {
      survey.others.append(path)
    }
  }

  private mutating func note(_ error: FileError) {
    note(.unreadable(name: error.path, reason: error.reason), at: error.path)
  }

  /// Puts a problem in place of a folder.
  private mutating func note(_ problem: ImageError, at folder: String) {
    survey.photos.append(FoundPhoto(path: folder, problem: problem))
    survey.unreadable = survey.unreadable ?? problem
  }
}
