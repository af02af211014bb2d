internal import Glibc

package enum StandardStream: Int32, Sendable {
  case input = 0
  case output
  case error

  /// The error of standard output if nothing reads the pipe any more, and the parent of the process
  /// ignores SIGPIPE: otherwise that signal ends the process.
  package static let noReader = FileError(path: "standard output", code: EPIPE)

  package var isTerminal: Bool { isatty(rawValue) != 0 }

  /// The columns of the terminal; nil if they are unknown.
  package var columns: Int? {
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes bytes. Returns the number of bytes written, and an error if some were not written.
  package func write(_ bytes: [UInt8]) -> (done: Int, error: FileError?) {
    let (done, failure) = writeAll(bytes.span.bytes, to: rawValue)
    return (done, failure == 0 ? nil : FileError(path: "standard \(self)", code: failure))
  }

  /// Writes all bytes, and waits for a slow reader even if the parent process made the stream
  /// non-blocking. Returns whether all were written.
  package func writeAndWait(_ bytes: [UInt8]) -> Bool {
    var rest = bytes.span.bytes
    while !rest.isEmpty {
      let (done, failure) = writeAll(rest, to: rawValue)
      rest = rest.extracting(done...)
      if failure == EAGAIN {
        var state = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&state, 1, 1000)
      } else if failure != 0 {
        return false
      }
    }
    return true
  }

  /// Reads the available bytes. Returns nil if none arrive within `milliseconds` or a signal
  /// interrupts the call; an empty array means the end of the stream.
  package func read(limit: Int, milliseconds: Int32) throws(FileError) -> [UInt8]? {
    var state = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    let ready = unsafe poll(&state, 1, milliseconds)
    if ready == 0 || ready < 0 && errno == EINTR { return nil }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe Glibc.read(rawValue, &bytes, limit)
    if count < 0, errno == EINTR { return nil }
    guard count >= 0 else { throw FileError(path: "standard \(self)", code: errno) }
    return Array(bytes[..<count])
  }

  /// Opens /dev/null for each standard stream that the parent closed, so that no other file gets
  /// its number. It is opened in the wrong direction, so results that cannot be written are still
  /// an error.
  package static func openAll() {
    for stream in [StandardStream.input, .output, .error]
    where fcntl(stream.rawValue, F_GETFD) < 0 {
      _ = open("/dev/null", stream == .input ? O_WRONLY : O_RDONLY)
    }
  }
}
