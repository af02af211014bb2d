import Testing

@testable import EfficientNetSystem

@Suite("Processor times")
struct ProcessorTimesTests {
  private func times(_ ticks: String, own: Double) -> ProcessorTimes? {
    ProcessorTimes(
      stat: "cpu  \(ticks)\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n", ticksPerSecond: 100, own: own)
  }

  @Test("what others used is the busy time without that of this process")
  func others() throws {
    // user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
    let start = try #require(times("1000 0 100 5000 50 0 0 10 30 0", own: 3))
    #expect(start.processors == 2)
    // 2 s of two processors: 3 s busy, 1.2 s of these here and 0.4 s stolen; 1 s idle.
    let end = try #require(times("1240 0 120 5080 70 0 0 50 30 0", own: 4.2))
    let others = try #require(end.others(since: start))
    #expect(abs(others.processors - 0.9) < 1e-9 && abs(others.stolen - 0.2) < 1e-9)
    // Too short to say.
    let soon = try #require(times("1010 0 100 5010 50 0 0 10 30 0", own: 3.1))
    #expect(soon.others(since: start) == nil)
  }

  @Test("another form of the file gives nothing")
  func unknown() {
    #expect(times("1 2 3", own: 0) == nil)
    #expect(ProcessorTimes(stat: "", ticksPerSecond: 100, own: 0) == nil)
    #expect(ProcessorTimes.now.map { $0.processors > 0 && $0.total > 0 } ?? true)
  }
}
