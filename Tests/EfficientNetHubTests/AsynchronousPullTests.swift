import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct AsynchronousPullTests {
  @Test func pulls() async throws {
    let hub = try FakeHub()
    let folder = FileManager.default.temporaryDirectory.appending(path: "effnet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = ModelCache(folder: folder.path)
    let messages = Locked<[String]>([])
    let snapshot = try await HubRepository("ada/tiny").pull(
      into: cache, from: HubEndpoint(url: hub.server.url),
      report: { message in messages.withLock { $0.append(message) } })
    #expect(Array(try Data(contentsOf: URL(filePath: snapshot.weightsPath))) == FakeHub.weights)
    #expect(messages.withLock { $0.count } == 2)
    await #expect(throws: HubError.self) {
      try await HubRepository("ada/none").pull(
        into: cache, from: HubEndpoint(url: "http://127.0.0.1:9"))
    }
  }

  @Test func endsIfItsTaskIsCancelled() async throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .hang(after: 5000)
      return reply
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "effnet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let received = Locked<Int64>(0)
    let task = Task { [url = hub.server.url, path = folder.path] in
      try await HubRepository("ada/tiny").pull(
        into: ModelCache(folder: path), from: HubEndpoint(url: url),
        progress: { progress in received.withLock { $0 = Int64(progress.received) } })
    }
    while received.withLock({ $0 < 5000 }) { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
