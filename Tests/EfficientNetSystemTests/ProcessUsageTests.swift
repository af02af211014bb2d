import Testing

@testable import EfficientNetSystem

@Suite("Usage of this process")
struct ProcessUsageTests {
  private func usage(_ stat: String, machine: String = "cpu 1 2\nbtime 1700000000\n")
    -> ProcessUsage?
  {
    ProcessUsage(
      stat: stat, machine: machine, openFiles: 9, ticksPerSecond: 100, pageBytes: 4096)
  }

  @Test("the fields stand after the program's name, whatever it contains")
  func fields() throws {
    let stat = "7 (a) b (c) S 1 7 7 0 -1 0 0 0 0 0 250 150 0 0 20 0 6 0 4200 99999 30 0 0"
    let usage = try #require(self.usage(stat))
    #expect(usage.processorSeconds == 4)
    #expect(usage.threads == 6)
    #expect(usage.startTime == 1_700_000_042)
    #expect(usage.residentBytes == 122_880)
    #expect(usage.openFiles == 9)
  }

  @Test("another form of the files gives nothing")
  func unknown() {
    #expect(usage("") == nil)
    #expect(usage("7 (a) S 1 2") == nil)
    #expect(usage("7 (a) S 1 7 7 0 -1 0 0 0 0 0 x 150 0 0 20 0 6 0 4200 99999 30 0") == nil)
    #expect(usage("7 (a) S 1 7 7 0 -1 0 0 0 0 0 1 150 0 0 20 0 6 0 4200 99 30", machine: "") == nil)
  }

  @Test("now")
  func now() throws {
    let usage = try #require(ProcessUsage.now)
    #expect(usage.residentBytes > 1 << 20 && usage.threads > 0 && usage.openFiles > 2)
    let age = Double(currentTime()) / 1000 - usage.startTime
    #expect(age > -2 && age < 86400)
  }
}
