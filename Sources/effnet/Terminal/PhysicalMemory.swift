import EfficientNetCompute
import Glibc

/// The memory that this process may use and what of it it took.
enum PhysicalMemory {
  /// The machine's, or what its container leaves.
  static var bytes: Int { MachineMemory.bytes }

  static var peakMegabytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }
}
