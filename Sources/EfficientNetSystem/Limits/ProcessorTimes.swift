internal import Glibc

/// The processor time of the machine and of this process so far, to see what others used in
/// between.
///
///     let start = ProcessorTimes.now
///     measure()
///     if let others = ProcessorTimes.now?.others(since: start) { print(others.processors) }
///
/// Source: proc_stat(5).
package struct ProcessorTimes: Hashable, Sendable {
  package let processors: Int
  /// The time of all processors in seconds, and the parts in which they worked, and in which the
  /// host of this virtual machine ran something else.
  let total, busy, stolen: Double
  /// The processor time of this process in seconds.
  let own: Double

  /// The times until now; nil if the system does not tell them.
  package static var now: ProcessorTimes? {
    guard let file = try? Descriptor("/proc/stat", O_RDONLY),
      let bytes = try? file.read(0..<(1 << 20))
    else { return nil }
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ProcessorTimes(
      stat: String(decoding: bytes, as: UTF8.self),
      ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
      own: seconds(usage.ru_utime) + seconds(usage.ru_stime))
  }

  /// Reads the text of /proc/stat; nil if it has another form.
  init?(stat: String, ticksPerSecond: Double, own: Double) {
    let lines = stat.split(separator: "\n")
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are a part of user and nice.
    let ticks = lines.first.map { $0.split(separator: " ").dropFirst().prefix(8) } ?? []
    let times = ticks.compactMap { Double($0) }.map { $0 / ticksPerSecond }
    guard lines.first?.hasPrefix("cpu ") == true, times.count == 8 else { return nil }
    processors = lines.dropFirst().count { $0.hasPrefix("cpu") }
    total = times.reduce(0, +)
    busy = total - times[3] - times[4]
    stolen = times[7]
    self.own = own
  }

  /// Returns how many processors others used on average since earlier times, and how many of these
  /// the host of this virtual machine took; nil if fewer than 0.2 s have passed.
  package func others(since earlier: ProcessorTimes) -> (processors: Double, stolen: Double)? {
    let passed = (total - earlier.total) / Double(max(1, processors))
    guard passed >= 0.2 else { return nil }
    let used = busy - earlier.busy - (own - earlier.own)
    return (max(0, used) / passed, (stolen - earlier.stolen) / passed)
  }
}
