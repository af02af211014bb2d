import EfficientNet
@testable import EfficientNetImages
import EfficientNetTestSupport
import Testing

@Suite("Classifying pictures", .timeLimit(.minutes(10)))
struct ClassifierTests {
  private let classifier: Classifier

  init() throws {
    classifier = try Classifier(Formula.model(.tiny[0]), pool: ThreadPool(threads: 2))
  }

  private func expected(_ name: String) throws -> [Prediction] {
    try classifier.classify(PixelBuffer(contentsOf: Fixture.path(name)))
  }

  @Test("bytes are classified, with and without waiting", arguments: ["baseline.jpg", "gray.png"])
  func encoded(name: String) async throws {
    let bytes = try FileContents.read(Fixture.path(name), limit: 1 << 20)
    let classify: ([UInt8]) throws -> [Prediction] = { try classifier.classify(encoded: $0) }
    #expect(try classify(bytes) == expected(name))
    #expect(
      try await classifier.classify(encoded: bytes, top: 2) == Array(expected(name).prefix(2)))
  }

  @Test("a task group classifies a batch of uploads, as in the article \"In a server\"")
  func batch() async throws {
    let names = ["gray.png", "baseline.jpg", "bits1.png"]
    let batch = try names.map { try FileContents.read(Fixture.path($0), limit: 1 << 20) }
    let uploads = DecodingOptions(maximumPixels: 20_000_000)
    let classifier = classifier
    let results = try await withThrowingTaskGroup { group in
      for (index, upload) in batch.enumerated() {
        group.addTask {
          (index, try await classifier.classify(encoded: upload, top: 1, decoding: uploads))
        }
      }
      var results = Array(repeating: [Prediction](), count: batch.count)
      for try await (index, predictions) in group { results[index] = predictions }
      return results
    }
    #expect(try results == names.map { Array(try expected($0).prefix(1)) })
  }

  @Test("errors state what is wrong with the bytes")
  func broken() async throws {
    let error = await #expect(throws: ImageError.self) {
      try await classifier.classify(encoded: [1, 2, 3], name: "upload 7")
    }
    #expect(error?.description.contains("upload 7") == true)
    await #expect(throws: ImageError.self) {
      try await classifier.classify(
        encoded: FileContents.read(Fixture.path("baseline.jpg"), limit: 1 << 20),
        decoding: DecodingOptions(maximumPixels: 10))
    }
  }

  @Test("files and folders are read in order, without those that cannot be read")
  func sequence() async throws {
    let names = ["gray.png", "missing.png", "baseline.jpg", "bits1.png", "key.png"]
    let paths = names.map { Fixture.path($0) }
    var found: [String] = []
    for try await photo in classifier.classifications(of: paths, top: 5) {
      let name = names[found.count]
      #expect(photo.path == paths[found.count])
      if name == "missing.png" {
        #expect(throws: ImageError.self) { try photo.result.get() }
      } else {
        #expect(try photo.result.get() == expected(name))
      }
      found.append(photo.path)
    }
    #expect(found == paths)
    var inFolder = 0
    for try await _ in classifier.classifications(of: [Fixture.path("")]) { inFolder += 1 }
    #expect(inFolder == PhotoFinder.photos(at: [Fixture.path("")]).count && inFolder > 20)
  }

  @Test("at most the allowed number of photos is decoded ahead, and unused work is cancelled")
  func ahead() async throws {
    let photos = (0..<100).map { FoundPhoto(path: "\($0)", problem: nil) }
    let counts = Locked((begun: 0, cancelled: 0))
    let results = PhotoResults(of: photos, ahead: 4) { photo in
      counts.withLock { $0.begun += 1 }
      if photo.path == "0" {
        while counts.withLock({ $0.begun < 4 }) { await Task.yield() }
        return photo.path
      }
      do { try await Task.sleep(for: .seconds(3600)) } catch {
        counts.withLock { $0.cancelled += 1 }
        throw error
      }
      return photo.path
    }
    for try await photo in results {
      #expect(photo.path == "0")
      break
    }
    while counts.withLock({ $0.cancelled < 3 }) { await Task.yield() }
    #expect(counts.withLock { $0.begun } == 4)
  }

  @Test("the sequence ends when its task is cancelled")
  func cancelled() async throws {
    let photos = (0..<3).map { FoundPhoto(path: "\($0)", problem: nil) }
    let results = PhotoResults(of: photos, ahead: 1) { _ in
      try await Task.sleep(for: .seconds(3600))
    }
    let task = Task { for try await _ in results { Issue.record("nothing is done") } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
