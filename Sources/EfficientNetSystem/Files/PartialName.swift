internal import Glibc

/// The names of unfinished files: ".effnet-1234-567890.partial".
enum PartialName {
  static let start = ".effnet-"
  static let end = ".partial"

  static func make() -> String {
    "\(start)\(getpid())-\(UInt32.random(in: 0...UInt32.max))\(end)"
  }

  /// Removes unfinished files of killed processes from a folder, the first time that this process
  /// writes there.
  ///
  /// A process locks the file that it writes. Files that cannot be locked, or on file systems
  /// without locks, stay.
  static func sweep(_ folder: String) {
    guard swept.withLock({ $0.insert(folder).inserted }),
      let names = try? Folder.names(folder)
    else { return }
    for name in names where name.hasPrefix(start) && name.hasSuffix(end) {
      let path = folder + name
      // Opened for writing, since NFS requires this for an exclusive lock. Between creation and
      // locking, a file is empty.
      guard let file = try? Descriptor(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK),
        let size = try? file.status().size, size > 0,
        flock(file.number, LOCK_EX | LOCK_NB) == 0
      else { continue }
      unlink(path)
    }
  }

  private static let swept = Locked<Set<String>>([])
}
