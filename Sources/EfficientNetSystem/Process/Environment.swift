internal import Glibc

package func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Returns this user's home folder from the system's list of users; nil if there is none.
package func homeFolderOfUser() -> String? {
  var buffer = [CChar](repeating: 0, count: 1 << 14)
  var entry = passwd()
  var found: UnsafeMutablePointer<passwd>?
  guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0,
    unsafe found != nil, let home = unsafe entry.pw_dir
  else { return nil }
  return unsafe String(cString: home)
}
