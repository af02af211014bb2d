internal import Glibc

/// The memory that this process may use.
package enum MachineMemory {
  /// The machine's, or what its container or the limit of the process' addresses (`ulimit -v`) leaves of it.
  package static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, ControlGroups.memory() ?? machine, addresses ?? machine)
  }

  /// The most bytes of addresses that the process may use; nil without a limit.
  private static var addresses: Int? {
    var limit = rlimit()
    let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    return status == 0 ? Int(exactly: limit.rlim_cur) : nil
  }

  /// The most bytes of memory that this process has had at a time.
  package static var peakBytes: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
