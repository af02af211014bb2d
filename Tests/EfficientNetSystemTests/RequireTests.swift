import EfficientNetSystem
import Testing

@Suite("Wrong arguments") struct RequireTests {
  @Test("the message names the argument, also in a release build")
  func message() async throws {
    for result in [
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ThreadPool(threads: 0)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ThreadPool(threads: 1025)
      },
    ] {
      let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(message.contains("Fatal error: threads is "), "\(message)")
      #expect(message.contains("; it must be from 1 to 1024"), "\(message)")
    }
  }

  @Test("a right argument costs no message")
  func right() {
    require(
      true,
      {
        Issue.record("the message was made"); return ""
      }())
  }
}
