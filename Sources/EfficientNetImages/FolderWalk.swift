internal import EfficientNetSystem

/// The contents of a folder and its subfolders, without hidden files and folders.
package struct FolderSurvey: Sendable {
  /// The photos, sorted by path. A folder that cannot be read completely is listed with its error.
  package var photos: [FoundPhoto] = []
  package var folders: [String] = []
  /// The paths of the files whose names are not those of photos.
  package var others: [String] = []
  /// The error of the first folder that cannot be read completely, or nil.
  package var unreadable: ImageError?
}

/// A recursive walk through a folder; it follows symbolic links.
struct FolderWalk {
  /// The files and folders found so far.
  var survey = FolderSurvey()

  /// The folders from the first one down to the current one.
  private var ancestors: [FileStatus.Identity] = []
  private var entered: Set<FileStatus.Identity> = []
  private var entries = 0
  /// The number of times that the walk entered a folder again.
  private var repetitions = 0

  /// The largest depth of nested folders.
  static let mostLevels = 100
  /// The largest number of entries in all folders: more than ImageNet's 14 million photos.
  static let mostEntries = 1 << 24
  /// The number of times that the walk may enter folders again, unless there are many folders: ten
  /// folders with links to each other give millions of paths.
  static let mostRepetitions = 10_000

  /// Reads a folder and its subfolders.
  ///
  /// - Throws: `ImageError` if there are more entries or repeated folders than the limits allow.
  ///   The survey is then incomplete.
  mutating func enter(_ folder: String) throws(ImageError) {
    let status: FileStatus?
    do throws(FileError) { status = try FileStatus.look(folder) } catch { return note(error) }
    guard let status, status.kind == .folder else {
      return note(.unreadable(name: folder, reason: "it is not a folder"), at: folder)
    }
    try enter(folder, status.identity)
  }

  private mutating func enter(_ folder: String, _ id: FileStatus.Identity) throws(ImageError) {
    // A link to an ancestor is a loop; the walk finds its photos there.
    guard !ancestors.contains(id) else { return }
    if !entered.insert(id).inserted { repetitions += 1 }
    guard repetitions <= max(Self.mostRepetitions, 4 * entered.count) else {
      throw .unreadable(
        name: folder,
        reason: "symbolic links repeat the same folders too often; remove some of the links, or "
          + "name the folders themselves")
    }
    guard ancestors.count < Self.mostLevels else {
      let reason = "it is more than \(Self.mostLevels) folders deep; name the folder itself"
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
        reason: "more than \(Self.mostEntries) files in all up to this folder; name smaller folders"
      )
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
      // A broken link counts as a photo: decoding it reports the error.
      survey.photos.append(FoundPhoto(path: path, problem: nil))
    } else {
      survey.others.append(path)
    }
  }

  private mutating func note(_ error: FileError) {
    note(.unreadable(name: error.path, reason: error.reason), at: error.path)
  }

  private mutating func note(_ problem: ImageError, at folder: String) {
    survey.photos.append(FoundPhoto(path: folder, problem: problem))
    survey.unreadable = survey.unreadable ?? problem
  }
}
