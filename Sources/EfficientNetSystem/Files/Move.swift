internal import Glibc

/// Gives a file another name in the same file system, replacing a file of that name.
///
/// - Throws: ``FileError`` that names `target`.
package func moveFile(_ path: String, to target: String) throws(FileError) {
  guard rename(path, target) == 0 else { throw FileError(path: target, code: errno) }
}

/// Removes a file, if it is there and can be removed.
package func removeFile(_ path: String) { unlink(path) }
