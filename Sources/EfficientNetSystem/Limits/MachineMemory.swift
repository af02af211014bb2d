internal import Glibc

/// The memory available to this process.
package enum MachineMemory {
  /// The machine's memory in bytes, limited by the container and by the address space limit
  /// (`ulimit -v`).
  package static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, ControlGroups.memory() ?? machine, addresses ?? machine)
  }

  /// The address space limit in bytes; nil without a limit.
  private static var addresses: Int? {
    var limit = rlimit()
    let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    return status == 0 ? Int(exactly: limit.rlim_cur) : nil
  }

  /// The peak memory of this process in bytes.
  package static var peakBytes: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
