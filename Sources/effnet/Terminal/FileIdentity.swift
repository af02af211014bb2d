#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Whether two paths lead to one file that exists.
func isSameFile(_ first: String, _ second: String) -> Bool {
  var a = stat()
  var b = stat()
  guard stat(first, &a) == 0, stat(second, &b) == 0 else { return false }
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino
}
