internal import Glibc

/// The processor time and the memory that Linux' control groups leave this process, as containers limit it.
///
/// A group may use `quota` microseconds of processors in every `period`, with all groups inside it; a process is
/// held by its own group and every one above. Whatever cannot be found or understood limits nothing.
///
/// Source: Linux' [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html) (`cpu.max`, `memory.max`) and, for version 1,
/// [CFS bandwidth control](https://docs.kernel.org/scheduler/sched-bwc.html) (`cpu.cfs_quota_us`) and the
/// [memory controller](https://docs.kernel.org/admin-guide/cgroup-v1/memory.html) (`memory.limit_in_bytes`).
package enum ControlGroups {
  /// The processors that the quotas amount to, rounded up; nil if there is no quota.
  ///
  /// - Parameter root: Where the file system begins; tests have one of their own.
  static func processors(root: String = "") -> Int? {
    folders(limiting: .cpu, root: root).compactMap { quota(in: $0, version: $1)?.processors }.min()
  }

  /// The bytes of memory that the limits leave; nil if there is no limit.
  static func memory(root: String = "") -> Int? {
    folders(limiting: .memory, root: root).compactMap { folder, version in
      let name = version == .one ? "memory.limit_in_bytes" : "memory.max"
      let words = contents(of: "\(folder)/\(name)")?.split(whereSeparator: \.isWhitespace)
      return words?.first.flatMap { Int($0) }
    }.min()
  }

  enum Version { case one, two }
  enum Controller: Substring { case cpu, memory }

  /// The folders of this process' groups and all above them.
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

  /// Time in every period of time.
  struct Quota: Equatable {
    private let quota, period: Int

    /// The text of version 2's `cpu.max`: "50000 100000"; nil for "max 100000", and for -1, version 1's word for no quota.
    init?(_ text: String) {
      let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) ?? 0 }
      guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
      (quota, period) = (numbers[0], numbers[1])
    }

    /// ⌈quota / period⌉
    var processors: Int { quota / period + (quota % period > 0 ? 1 : 0) }
  }

  /// A place where groups that may limit what a controller controls are mounted.
  struct Mount: Equatable {
    let version: Version
    /// The group that is mounted, and the folder where it is.
    let group, folder: String

    /// A line of /proc/self/mountinfo; nil for other file systems and controllers.
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

    /// The folders of the group `path` and of all above it that this mount shows.
    ///
    /// In a container the path may be one that only the host sees; the mounted group is then the one nearest
    /// to ours.
    func folders(of path: String) -> [String] {
      let mounted = group.split(separator: "/")
      let names = path.split(separator: "/")
      guard names.starts(with: mounted), !names.contains("..") else { return [folder] }
      return names.dropFirst(mounted.count).reduce(into: [folder]) { folders, name in
        folders.append("\(folders[folders.count - 1])/\(name)")
      }
    }
  }

  /// Our group in /proc/self/cgroup, whose lines are "number:controllers:path"; version 2 has no controllers.
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

  /// The parts between bytes of a kind, which is many times faster than between characters.
  private static func split(_ text: Substring, at separator: Unicode.Scalar) -> [Substring] {
    text.utf8.split(separator: UInt8(ascii: separator)).map(Substring.init)
  }

  /// A file of the kernel, which says no size before it is read; nil if it cannot be.
  private static func contents(of path: String) -> String? {
    guard let file = try? Descriptor(path, O_RDONLY), let bytes = try? file.read(0..<(1 << 20))
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
