internal import Glibc

/// Names of files that are being written: ".effnet-1234-567890.partial".
enum PartialName {
  static let start = ".effnet-"
  static let end = ".partial"

  /// A new name.
  static func make() -> String {
    "\(start)\(getpid())-\(UInt32.random(in: 0...UInt32.max))\(end)"
  }

  /// Removes what killed processes left in a folder, the first time that this process writes there.
  ///
  /// A file that is being written is locked. One that cannot be locked, or in a file system without locks, stays.
  static func sweep(_ folder: String) {
    guard swept.withLock({ $0.insert(folder).inserted }),
      let names = try? Folder.names(folder)
    else { return }
    for name in names where name.hasPrefix(start) && name.hasSuffix(end) {
      let path = folder + name
      // For writing, as NFS wants for a lock that keeps others out. Between its making and its locking a file has no bytes.
      guard let file = try? Descriptor(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK),
        let size = try? file.status().size, size > 0,
        flock(file.number, LOCK_EX | LOCK_NB) == 0
      else { continue }
      unlink(path)
    }
  }

  private static let swept = Locked<Set<String>>([])
}
