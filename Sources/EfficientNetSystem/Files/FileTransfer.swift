internal import CGlibc
internal import Glibc

/// Copies, links and moves files to names that are free.
///
/// No function replaces a file: each returns false, and changes nothing, if its target exists. An
/// error names the source if the source is the reason, otherwise the target.
package enum FileTransfer {
  /// Copies a file with its permissions and the time of its last change. The copy appears complete
  /// or not at all.
  ///
  /// - Parameter isDurable: Whether to wait until the copy is on the disk.
  package static func copy(
    _ path: String, to target: String, isDurable: Bool = false
  ) throws(FileError) -> Bool {
    guard isFree(target) else { return false }
    let source = try Descriptor.regularFile(path)
    let status = try source.status()
    var copy = try OutputFile(path: target)
    var offset = 0
    while case let bytes = try source.read(offset..<(offset + pieceBytes)), !bytes.isEmpty {
      try copy.write(bytes.span.bytes)
      offset += bytes.count
    }
    guard offset == status.size else {
      throw FileError(path: path, reason: "its size changed; does another program write it?")
    }
    copy.copyAttributes(of: status)
    return try copy.commitIfFree(isDurable: isDurable)
  }

  /// Makes a symbolic link to the absolute path of a file.
  package static func link(to path: String, at target: String) throws(FileError) -> Bool {
    if symlink(Folder.absolute(path), target) == 0 { return true }
    guard errno == EEXIST else { throw FileError(path: target, code: errno) }
    return false
  }

  /// Moves a file, also to another file system.
  ///
  /// - Throws: ``FileError``. The file is then at its old path.
  package static func move(_ path: String, to target: String) throws(FileError) -> Bool {
    switch renameIfFree(path, target) {
    case 0: return true
    case EEXIST: return false
    case EXDEV:
      guard try copy(path, to: target, isDurable: true) else { return false }
      guard unlink(path) == 0 else {
        let error = FileError(path: path, code: errno)
        unlink(target)
        throw error
      }
      return true
    case let code: throw FileError(path: path, code: code)
    }
  }

  private static let pieceBytes = 1 << 20

  /// Returns whether nothing has this name, not even a link without a target.
  private static func isFree(_ path: String) -> Bool {
    FileStatus(path, followsLinks: false) == nil
  }
}

/// Renames a file unless the new name is taken. Returns 0 or a value of `errno`, which is `EEXIST`
/// for a taken name.
func renameIfFree(_ path: String, _ target: String) -> Int32 {
  // RENAME_NOREPLACE, which Swift does not import.
  if renameat2(AT_FDCWD, path, AT_FDCWD, target, 1) == 0 { return 0 }
  guard errno == EINVAL || errno == ENOSYS else { return errno }
  // This file system cannot do both in one step.
  guard FileStatus(target, followsLinks: false) == nil else { return EEXIST }
  return rename(path, target) == 0 ? 0 : errno
}
