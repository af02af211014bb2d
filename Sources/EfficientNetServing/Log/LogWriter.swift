package import EfficientNetSystem

/// Writes lines on a separate thread, so that a slow reader never blocks a request.
///
/// Lines wait in a buffer of limited size. If it is full, further lines are dropped and counted.
package final class LogWriter: Sendable {
  private let buffer: LogBuffer

  /// Starts to write to a standard stream.
  ///
  /// - Parameter capacity: The maximum number of bytes that wait.
  /// - Throws: ``NoThreadError`` if the system cannot start a thread.
  package convenience init(
    _ stream: StandardStream = .error, capacity: Int = 1 << 20
  ) throws(NoThreadError) {
    try self.init(capacity: capacity) { stream.writeAndWait($0) }
  }

  /// Starts to write by `output`, which returns whether it could; the thread calls it with whole
  /// lines.
  init(
    capacity: Int, output: @escaping @Sendable ([UInt8]) -> Bool
  ) throws(NoThreadError) {
    let buffer = LogBuffer(capacity: capacity)
    try startDetachedThread {
      while let lines = buffer.next() {
        if !output(lines.bytes) { buffer.drop(lines.count) }
      }
    }
    self.buffer = buffer
  }

  deinit { buffer.stop() }

  /// Adds a line, or drops it if the buffer is full. A line break is added.
  package func write(_ line: String) { buffer.add(line) }

  /// The number of lines that were dropped or could not be written.
  package var dropped: Int { buffer.dropped }

  /// Waits until all lines are written; returns false if that takes longer than `limit`.
  package func flush(within limit: Duration) -> Bool {
    let end = ContinuousClock.now + limit
    while !buffer.isWritten {
      if ContinuousClock.now >= end { return false }
      pause(.milliseconds(2)) { false }
    }
    return true
  }
}

/// The lines that wait, shared with the writing thread.
private final class LogBuffer: @unchecked Sendable {
  struct Lines {
    var bytes: [UInt8] = []
    var count = 0
  }

  private let capacity: Int
  private let monitor = Monitor()
  /// Guarded by `monitor`, like all following properties.
  private var waiting = Lines()
  private var droppedCount = 0
  private var isWriting = false
  private var isStopping = false

  init(capacity: Int) { self.capacity = capacity }

  var dropped: Int { monitor.withLock { droppedCount } }

  var isWritten: Bool { monitor.withLock { waiting.count == 0 && !isWriting } }

  func add(_ line: String) {
    monitor.withLock {
      guard waiting.bytes.count + line.utf8.count < capacity else {
        droppedCount += 1
        return
      }
      waiting.bytes += line.utf8
      waiting.bytes.append(UInt8(ascii: "\n"))
      waiting.count += 1
      if !isWriting { monitor.wakeOne() }
    }
  }

  func drop(_ count: Int) { monitor.withLock { droppedCount += count } }

  func stop() {
    monitor.withLock {
      isStopping = true
      monitor.wakeOne()
    }
  }

  /// Ends the last write and waits for lines; returns nil after `stop()` if there are none.
  func next() -> Lines? {
    monitor.withLock {
      isWriting = false
      while waiting.count == 0 {
        if isStopping { return nil }
        monitor.wait()
      }
      defer { waiting = Lines() }
      isWriting = true
      return waiting
    }
  }
}
