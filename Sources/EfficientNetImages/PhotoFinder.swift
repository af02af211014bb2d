#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A photo's path, or a folder in whose place no photos could be found.
public struct FoundPhoto: Hashable, Sendable {
  /// The path of the photo, or of the folder.
  public let path: String
  /// Why there is no photo, for a folder.
  public let problem: ImageError?
}

/// What lies in a folder and below it, without what is hidden.
package struct FolderSurvey: Sendable {
  /// The photos, sorted by path; in place of a folder that cannot be listed, the folder with its problem.
  package var photos: [FoundPhoto] = []
  /// Paths of the folders.
  package var folders: [String] = []
  /// Paths of the files that are no photos, going by their names.
  package var others: [String] = []
}

/// Finds the photos that a command's arguments mean.
///
///     PhotoFinder.photos(at: ["cat.jpg", "holiday/"])  // cat.jpg, holiday/a.png, holiday/b/c.jpg
public enum PhotoFinder {
  /// The endings, in lower case, by which a file inside a folder counts as a photo.
  public static let endings = [".jpg", ".jpeg", ".png", ".webp"]

  /// The files among `paths` as they are, and in place of each folder the photos in it and below it, sorted by path.
  ///
  /// A file that is named is kept whatever it is called, and even if it does not exist: decoding it says what is
  /// wrong. Inside folders hidden files are passed over, links are followed, and no folder is entered twice. A folder
  /// without photos or that cannot be listed, and a name that is not UTF-8, are in the list with their problem.
  public static func photos(at paths: [String]) -> [FoundPhoto] {
    paths.flatMap { path in
      guard let status = status(of: path), isFolder(status) else {
        return [FoundPhoto(path: path, problem: nil)]
      }
      var search = Search()
      search.enter(path, status: status)
      if search.found.isEmpty {
        return [FoundPhoto(path: path, problem: .noPictures(folder: path))]
      }
      return search.found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
  }

  /// Everything in a folder and below it, found as by ``photos(at:)``.
  package static func survey(of folder: String) -> FolderSurvey {
    guard let status = status(of: folder) else { return FolderSurvey() }
    var search = Search()
    search.enter(folder, status: status)
    return FolderSurvey(
      photos: search.found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) },
      folders: search.folders, others: search.others)
  }

  /// Whether a file inside a folder is a photo, going by its name.
  package static func isPhotoName(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// A walk below one folder.
  private struct Search {
    struct FolderID: Hashable {
      let device: UInt64
      let inode: UInt64
    }

    var found: [FoundPhoto] = []
    /// Paths of the folders below the first one, and of files that are no photos.
    var folders: [String] = []
    var others: [String] = []
    var entered: Set<FolderID> = []

    mutating func enter(_ folder: String, status: stat) {
      let id = FolderID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      guard entered.insert(id).inserted else { return }
      let names: [Name]
      do throws(ImageError) {
        names = try PhotoFinder.names(in: folder)
      } catch {
        found.append(FoundPhoto(path: folder, problem: error))
        return
      }
      let prefix = folder.hasSuffix("/") ? folder : folder + "/"
      for name in names where !name.text.hasPrefix(".") {
        let path = prefix + name.text
        if !name.isUTF8 {
          guard name.isFolder || PhotoFinder.isPhotoName(name.text) else { continue }
          let problem = ImageError.unreadable(
            name: path, reason: "the name is not UTF-8; rename it")
          found.append(FoundPhoto(path: path, problem: problem))
        } else if let status = PhotoFinder.status(of: path), PhotoFinder.isFolder(status) {
          folders.append(path)
          enter(path, status: status)
        } else if PhotoFinder.isPhotoName(name.text) {
          found.append(FoundPhoto(path: path, problem: nil))
        } else {
          others.append(path)
        }
      }
    }
  }

  private static func status(of path: String) -> stat? {
    var result = stat()
    return unsafe stat(path, &result) == 0 ? result : nil
  }

  private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

  /// What a folder says of one thing in it.
  private struct Name {
    let text: String
    let isUTF8: Bool
    let isFolder: Bool
  }

  /// The names in a folder, sorted, so that the walk does not depend on the file system.
  private static func names(in folder: String) throws(ImageError) -> [Name] {
    guard let directory = unsafe opendir(folder) else {
      throw .unreadable(name: folder, reason: unsafe String(cString: strerror(errno)))
    }
    defer { unsafe closedir(directory) }
    var names: [Name] = []
    while let entry = unsafe readdir(directory) {
      let isFolder = unsafe Int(entry.pointee.d_type) == Int(DT_DIR)
      names.append(
        unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          let bytes = bytes.prefix { $0 != 0 }
          let name = String(validating: bytes, as: UTF8.self)
          return Name(
            text: name ?? String(decoding: bytes, as: UTF8.self), isUTF8: name != nil,
            isFolder: isFolder)
        })
    }
    return names.sorted { $0.text < $1.text }
  }
}
