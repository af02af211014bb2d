#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The memory that this process may use.
package enum MachineMemory {
  /// The machine's, or what its container leaves of it.
  package static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, ControlGroups.memory() ?? machine)
  }
}
