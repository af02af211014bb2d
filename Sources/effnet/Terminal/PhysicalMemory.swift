#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The machine's memory and what of it this process took.
enum PhysicalMemory {
  static var bytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  static var peakMegabytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }
}
