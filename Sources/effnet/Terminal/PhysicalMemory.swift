import EfficientNetCompute

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The memory that this process may use and what of it it took.
enum PhysicalMemory {
  /// The machine's, or what its container leaves.
  static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, ControlGroups.memory() ?? machine)
  }

  static var peakMegabytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }
}
