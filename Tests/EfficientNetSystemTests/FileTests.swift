import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetSystem

/// Files that other programs change, lock or leave behind.
@Suite("Files")
struct FileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path(name) }

  private func write(_ count: Int, _ name: String) throws -> String {
    try folder.write(Array(repeating: 7, count: count), name)
    return path(name)
  }

  @Test("a local time has the date and the minute")
  func localTimes() {
    let (start, later) = (localTime(0), localTime(90_000_000_000))
    #expect(start.hasPrefix("1970-01-01 ") || start.hasPrefix("1969-12-31 "), "\(start)")
    #expect(start.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d/) != nil)
    #expect(Int(later.suffix(2)) == Int(start.suffix(2)).map { $0 + 1 })
  }

  @Test("a file that is shortened while it is read is an error")
  func shrinks() throws {
    let file = try write(100_000, "labels.txt")
    let error = #expect(throws: FileError.self) {
      try FileContents.read(file, limit: 1 << 20) { _ in truncate(file, 50_000) == 0 }
    }
    #expect(error?.description.hasPrefix("\(file): ends too early") == true)
    #expect(try FileContents.read(file, limit: 1 << 20).count == 50_000)
  }

  @Test("a file that another program changes while it is open is an error, not a signal")
  func changes() throws {
    let path = try write(1 << 20, "weights.bin")
    let file = try OpenFile(path: path)
    #expect(try file.contents().count == 1 << 20)
    try file.checkUnchanged()
    // As `cp` does: the same file becomes shorter.
    #expect(truncate(path, 100) == 0)
    #expect(try file.read(0..<100) == Array(repeating: 7, count: 100))
    let short = #expect(throws: FileError.self) { try file.floats(at: 4096, count: 1000) }
    #expect(short?.description == "\(path): ends too early; does another program write it?")
    var buffer = [UInt8](repeating: 0, count: 4096)
    #expect(!file.read(at: 4096, into: &buffer))
    let change = #expect(throws: FileError.self) { try file.checkUnchanged() }
    #expect(change?.description == "\(path): changed while it was in use; open it again")
    #expect(throws: FileError.self) { try file.contents() }
  }

  @Test("an error of the system in a read is kept, and thrown by the check")
  func failedRead() throws {
    let path = try write(100, "table.bin")
    let file = try OpenFile(path: path)
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(file.read(at: 90, into: &buffer))
    try file.checkReads()
    // The system refuses this offset, as it refuses any offset of a broken disk.
    #expect(!file.read(at: -1, into: &buffer))
    #expect(file.read(at: 0, into: &buffer))
    #expect(throws: FileError(path: path, code: EINVAL)) { try file.checkReads() }
    try file.checkUnchanged()
  }

  @Test("a file that is replaced by renaming another one keeps its contents")
  func replaced() throws {
    let (path, new) = (try write(100_000, "table.bin"), try write(10, "new.bin"))
    let file = try OpenFile(path: path)
    try moveFile(new, to: path)
    #expect(try file.contents() == Array(repeating: 7, count: 100_000))
    #expect(try OpenFile(path: path).count == 10)
  }

  @Test("a file larger than the memory is refused before it is read")
  func tooLarge() throws {
    let path = try write(1, "huge.bin")
    #expect(truncate(path, 1 << 43) == 0)
    let error = #expect(throws: FileError.self) { try OpenFile(path: path).contents() }
    #expect(error?.description == "\(path): not enough memory for its 8796093 MB")
  }

  @Test("two files are equal if all their bytes are")
  func equalFiles() throws {
    let count = 1 << 20 + 3
    let (first, second) = (try write(count, "first"), try write(count, "second"))
    #expect(FileContents.areEqual(first, second) && FileContents.areEqual(first, first))
    #expect(truncate(second, count - 1) == 0)
    #expect(!FileContents.areEqual(first, second))
    #expect(truncate(second, count) == 0)
    #expect(FileContents.areEqual(first, second) == false)
    #expect(!FileContents.areEqual(first, path("missing")))
    #expect(!FileContents.areEqual(path("missing"), path("missing")))
  }

  @Test("a write of zero bytes is an error; a read of zero bytes is the end of the file")
  func movesNothing() throws {
    let written = move(10, orElse: EIO) { done in min(4, 8 - done) }
    #expect(written == (8, EIO))
    let file = try write(10, "short.txt")
    #expect(try Descriptor.regularFile(file).read(4..<100).count == 6)
  }

  /// A device, for example, cannot be synchronized.
  @Test("synchronization ignores only the given errors")
  func forgives() throws {
    let device = try Descriptor("/dev/null", O_WRONLY)
    try device.synchronize()
    #expect(throws: FileError(path: "/dev/null", code: EINVAL)) {
      try device.synchronize(forgiving: [EROFS, ENOTSUP])
    }
    try Folder.synchronize(folder.url.path)
  }

  @Test("unavailable memory is detected without allocating it")
  func memory() {
    #expect(MemoryProbe.isAvailable(byteCount: 0))
    #expect(MemoryProbe.isAvailable(byteCount: 1 << 20))
    #expect(!MemoryProbe.isAvailable(byteCount: 1 << 60))
  }

  @Test("free space larger than the largest integer is limited to it")
  func freeSpace() {
    #expect(Folder.bytes(blocks: 10, ofSize: 4096) == 40_960)
    #expect(Folder.bytes(blocks: 1 << 63, ofSize: 1) == .max)
    #expect(Folder.bytes(blocks: .max, ofSize: 4096) == .max)
    #expect(Folder.freeBytes(folder.url.path) ?? 0 > 0)
  }

  @Test("removing a folder removes its contents, but not the targets of its links")
  func removesFolders() throws {
    try Folder.make(path("tree/sub/deep"))
    try Folder.make(path("other"))
    let file = try write(1, "other/kept")
    _ = try write(1, "tree/sub/file")
    try FileManager.default.createSymbolicLink(
      atPath: path("tree/sub/link"), withDestinationPath: path("other"))
    try FileManager.default.createSymbolicLink(
      atPath: path("link"), withDestinationPath: path("other"))
    for name in ["tree", "link"] {
      Folder.remove(path(name))
      #expect(FileStatus(path(name), followsLinks: false) == nil)
    }
    #expect(FileStatus(file)?.size == 1)
  }

  /// A starting process briefly has copies of all descriptors.
  @Test("closing a working file unlocks it, even if its descriptor has copies")
  func unlocks() throws {
    let file = path("features.partial")
    var copy: Int32 = -1
    do {
      let working = try #require(try WorkingFile(path: file))
      #expect(try WorkingFile(path: file) == nil)
      for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\(name)")
        if target?.hasSuffix("/\(folder.url.lastPathComponent)/features.partial") == true,
          let descriptor = Int32(name)
        {
          copy = dup(descriptor)
        }
      }
      withExtendedLifetime(working) {}
    }
    #expect(copy >= 0)
    #expect(try WorkingFile(path: file) != nil)
    close(copy)
  }

  @Test("asking for a lock disturbs neither others who ask nor one that takes it")
  func asksForLocks() throws {
    let work = path("work")
    try Folder.make(work)
    #expect(!FolderLock.isHeld(work) && !FolderLock.isHeld(path("none")))
    // Another process asks, and stops a little later.
    let asking = open(work, O_RDONLY | O_CLOEXEC)
    #expect(flock(asking, LOCK_SH | LOCK_NB) == 0)
    #expect(!FolderLock.isHeld(work))
    Thread {
      usleep(20_000)
      flock(asking, LOCK_UN)
      close(asking)
    }.start()
    do {
      let lock = try #require(try FolderLock(work))
      #expect(FolderLock.isHeld(work))
      #expect(try FolderLock(work) == nil)
      withExtendedLifetime(lock) {}
    }
    #expect(!FolderLock.isHeld(work))
  }

  @Test("files of killed processes are removed, files in use stay")
  func sweeps() throws {
    let left = try write(10, ".effnet-1-2.partial")
    let working = try write(10, ".effnet-3-4.partial")
    let other = try write(10, ".effnet-notes.txt")
    let descriptor = open(working, O_RDONLY | O_CLOEXEC)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    PartialName.sweep(folder.url.path + "/")
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(FileManager.default.fileExists(atPath: working))
    #expect(FileManager.default.fileExists(atPath: other))
    close(descriptor)
  }

  /// Whether a file that this process has open in the folder is locked.
  private func isLocked() throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").contains { name in
      let link = "/proc/self/fd/\(name)"
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
      guard target?.contains("/\(folder.url.lastPathComponent)/") == true else { return false }
      let descriptor = open(link, O_RDWR | O_CLOEXEC)
      defer {
        flock(descriptor, LOCK_UN)
        close(descriptor)
      }
      return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
  }

  @Test("a name that begins with an accent is a name of its own")
  func combiningNames() throws {
    let folder = path("photos/\u{301}class")
    try Folder.make(folder)
    #expect(Folder.exists(path("photos")) && Folder.exists(folder))
    let file = "\(path("photos"))/\u{301}x.csv"
    #expect(Folder.parent(of: file) == "\(path("photos"))/")
    #expect(Folder.name(of: file) == "\u{301}x.csv" && Folder.name(of: "x.csv") == "x.csv")
    #expect(Folder.parent(of: "x.csv") == "./" && Folder.isAbsolute("/\u{301}x"))
    #expect("a/b//".withoutSlashes == "a/b" && "//".withoutSlashes == "/")
    #expect("/\u{301}/".withoutSlashes == "/\u{301}")
    try OutputFile.write([7], to: file)
    #expect(try FileContents.read(file, limit: 10) == [7])
  }

  @Test("an output file is locked until it has its final name")
  func locksOutput() throws {
    let target = path("out.npy")
    var file = try OutputFile(path: target)
    try file.write("numbers")
    #expect(!FileManager.default.fileExists(atPath: target))
    #expect(try isLocked())
    try file.commit()
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "numbers")
    #expect(try folder.names == ["out.npy"])
  }
}
