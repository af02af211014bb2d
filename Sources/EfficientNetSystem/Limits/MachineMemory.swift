internal import CGlibc
internal import Glibc

/// The memory available to this process.
package enum MachineMemory {
  /// The machine's memory in bytes, limited by the container and by the address space limit
  /// (`ulimit -v`).
  package static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, ControlGroups.memory() ?? machine, addresses ?? machine)
  }

  /// The memory in bytes that this process can take now without swapping: that of the machine that
  /// no program uses, limited by the container and by ``bytes``.
  package static var available: Int {
    [Self.bytes, ControlGroups.availableMemory(), availableInMachine()].compactMap(\.self).min()
      ?? 0
  }

  /// Returns the available memory of the machine as Linux estimates it; nil if it is not known.
  ///
  /// Source: [proc_meminfo](https://man7.org/linux/man-pages/man5/proc_meminfo.5.html).
  ///
  /// - Parameter root: The root of the file system; tests use their own.
  static func availableInMachine(root: String = "") -> Int? {
    ControlGroups.value(of: "MemAvailable:", in: root + "/proc/meminfo").map { $0 * 1024 }
  }

  /// The address space limit in bytes; nil without a limit.
  private static var addresses: Int? {
    var limit = rlimit()
    let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    return status == 0 ? Int(exactly: limit.rlim_cur) : nil
  }

  /// Returns to the system the memory that was released but that the C library keeps for later, such
  /// as that of a model whose weights are packed.
  package static func returnUnused() { _ = malloc_trim(0) }

  /// The peak memory of this process in bytes.
  package static var peakBytes: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}

extension Int {
  /// A number of bytes in whole megabytes, such as "612 MB". 1 MB is 10⁶ bytes.
  package var megabytes: String { "\(self / 1_000_000) MB" }
}
