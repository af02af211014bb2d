import Foundation

/// Limits this process, an exit test's, to its current address space plus `spare` bytes; exits with
/// 2 if that fails.
func limitAddresses(spare: UInt) {
  guard
    let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      .split(separator: " ").first.flatMap({ UInt($0) })
  else { exit(2) }
  let bytes = pages * UInt(sysconf(Int32(_SC_PAGESIZE))) + spare
  var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
  guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(2) }
}
