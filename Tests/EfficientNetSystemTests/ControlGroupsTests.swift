import Foundation
import Testing

@testable import EfficientNetSystem

@Suite("Control groups")
struct ControlGroupsTests {
  /// The number of processors found under a root folder with the given files.
  private func processors(_ files: [String: String]) throws -> Int? {
    try withRoot(files) { ControlGroups.processors(root: $0) }
  }

  /// The result of `body` for a root folder with the given files.
  private func withRoot(_ files: [String: String], _ body: (String) -> Int?) throws -> Int? {
    let manager = FileManager.default
    let root = manager.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? manager.removeItem(at: root) }
    for (name, text) in files {
      let file = root.appending(path: name)
      try manager.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return body(root.path)
  }

  private let mounted2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
  private let mounted1 =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

  @Test("the smallest memory limit of a group and its ancestors counts, in both versions")
  func memory() throws {
    func memory(_ files: [String: String]) throws -> Int? {
      try withRoot(files) { ControlGroups.memory(root: $0) }
    }
    var files = [
      "proc/self/cgroup": "5:memory:/a\n0::/user/work\n", "proc/self/mountinfo": mounted2,
      "sys/fs/cgroup/user/work/memory.max": "max\n",
    ]
    #expect(try memory(files) == nil)
    files["sys/fs/cgroup/user/memory.max"] = "2000000\n"
    #expect(try memory(files) == 2_000_000)
    files["proc/self/mountinfo"] =
      "36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    #expect(try memory(files) == nil)
    files["sys/fs/cgroup/memory/a/memory.limit_in_bytes"] = "9223372036854771712\n"
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "1000000\n"
    #expect(try memory(files) == 1_000_000)
  }

  @Test("available memory is the limit minus the use, without old cached files, in both versions")
  func availableMemory() throws {
    func available(_ files: [String: String]) throws -> Int? {
      try withRoot(files) { ControlGroups.availableMemory(root: $0) }
    }
    var files = [
      "proc/self/cgroup": "5:memory:/a\n0::/work\n", "proc/self/mountinfo": mounted2,
      "sys/fs/cgroup/work/memory.max": "1000\n", "sys/fs/cgroup/work/memory.current": "700\n",
    ]
    #expect(try available(files) == 300)
    files["sys/fs/cgroup/work/memory.stat"] = "anon 500\ninactive_file 150\n"
    #expect(try available(files) == 450)
    files["sys/fs/cgroup/work/memory.max"] = "max\n"
    #expect(try available(files) == nil)
    files["proc/self/mountinfo"] =
      "36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    files["sys/fs/cgroup/memory/a/memory.limit_in_bytes"] = "1000\n"
    files["sys/fs/cgroup/memory/a/memory.usage_in_bytes"] = "1200\n"
    #expect(try available(files) == 0)
  }

  @Test("the available memory of the machine is Linux's estimate")
  func machineMemory() throws {
    let files = ["proc/meminfo": "MemTotal:  100 kB\nMemAvailable:     20 kB\n"]
    #expect(try withRoot(files) { MachineMemory.availableInMachine(root: $0) } == 20480)
    #expect(MachineMemory.available > 0 && MachineMemory.available <= MachineMemory.bytes)
    #expect(999_999.megabytes == "0 MB" && 1_000_000.megabytes == "1 MB")
  }

  @Test("the smallest quota of a group and its ancestors counts, rounded up")
  func versionTwo() throws {
    var files = [
      "proc/self/cgroup": "0::/user/work\n",
      "proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda rw\n" + mounted2,
      "sys/fs/cgroup/user/work/cpu.max": "max 100000\n",
    ]
    #expect(try processors(files) == nil)
    files["sys/fs/cgroup/user/cpu.max"] = "250000 100000\n"
    #expect(try processors(files) == 3)
    files["sys/fs/cgroup/user/work/cpu.max"] = "1000 100000\n"
    #expect(try processors(files) == 1)
    files["sys/fs/cgroup/user/work/cpu.max"] = "900000 100000\n"
    #expect(try processors(files) == 3)
  }

  @Test("version 1 has quota and period in two files")
  func versionOne() throws {
    var files = [
      "proc/self/cgroup": "5:memory:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n0::/\n",
      "proc/self/mountinfo": mounted1
        + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try processors(files) == nil)
    files["sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us"] = "150000\n"
    #expect(try processors(files) == 2)
    files["sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us"] = nil
    #expect(try processors(files) == nil)
  }

  @Test(
    "in a container, the mounted group counts, whatever its path on the host",
    arguments: [
      ("/", "/"), ("/", "/../../host/abc"), ("/", "/not/here"), ("/docker/abc", "/docker/abc"),
      ("/docker/abc", "/"), ("/docker/abc", "/docker/abcd"),
    ])
  func containers(group: String, path: String) throws {
    #expect(
      try processors([
        "proc/self/cgroup": "0::\(path)\n",
        "proc/self/mountinfo": "29 23 0:26 \(group) /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
        "sys/fs/cgroup/cpu.max": "400000 100000\n",
      ]) == 4)
  }

  @Test("the path of a mounted group starts at the mount point")
  func mountedGroup() throws {
    let mount = try #require(ControlGroups.Mount("1 2 0:3 /a/b /mnt rw - cgroup2 none rw"))
    #expect(mount.folders(of: "/a/b/c/d") == ["/mnt", "/mnt/c", "/mnt/c/d"])
    #expect(mount.folders(of: "/a") == ["/mnt"])
    #expect(mount.folders(of: "") == ["/mnt"])
  }

  @Test(
    "a text that is not a quota limits nothing",
    arguments: [
      "", "\n", "max", "max 100000", "100000", "0 100000", "-1 100000", "100000 0", "100000 -5",
      "1e5 100000", "99999999999999999999 100000", "1 2 3", "\u{0}\u{FFFD} 7",
    ])
  func oddQuotas(text: String) throws {
    #expect(ControlGroups.Quota(text) == nil)
    #expect(
      try processors([
        "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": mounted2,
        "sys/fs/cgroup/cpu.max": text,
      ]) == nil)
  }

  @Test("the largest quota does not overflow")
  func largestQuota() {
    #expect(ControlGroups.Quota("\(Int.max) 1")?.processors == Int.max)
    #expect(ControlGroups.Quota("\(Int.max) \(Int.max)")?.processors == 1)
  }

  @Test(
    "malformed lines of the kernel's tables are ignored",
    arguments: ["", " ", "-", "- cgroup2", "1 2 3 4 5 6 - cgroup2", ":::", "0:", "::::::", "\u{0}"])
  func oddTables(text: String) throws {
    #expect(ControlGroups.Mount(Substring(text)) == nil)
    let quota = ["sys/fs/cgroup/cpu.max": "400000 100000\n"]
    let files = [
      "proc/self/cgroup": "\(text)\n0::/\n", "proc/self/mountinfo": text + "\n" + mounted2,
    ]
    #expect(try processors(quota) == nil)
    #expect(try processors(files.merging(quota) { $1 }) == 4)
    #expect(try processors(files.mapValues { _ in text }.merging(quota) { $1 }) == nil)
  }

  @Test("a pool has one thread for each available processor")
  func poolSize() {
    let available = ThreadPool.availableProcessors
    #expect(available >= 1 && available <= ProcessInfo.processInfo.processorCount)
    #expect(available <= ControlGroups.processors() ?? available)
    #expect(ThreadPool().threads == available)
  }
}
