import EfficientNetSystem
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Log writer") struct LogWriterTests {
  /// An output that can be held up.
  private final class Output: Sendable {
    let bytes = Locked([UInt8]())
    let isBlocked = Locked(false)
    let isBroken = Locked(false)

    func write(_ lines: [UInt8]) -> Bool {
      while isBlocked.withLock({ $0 }) { usleep(1000) }
      bytes.withLock { $0 += lines }
      return !isBroken.withLock { $0 }
    }

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
  }

  private func writer(_ output: Output, capacity: Int = 1 << 20) throws -> LogWriter {
    try LogWriter(capacity: capacity) { output.write($0) }
  }

  @Test("lines arrive in order")
  func order() throws {
    let output = Output()
    let log = try writer(output)
    for index in 0..<1000 { log.write("\(index)") }
    #expect(log.flush(within: .seconds(60)))
    #expect(output.text == (0..<1000).map { "\($0)\n" }.joined())
    #expect(log.dropped == 0)
  }

  @Test("a slow reader loses lines, but blocks nobody")
  func slow() throws {
    let output = Output()
    output.isBlocked.withLock { $0 = true }
    let log = try writer(output, capacity: 1000)
    log.write("first")
    let start = ContinuousClock.now
    for _ in 0..<100_000 { log.write("123456789") }
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(!log.flush(within: .milliseconds(20)))
    // 100 lines of 10 bytes wait; the write that is held up may have as many.
    let dropped = log.dropped
    #expect(100_000 - 200...100_000 - 99 ~= dropped)
    output.isBlocked.withLock { $0 = false }
    #expect(log.flush(within: .seconds(60)))
    #expect(log.dropped == dropped)
    #expect(output.text.split(separator: "\n").count == 100_001 - dropped)
    // The log continues.
    log.write("last")
    #expect(log.flush(within: .seconds(60)))
    #expect(output.text.hasSuffix("9\nlast\n"))
  }

  @Test("a line that is larger than the buffer is dropped")
  func large() throws {
    let output = Output()
    let log = try writer(output, capacity: 10)
    log.write("1234567890")
    log.write("123456789")
    #expect(log.flush(within: .seconds(60)))
    #expect(output.text == "123456789\n" && log.dropped == 1)
  }

  @Test("lines that cannot be written are counted")
  func broken() throws {
    let output = Output()
    output.isBroken.withLock { $0 = true }
    let log = try writer(output)
    log.write("a")
    log.write("b")
    #expect(log.flush(within: .seconds(60)))
    #expect(log.dropped == 2)
  }

  @Test("the thread ends with the writer, after the last line")
  func end() throws {
    let output = Output()
    do {
      let log = try writer(output)
      log.write("a")
    }
    let end = ContinuousClock.now + .seconds(60)
    while output.text != "a\n", ContinuousClock.now < end { usleep(1000) }
    #expect(output.text == "a\n")
  }

  @Test("many threads write whole lines")
  func threads() async throws {
    let output = Output()
    let log = try writer(output)
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask { for index in 0..<500 { log.write("\(task) \(index) end") } }
      }
    }
    #expect(log.flush(within: .seconds(60)))
    let lines = output.text.split(separator: "\n")
    #expect(lines.count == 4000 && lines.allSatisfy { $0.hasSuffix(" end") })
  }

  @Test("a pipe that its parent made non-blocking gets all lines")
  func nonBlocking() async throws {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      guard unsafe pipe(&ends) == 0, dup2(ends[1], STDOUT_FILENO) >= 0,
        fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) == 0
      else { exit(2) }
      close(ends[1])
      let log = try LogWriter(.output, capacity: 1 << 24)
      // More than a pipe holds.
      let line = String(repeating: "x", count: 999)
      for _ in 0..<2000 { log.write(line) }
      if log.flush(within: .milliseconds(50)) { exit(3) }
      var (buffer, count) = ([UInt8](repeating: 0, count: 1 << 16), 0)
      while count < 2_000_000 {
        let read = unsafe read(ends[0], &buffer, buffer.count)
        if read <= 0 { exit(4) }
        count += read
      }
      if !log.flush(within: .seconds(60)) || log.dropped != 0 { exit(5) }
    }
  }
}
