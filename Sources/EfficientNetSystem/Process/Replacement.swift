internal import Glibc

/// Runs another program in place of this one, with the same standard streams and process number.
///
/// - Parameters:
///   - path: The program.
///   - arguments: Its arguments, without its name.
/// - Throws: ``FileError`` if it cannot be run. Otherwise the call does not return.
package func replaceProcess(with path: String, _ arguments: [String]) throws(FileError) -> Never {
  var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) }
  unsafe words.append(nil)
  unsafe execv(path, &words)
  throw FileError(path: path, code: errno)
}
