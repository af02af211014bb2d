internal import Glibc

extension Folder {
  package struct Entry: Sendable {
    /// The kind that the folder stores for the entry.
    package enum Kind: Sendable {
      case file, folder
      /// A link, a device, or any entry in a file system that does not store kinds.
      case unknown
    }

    /// The name, with replacement characters for bytes that are not UTF-8.
    package let name: String
    /// Whether the name is valid UTF-8, so that `name` has the same bytes as in the file system.
    package let isUTF8: Bool
    package let kind: Kind
  }

  /// Returns the entries of a folder except "." and "..", sorted by the bytes of their names.
  ///
  /// - Throws: ``FileError`` if the folder cannot be listed completely.
  package static func entries(_ path: String) throws(FileError) -> [Entry] {
    guard let directory = unsafe opendir(path) else { throw FileError(path: path, code: errno) }
    defer { unsafe closedir(directory) }
    return try unsafe entries(path) { unsafe readdir(directory) }
  }

  /// Returns the bytes of all files in a folder and below it, as far as they can be listed. Links
  /// are not followed.
  package static func byteCount(_ path: String) -> Int {
    let entries = (try? entries(path)) ?? []
    return entries.reduce(0) { bytes, entry in
      let inner = "\(path)/\(entry.name)"
      guard let status = FileStatus(inner, followsLinks: false) else { return bytes }
      switch status.kind {
      case .folder: return bytes + byteCount(inner)
      case .file: return bytes + status.size
      case .other: return bytes
      }
    }
  }

  /// Returns the entries from `next`, sorted.
  ///
  /// - Parameter next: Returns the next entry as `readdir` does: nil at the end, with `errno`
  ///   unchanged, and nil with an error in `errno`.
  /// - Throws: ``FileError`` for an error in `errno`.
  static func entries(
    _ path: String, next: () -> UnsafeMutablePointer<dirent>?
  ) throws(FileError) -> [Entry] {
    var entries: [Entry] = []
    while true {
      errno = 0
      guard let entry = unsafe next() else {
        let code = errno
        if code != 0 { throw FileError(path: path, code: code) }
        return entries.sorted { ExactText($0.name) < ExactText($1.name) }
      }
      let kind: Entry.Kind =
        switch unsafe Int(entry.pointee.d_type) {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        default: .unknown
        }
      let found = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let bytes = bytes.prefix { $0 != 0 }
        let name = String(validating: bytes, as: UTF8.self)
        return Entry(
          name: name ?? String(decoding: bytes, as: UTF8.self), isUTF8: name != nil, kind: kind)
      }
      if found.name != ".", found.name != ".." { entries.append(found) }
    }
  }
}
