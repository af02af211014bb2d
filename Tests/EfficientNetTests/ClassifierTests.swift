@testable import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Classifier in a server", .timeLimit(.minutes(10)))
struct ClassifierTests {
  private static func photo(_ number: Int) -> PixelBuffer {
    var photo = PixelBuffer(width: 50 + number % 3, height: 41, repeating: 0)
    photo.withMutableBytes { bytes in
      for index in bytes.indices {
        bytes[index] = UInt8(truncatingIfNeeded: (index &+ 97 &* number) &* 37 >> 3)
      }
    }
    return photo
  }

  private static func classifier(threads: Int, maximumConcurrency: Int? = nil) throws -> Classifier
  {
    try Classifier(
      Formula.model(.tiny[0]), pool: ThreadPool(threads: threads),
      maximumConcurrency: maximumConcurrency)
  }

  @Test("numbers of photos below 1 stop the process with a message that names the argument")
  func badConcurrency() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try Classifier(
        Formula.model(.tiny[0]), pool: ThreadPool(threads: 1), maximumConcurrency: 0)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("maximumConcurrency is 0; it must be at least 1"))
  }

  @Test(
    "a thousand simultaneous calls give correct results, and other tasks continue",
    arguments: [1, 2])
  func manyCalls(threads: Int) async throws {
    let classifier = try Self.classifier(threads: threads)
    let classify: (PixelBuffer) throws -> [Prediction] = { try classifier.classify($0) }
    let photos = (0..<16).map(Self.photo)
    let expected = try photos.map(classify)
    let ticks = Locked(0)
    try await withThrowingTaskGroup { group in
      let timer = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(1))
          ticks.withLock { $0 += 1 }
        }
      }
      defer { timer.cancel() }
      for number in 0..<1000 {
        group.addTask {
          let predictions = try await classifier.classify(photos[number % 16])
          #expect(predictions == expected[number % 16])
        }
      }
      try await group.waitForAll()
    }
    #expect(ticks.withLock { $0 } > 0)
    #expect(classifier.queue.idleCount <= classifier.maximumConcurrency)
  }

  @Test("results do not depend on the number of simultaneous photos")
  func concurrency() async throws {
    let photos = (0..<9).map(Self.photo)
    let one = try await Self.classifier(threads: 1).classify(photos, top: 3)
    #expect(one.map(\.count) == Array(repeating: 3, count: 9))
    for (threads, maximum) in [(1, 4), (3, 1), (2, 2)] {
      let other = try Self.classifier(threads: threads, maximumConcurrency: maximum)
      #expect(other.maximumConcurrency == maximum)
      #expect(try await other.classify(photos, top: 3) == one)
    }
    #expect(try await Self.classifier(threads: 1).classify([PixelBuffer]()).isEmpty)
  }

  @Test("a cancelled call computes no further step of the network")
  func endsBeforeNextStep() throws {
    let model = try Formula.model(.tiny[0])
    let engine = try Engine(model.description.architecture, weights: model.weights)
    var session = engine.makeSession(pool: ThreadPool(threads: 2))
    let image = model.description.preprocessing.tensor(Self.photo(0))
    let steps = engine.plan.steps.count
    for last in 0...steps {
      var asked = 0
      #expect(throws: CancellationError.self) {
        try session.outputs(image) { () throws(CancellationError) in
          asked += 1
          if asked > last { throw CancellationError() }
          return asked % 2 == 0 ? ThreadPool(threads: 2) : nil
        }
      }
      #expect(asked == last + 1)
    }
  }

  @Test("a call that is cancelled while it computes ends, and the classifier continues")
  func cancellation() async throws {
    let classifier = try Self.classifier(threads: 1)
    let expected = try await classifier.classify(Self.photo(1))
    for _ in 0..<50 {
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return try await classifier.classify(top: 5) {
          withUnsafeCurrentTask { #expect($0 == nil, "it runs on a thread of the queue") }
          return Self.photo(1)
        }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    let decoding = Locked(false)
    let task = Task {
      try await classifier.classify(top: 5) {
        decoding.withLock { $0 = true }
        while decoding.withLock({ $0 }) {}
        return Self.photo(1)
      }
    }
    while !decoding.withLock({ $0 }) { await Task.yield() }
    task.cancel()
    decoding.withLock { $0 = false }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await classifier.classify(Self.photo(1)) == expected)
  }

  @Test("an overflow of the network is thrown to the caller")
  func overflow() async throws {
    var model = try Formula.model(.tiny[0])
    let weight = try #require(model.weights.tensors["classifier.weight"])
    model.weights.tensors["classifier.weight"] = WeightTensor(
      shape: weight.shape, elements: Array(repeating: 3e38, count: weight.count))
    let classifier = try Classifier(model, pool: ThreadPool(threads: 2))
    await #expect(throws: NetworkOverflow.self) {
      try await classifier.classify((0..<9).map(Self.photo))
    }
  }
}
