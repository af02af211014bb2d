import EfficientNet
import EfficientNetExplanation
import EfficientNetFeatures
import EfficientNetImages
import Synchronization
import Testing

// Parts of programs in Docs/features.md, Docs/explain.md and Docs/server.md, line by line. They are
// compiled, so the documents follow changes of the libraries. ExampleProgramTests compares them.

/// Docs/features.md, "Duplicates in a program".
func documentedDuplicates(
  of model: Model, extractor: FeatureExtractor, pool: ThreadPool
) throws {
  let smaller = try FeatureExtractor(
    model.withResolution(DuplicateGroups.smallResolution), normalizes: true, pool: pool)
  var (rows, smallRows, names) = ([[Float]](), [[Float]](), [String]())
  for found in PhotoFinder.photos(at: ["holiday/"]) {
    let photo = try PixelBuffer(contentsOf: found.path)
    rows.append(try extractor.features(of: photo))
    smallRows.append(try smaller.features(of: photo))
    names.append(found.path)
  }
  let duplicates = try DuplicateGroups(
    of: FeatureMatrix(rows), small: FeatureMatrix(smallRows),
    threshold: DuplicateGroups.standardThreshold, pool: pool)
  for group in duplicates.groups { print(group.map { names[$0.row] }) }
}

/// Docs/features.md, "Labels in a program".
func documentedLabels(
  of rows: [[Float]], photo: PixelBuffer, extractor: FeatureExtractor, pool: ThreadPool
) throws {
  let examples = try LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: [0, 0, 1, 1])
  var fitted = FewShotClassifier(examples, method: .centroid, pool: pool)
  fitted.description = extractor.description
  try fitted.write(to: "cats-and-dogs.safetensors")

  // After a restart:
  let classifier = try FewShotClassifier(contentsOf: "cats-and-dogs.safetensors", pool: pool)
  guard classifier.description?.isComparable(with: extractor.description) == true
  else { fatalError("another network made the examples; fit the classifier again") }
  let features = try extractor.features(of: photo)
  for (name, probability) in zip(classifier.classes, try classifier.probabilities(of: features)) {
    print(name, probability)
  }
  print("unlike the examples:", try classifier.isUnlikeExamples(features))
}

/// Docs/features.md, "Feature pyramids".
func documentedPyramid(
  of model: Model, images: Tensor, extractor: FeatureExtractor
) throws {
  let pyramid = try PyramidExtractor(model, reductions: [8, 16, 32], pool: extractor.pool)
  var session = pyramid.makeSession(maximumBatch: 8)
  for map in session.outputs(images) { print(map.name, map.value.shape) }
  // blocks.2 8×28×28×40, …
}

/// Docs/explain.md, "Library".
func documentedOverlay(of explanation: Explanation, on photo: PixelBuffer) -> PixelBuffer {
  let (map, region) = (explanation.map, explanation.region)
  var bytes = photo.bytes
  for row in 0..<photo.height {
    for column in 0..<photo.width {
      let x = (Double(column) + 0.5 - region.left) / region.width
      let y = (Double(row) + 0.5 - region.top) / region.height
      guard 0...1 ~= x, 0...1 ~= y, map.peak > 0 else { continue }
      let color = ColorMap.inferno.color(at: map.value(x: x, y: y) / map.peak)
      let place = 3 * (row * photo.width + column)
      for (channel, target) in [color.red, color.green, color.blue].enumerated() {
        bytes[place + channel] = bytes[place + channel] / 2 + target / 2
      }
    }
  }
  let overlay = PixelBuffer(width: photo.width, height: photo.height, bytes: bytes)
  return overlay
}

// Docs/server.md, "Refuse uploads under load".
struct Overloaded: Error {}
struct TimedOut: Error {}

final class UploadGate: Sendable {
  private let uploads = Mutex(0)

  /// Runs `body`, or throws if `limit` uploads wait or are computed.
  func pass<Value: Sendable>(
    limit: Int, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    let count = uploads.withLock { count in
      count += 1
      return count
    }
    defer { uploads.withLock { $0 -= 1 } }
    guard count <= limit else { throw Overloaded() }
    return try await body()
  }
}

/// Runs `body`, and cancels it and throws if it takes longer than `limit`.
func withTimeout<Value: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw TimedOut()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw TimedOut() }
    return value
  }
}

func documentedLimits(
  of upload: [UInt8], gate: UploadGate, classifier: Classifier
) async throws -> [Prediction] {
  let predictions = try await gate.pass(limit: 100) {
    try await withTimeout(.seconds(10)) { try await classifier.classify(encoded: upload) }
  }
  return predictions
}

@Suite("Parts of documents")
struct DocumentPartTests {
  @Test("a gate refuses uploads above its limit, and a place is free after an error")
  func gate() async throws {
    let gate = UploadGate()
    try await gate.pass(limit: 1) {
      _ = await #expect(throws: Overloaded.self) { try await gate.pass(limit: 1) {} }
    }
    await #expect(throws: TimedOut.self) { try await gate.pass(limit: 1) { throw TimedOut() } }
    #expect(try await gate.pass(limit: 1) { 7 } == 7)
  }

  @Test("a time-out cancels the work")
  func timeout() async throws {
    await #expect(throws: TimedOut.self) {
      try await withTimeout(.zero) { try await Task.sleep(for: .seconds(3600)) }
    }
    #expect(try await withTimeout(.seconds(3600)) { 7 } == 7)
  }
}

final class CurrentClassifier: Sendable {
  private let current: Mutex<Classifier>

  init(_ classifier: Classifier) { current = Mutex(classifier) }

  var classifier: Classifier { current.withLock { $0 } }

  func replace(weights: String, test photo: PixelBuffer) async throws {
    let next = try Classifier(weights: weights)
    _ = try await next.classify(photo)
    current.withLock { $0 = next }
  }
}
