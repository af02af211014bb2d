internal import Glibc

/// Asks the system for memory before a Swift array does: an array that gets none ends the process.
///
/// The pages are mapped and given back, not touched. Between the question and the array another thread may take
/// the memory; what remains safe then is only what each caller bounds.
package enum MemoryProbe {
  /// Whether the system would give out `byteCount` bytes.
  ///
  /// An optimiser removes a malloc that is freed at once, and with it the question. A mapping it does not.
  package static func isAvailable(byteCount: Int) -> Bool {
    guard byteCount > 0 else { return true }
    let memory = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return false }
    unsafe munmap(memory, byteCount)
    return true
  }
}
