internal import Glibc

/// The limits on processor time and memory that Linux control groups set for this process, as in
/// containers.
///
/// A group, including all groups inside it, may use `quota` microseconds of processor time per
/// `period`. A process is limited by its own group and all groups above. Files that are missing or
/// not understood set no limit.
///
/// Source: Linux [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html) (`cpu.max`,
/// `memory.max`) and, for version 1, [CFS bandwidth
/// control](https://docs.kernel.org/scheduler/sched-bwc.html) (`cpu.cfs_quota_us`) and the [memory
/// controller](https://docs.kernel.org/admin-guide/cgroup-v1/memory.html)
/// (`memory.limit_in_bytes`).
package enum ControlGroups {
  /// Returns the number of processors that the quotas correspond to, rounded up; nil without a
  /// quota.
  ///
  /// - Parameter root: The root of the file system; tests use their own.
  static func processors(root: String = "") -> Int? {
    folders(limiting: .cpu, root: root).compactMap { quota(in: $0, version: $1)?.processors }.min()
  }

  /// Returns the memory limit in bytes; nil without a limit.
  static func memory(root: String = "") -> Int? {
    folders(limiting: .memory, root: root).compactMap { limit(of: $0, $1) }.min()
  }

  /// Returns the bytes of memory that the limits leave to this process now; nil without a limit.
  ///
  /// Cached files that were not read lately count as free: the system drops them first.
  static func availableMemory(root: String = "") -> Int? {
    folders(limiting: .memory, root: root).compactMap { folder, version in
      let name = version == .one ? "memory.usage_in_bytes" : "memory.current"
      guard let limit = limit(of: folder, version), let used = number(in: "\(folder)/\(name)")
      else { return nil }
      let cached = version == .one ? "total_inactive_file" : "inactive_file"
      return max(0, limit - used + (value(of: cached, in: "\(folder)/memory.stat") ?? 0))
    }.min()
  }

  private static func limit(of folder: String, _ version: Version) -> Int? {
    number(in: "\(folder)/\(version == .one ? "memory.limit_in_bytes" : "memory.max")")
  }

  /// Returns the first word of a file as a number.
  private static func number(in path: String) -> Int? {
    contents(of: path)?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }

  /// Returns the number after a name in a file with a name and a number in each line; nil if there
  /// is none.
  static func value(of name: String, in path: String) -> Int? {
    let lines = contents(of: path).map { split($0[...], at: "\n") } ?? []
    return lines.lazy.map { $0.split(whereSeparator: \.isWhitespace) }
      .first { $0.count > 1 && $0[0] == name }.flatMap { Int($0[1]) }
  }

  enum Version { case one, two }
  enum Controller: Substring { case cpu, memory }

  /// Returns the folders of this process's group and of all groups above it.
  private static func folders(
    limiting controller: Controller, root: String
  ) -> [(path: String, version: Version)] {
    guard let groups = contents(of: root + "/proc/self/cgroup"),
      let mounts = contents(of: root + "/proc/self/mountinfo")
    else { return [] }
    return split(mounts[...], at: "\n").compactMap { Mount($0, limiting: controller) }.flatMap {
      mount in
      guard let path = path(in: groups, version: mount.version, limiting: controller) else {
        return [(path: String, version: Version)]()
      }
      return mount.folders(of: path).map { (root + $0, mount.version) }
    }
  }

  /// The processor time per period.
  struct Quota: Equatable {
    private let quota, period: Int

    /// Parses the text of version 2's `cpu.max`: "50000 100000". Returns nil for "max 100000" and
    /// for −1, which means no quota in version 1.
    init?(_ text: String) {
      let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) ?? 0 }
      guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
      (quota, period) = (numbers[0], numbers[1])
    }

    /// ⌈quota / period⌉
    var processors: Int { quota / period + (quota % period > 0 ? 1 : 0) }
  }

  /// A mount point of control groups that may limit a controller's resource.
  struct Mount: Equatable {
    let version: Version
    /// The mounted group and the folder of the mount point.
    let group, folder: String

    /// Parses a line of /proc/self/mountinfo; returns nil for other file systems and controllers.
    ///
    ///     32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
    init?(_ line: Substring, limiting controller: Controller = .cpu) {
      let fields = ControlGroups.split(line, at: " ")
      guard let separator = fields.firstIndex(of: "-"), separator >= 5,
        fields.count > separator + 3
      else { return nil }
      switch fields[separator + 1] {
      case "cgroup2": version = .two
      case "cgroup"
      where fields[separator + 3].split(separator: ",").contains(controller.rawValue):
        version = .one
      default: return nil
      }
      (group, folder) = (String(fields[3]), String(fields[4]))
    }

    /// Returns the folders of the group `path` and of all groups above it that this mount shows.
    ///
    /// In a container, the path may exist only on the host; the mounted group is then the closest
    /// one.
    func folders(of path: String) -> [String] {
      let mounted = group.split(separator: "/")
      let names = path.split(separator: "/")
      guard names.starts(with: mounted), !names.contains("..") else { return [folder] }
      return names.dropFirst(mounted.count).reduce(into: [folder]) { folders, name in
        folders.append("\(folders[folders.count - 1])/\(name)")
      }
    }
  }

  /// Returns this process's group in /proc/self/cgroup, whose lines are "number:controllers:path";
  /// version 2 lists no controllers.
  static func path(
    in groups: String, version: Version, limiting controller: Controller = .cpu
  ) -> String? {
    for line in split(groups[...], at: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isOurs =
        switch version {
        case .one: fields[1].split(separator: ",").contains(controller.rawValue)
        case .two: fields[0] == "0" && fields[1].isEmpty
        }
      if isOurs { return String(fields[2]) }
    }
    return nil
  }

  private static func quota(in folder: String, version: Version) -> Quota? {
    let names = version == .one ? ["cpu.cfs_quota_us", "cpu.cfs_period_us"] : ["cpu.max"]
    return Quota(names.compactMap { contents(of: "\(folder)/\($0)") }.joined(separator: " "))
  }

  /// Splits text at a byte, many times faster than at a character.
  private static func split(_ text: Substring, at separator: Unicode.Scalar) -> [Substring] {
    text.utf8.split(separator: UInt8(ascii: separator)).map(Substring.init)
  }

  /// Returns the contents of a kernel file, whose size is unknown before reading; nil if it cannot
  /// be read.
  private static func contents(of path: String) -> String? {
    guard let file = try? Descriptor(path, O_RDONLY), let bytes = try? file.read(0..<(1 << 20))
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
