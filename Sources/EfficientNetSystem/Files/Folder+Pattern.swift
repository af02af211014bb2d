internal import Glibc

extension Folder {
  /// The files whose paths match a pattern with the shell's characters * ? [ ], sorted: at least one.
  ///
  /// - Throws: ``FileError`` that names the pattern.
  package static func files(matching pattern: String) throws(FileError) -> [String] {
    var found = glob_t()
    defer { unsafe globfree(&found) }
    switch unsafe glob(pattern, GLOB_ERR, nil, &found) {
    case 0: break
    case GLOB_NOMATCH: throw FileError(path: pattern, reason: "no file is called like this")
    default:
      let reason = FileError(path: pattern, code: errno).reason
      throw FileError(path: pattern, reason: "a folder of it cannot be read: \(reason)")
    }
    var files: [String] = []
    for index in 0..<Int(found.gl_pathc) {
      guard let path = unsafe found.gl_pathv[index] else { continue }
      guard let file = unsafe String(validatingCString: path) else {
        throw FileError(
          path: pattern,
          reason: "the name of \(unsafe String(cString: path)) is not UTF-8; rename it")
      }
      files.append(file)
    }
    return files
  }
}
