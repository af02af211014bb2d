#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Finds the photos that a command's arguments mean.
///
///     try PhotoFinder.photos(at: ["cat.jpg", "holiday/"])  // cat.jpg, holiday/a.png, holiday/b/c.jpg
public enum PhotoFinder {
  /// The endings, in lower case, by which a file inside a folder counts as a photo.
  public static let endings = [".jpg", ".jpeg", ".png", ".webp"]

  /// The files among `paths` as they are, and in place of each folder the photos in it and below it, sorted by path.
  ///
  /// A file that is named is kept whatever it is called, and even if it does not exist: decoding it says what is
  /// wrong. Inside folders hidden files are passed over, links are followed, and no folder is entered twice.
  ///
  /// - Throws: ``ImageError/noPictures(folder:)`` for a folder without photos, ``ImageError/unreadable(name:reason:)``
  ///   for one that cannot be listed.
  public static func photos(at paths: [String]) throws(ImageError) -> [String] {
    var photos: [String] = []
    for path in paths {
      guard let status = status(of: path), isFolder(status) else {
        photos.append(path)
        continue
      }
      var search = Search()
      try search.enter(path, status: status)
      guard !search.found.isEmpty else { throw .noPictures(folder: path) }
      photos += search.found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    return photos
  }

  /// Whether a file inside a folder is a photo, going by its name.
  static func isPhotoName(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// A walk below one folder.
  private struct Search {
    struct FolderID: Hashable {
      let device: UInt64
      let inode: UInt64
    }

    var found: [String] = []
    var entered: Set<FolderID> = []

    mutating func enter(_ folder: String, status: stat) throws(ImageError) {
      let id = FolderID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      guard entered.insert(id).inserted else { return }
      let prefix = folder.hasSuffix("/") ? folder : folder + "/"
      for name in try names(in: folder) where !name.hasPrefix(".") {
        let path = prefix + name
        if let status = PhotoFinder.status(of: path), isFolder(status) {
          try enter(path, status: status)
        } else if isPhotoName(name) {
          found.append(path)
        }
      }
    }
  }

  private static func status(of path: String) -> stat? {
    var result = stat()
    return unsafe stat(path, &result) == 0 ? result : nil
  }

  private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

  /// The names in a folder, sorted, so that the walk does not depend on the file system.
  private static func names(in folder: String) throws(ImageError) -> [String] {
    guard let directory = unsafe opendir(folder) else {
      throw .unreadable(name: folder, reason: unsafe String(cString: strerror(errno)))
    }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      names.append(
        unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
          String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names.sorted()
  }
}
