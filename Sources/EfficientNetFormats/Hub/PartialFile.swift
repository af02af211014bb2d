#if Tools
  internal import EfficientNetCompute
  internal import Glibc

  /// A file that grows, and stays when we end: a download goes on from it.
  final class PartialFile {
    /// Where it is.
    let path: String
    /// Its bytes.
    private(set) var count: Int
    private let descriptor: Int32

    /// Opens a file, or makes an empty one.
    ///
    /// - Throws: ``FileError``.
    init(path: String) throws(FileError) {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
      guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw FileError(path: path, reason: "not a regular file")
      }
      (self.path, self.descriptor) = (path, descriptor)
      count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    ///
    /// - Throws: ``FileError``, for instance when the disk is full.
    func append(_ bytes: ArraySlice<UInt8>) throws(FileError) {
      var bytes = bytes
      while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { buffer in
          unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(count))
        }
        if written < 0, errno == EINTR { continue }
        guard written >= 0 else { throw FileError(path: path, code: errno) }
        count += written
        bytes = bytes.dropFirst(written)
      }
    }

    /// Drops all bytes.
    ///
    /// - Throws: ``FileError``.
    func empty() throws(FileError) {
      guard ftruncate(descriptor, 0) == 0 else { throw FileError(path: path, code: errno) }
      count = 0
    }

    /// Makes the bytes durable.
    ///
    /// - Throws: ``FileError``.
    func synchronize() throws(FileError) {
      guard fsync(descriptor) == 0 || errno == EINVAL else {
        throw FileError(path: path, code: errno)
      }
    }

    /// What identifies the bytes, each in lower-case hexadecimal.
    struct Digests {
      let sha256: String
      /// The SHA-1 of git's object, "blob", the length and the bytes, if it was asked for.
      let gitBlob: String?
    }

    /// Reads all bytes once more; nil if `isCancelled` said yes meanwhile.
    ///
    /// - Throws: ``FileError``.
    func digests(withGit: Bool, isCancelled: () -> Bool) throws(FileError) -> Digests? {
      var sha256 = Digest(.sha256)
      var git = Digest(.sha1)
      git.update(Array("blob \(count)\0".utf8).span.bytes)
      var chunk = [UInt8](repeating: 0, count: 1 << 20)
      var done = 0
      while done < count {
        if isCancelled() { return nil }
        let read = pread(descriptor, &chunk, min(chunk.count, count - done), off_t(done))
        if read < 0, errno == EINTR { continue }
        guard read >= 0 else { throw FileError(path: path, code: errno) }
        guard read > 0 else { throw FileError(path: path, reason: "became shorter") }
        sha256.update(chunk.span.extracting(first: read).bytes)
        if withGit { git.update(chunk.span.extracting(first: read).bytes) }
        done += read
      }
      let blob = git.hexadecimal()
      return Digests(sha256: sha256.hexadecimal(), gitBlob: withGit ? blob : nil)
    }
  }
#endif
