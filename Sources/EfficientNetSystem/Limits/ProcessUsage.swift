internal import Glibc

/// The resources that this process uses: processor time, memory, files and threads.
///
/// Source: [proc_pid_stat](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
package struct ProcessUsage: Hashable, Sendable {
  /// The processor time of all threads in seconds, in user mode and in the kernel.
  package let processorSeconds: Double
  /// The bytes of memory that are not swapped out.
  package let residentBytes: Int
  package let openFiles: Int
  package let threads: Int
  /// The time at which the process started, in seconds since 1970.
  package let startTime: Double

  /// The usage at this moment; nil if the system does not tell.
  package static var now: ProcessUsage? {
    guard let own = contents(of: "/proc/self/stat"), let machine = contents(of: "/proc/stat"),
      let files = try? Folder.names("/proc/self/fd").count
    else { return nil }
    return ProcessUsage(
      // One of the files is the folder itself.
      stat: own, machine: machine, openFiles: files - 1,
      ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
      pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Reads the texts of /proc/self/stat and /proc/stat; nil if they have another form.
  init?(stat: String, machine: String, openFiles: Int, ticksPerSecond: Double, pageBytes: Int) {
    // The program's name, which may contain anything, ends with the last parenthesis. The field
    // after it is the third one.
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 21, let user = Double(fields[11]), let kernel = Double(fields[12]),
      let threads = Int(fields[17]), let start = Double(fields[19]), let pages = Int(fields[21]),
      let boot = machine.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let bootTime = Double(boot.dropFirst(6))
    else { return nil }
    processorSeconds = (user + kernel) / ticksPerSecond
    residentBytes = pages * pageBytes
    startTime = bootTime + start / ticksPerSecond
    (self.openFiles, self.threads) = (openFiles, threads)
  }

  private static func contents(of path: String) -> String? {
    guard let file = try? Descriptor(path, O_RDONLY), let bytes = try? file.read(0..<(1 << 20))
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
