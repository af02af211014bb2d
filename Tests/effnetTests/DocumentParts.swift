import EfficientNet
import EfficientNetExplanation
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetQuantization
import EfficientNetTestSupport
import Foundation
import Synchronization
import Testing

// Parts of programs in Docs/features.md, Docs/explain.md, Docs/quantize.md and Docs/server.md, line
// by line. They are compiled, so the documents follow changes of the libraries. ExampleProgramTests
// compares them. UploadLimits.swift, a link to a file of Examples/Server, has more.

/// Docs/features.md, "Duplicates in a program".
func documentedDuplicates(
  of model: Model, extractor: FeatureExtractor, pool: ThreadPool
) throws {
  let smaller = try FeatureExtractor(
    model.withResolution(DuplicateGroups.smallResolution), normalizes: true, pool: pool)
  var (rows, smallRows, names, sizes) = ([[Float]](), [[Float]](), [String](), [Int]())
  for found in PhotoFinder.photos(at: ["holiday/"]) {
    let photo = try PixelBuffer(contentsOf: found.path)
    rows.append(try extractor.features(of: photo))
    smallRows.append(try smaller.features(of: photo))
    names.append(found.path)
    sizes.append(photo.width * photo.height)
  }
  let duplicates = try DuplicateGroups(
    of: FeatureMatrix(rows), small: FeatureMatrix(smallRows),
    threshold: DuplicateGroups.standardThreshold,
    ordered: { group in group.sorted { sizes[$0] > sizes[$1] } }, pool: pool)
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

/// Docs/quantize.md, "Library".
func documentedQuantization(of model: Model, pool: ThreadPool) throws {
  let photos = PhotoFinder.photos(at: ["photos/"]).map(\.path)
  let small = try Quantizer(model, pool: pool).quantize(calibratingWith: photos.count) {
    try PixelBuffer(contentsOf: photos[$0])
  }
  try small.write(to: "lite0-int8.safetensors")
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

// Docs/features.md, "Copies of an upload".
func append(
  _ upload: [UInt8], named name: String, to file: String, by extractor: FeatureExtractor,
  decoding: DecodingOptions
) async throws {
  let features = try await extractor.features(encoded: upload, decoding: decoding)
  let table = try FeatureTable(contentsOf: file)
  try table.appending([name], FeatureMatrix([features])).write(to: file)
}

struct PhotoIndex: Sendable {
  let names: FeatureNames
  let extractor, smaller: FeatureExtractor
  let search, smallSearch: SimilaritySearch

  init(_ file: String, small: String, model: Model, pool: ThreadPool) throws {
    let table = try FeatureTable(contentsOf: file)
    let smallTable = try FeatureTable(contentsOf: small)
    extractor = try FeatureExtractor(model, pool: pool)
    smaller = try FeatureExtractor(
      model.withResolution(DuplicateGroups.smallResolution), pool: pool)
    for (path, table, own) in [(file, table, extractor), (small, smallTable, smaller)]
    where table.description?.isComparable(with: own.description) != true {
      throw FeaturesError.unsuitable(
        path: path, reason: "has features of another network or resolution; make it again")
    }
    guard table.names.elementsEqual(smallTable.names) else {
      throw FeaturesError.unsuitable(
        path: small, reason: "has other photos than \(file); make both again")
    }
    names = table.names
    search = SimilaritySearch(table.rows, pool: pool)
    smallSearch = SimilaritySearch(smallTable.rows, pool: pool)
  }

  /// Returns the photos that an upload is a copy of, the most similar first.
  func copies(of upload: [UInt8], decoding: DecodingOptions) async throws -> [String] {
    let features = try await extractor.features(encoded: upload, decoding: decoding)
    let small = try await smaller.features(encoded: upload, decoding: decoding)
    return try await search.copies(of: features, small: small, in: smallSearch)
      .map { names[$0.row] }
  }
}

/// Docs/explain.md, "Library".
func heatMap(of upload: [UInt8], by explainer: Explainer) async throws -> [UInt8] {
  let uploads = DecodingOptions(maximumPixels: 20_000_000)
  return try await explainer.explain(encoded: upload, decoding: uploads) { photo, explanations in
    let panels = explanations.map { ExplanationSheet.Panel($0) }
    return try ExplanationSheet().picture(of: photo, title: "Your photo", rows: [panels]).png()
  }
}

// Docs/server.md, "Cancel".
func documentedBatch(
  of batch: [[UInt8]], classifier: Classifier, uploads: DecodingOptions
) async throws -> [[Prediction]] {
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
  return results
}

func documentedResults(
  of batch: [[UInt8]], classifier: Classifier, uploads: DecodingOptions
) async -> [Int: Result<[Prediction], any Error>] {
  let results = await withTaskGroup { group in
    for (index, upload) in batch.enumerated() {
      group.addTask {
        let result: Result<[Prediction], any Error>
        do {
          result = .success(
            try await classifier.classify(encoded: upload, top: 1, decoding: uploads))
        } catch {
          result = .failure(error)
        }
        return (index, result)
      }
    }
    var results: [Int: Result<[Prediction], any Error>] = [:]
    for await (index, result) in group { results[index] = result }
    return results
  }
  return results
}

/// Docs/server.md, "Refuse uploads under load".
func documentedLimits(
  gate: UploadGate, classifier: Classifier, uploads: DecodingOptions,
  receive: @escaping @Sendable () async throws -> [UInt8]
) async throws -> [Prediction] {
  let predictions = try await gate.pass(limit: 50) {
    try await withTimeout(.seconds(10)) {
      let upload = try await receive()  // the body of the request
      return try await classifier.classify(
        encoded: upload, name: "the upload", decoding: uploads)
    }
  }
  return predictions
}

@Suite("Parts of documents")
struct DocumentPartTests {
  private let bench: Workbench
  private let weights: String
  private let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
  private let pool = ThreadPool(threads: 2)

  init() throws {
    bench = try Workbench()
    weights = try bench.described(.tiny("tiny-silu"))
  }

  @Test("an upload finds its photo in two files of effnet embed")
  func copies() async throws {
    let photos = URL(filePath: photo).deletingLastPathComponent().path
    for (name, options) in [("index.npz", []), ("index-64.npz", ["--resolution", "64"])] {
      let output = try bench.run(
        ["embed", photos, "-o", bench.path(name), "--weights", weights] + options)
      #expect(output.status == 0, "\(output)")
    }
    let index = try PhotoIndex(
      bench.path("index.npz"), small: bench.path("index-64.npz"),
      model: Model(contentsOf: weights), pool: pool)
    let upload = try Array(Data(contentsOf: URL(filePath: photo)))
    #expect(try await index.copies(of: upload, decoding: DecodingOptions()).first == photo)

    let file = bench.path("index.npz")
    try await append(
      upload, named: "new", to: file, by: index.extractor, decoding: DecodingOptions())
    let table = try FeatureTable(contentsOf: file)
    #expect(Array(table.names) == Array(index.names) + ["new"])
    #expect(try table.rows[table.names.count - 1] == table.rows[table.row(named: photo)])
  }

  @Test("an upload becomes a picture of its heat map")
  func heatMapOfUpload() async throws {
    let explainer = try Explainer(Model(contentsOf: weights), pool: pool)
    let upload = try Array(Data(contentsOf: URL(filePath: photo)))
    let picture = try await heatMap(of: upload, by: explainer)
    let sheet = try PixelBuffer(decoding: picture, name: "the sheet")
    #expect(sheet.width > 2 * ExplanationSheet().size)
  }

  @Test("a classifier is replaced by the run of another network, on the same threads")
  func replacement() async throws {
    let current = try await CurrentClassifier(weights: weights, pool: pool)
    let other = try bench.described(.tiny("tiny-fused"))
    try bench.folder.make("run")
    try FileManager.default.moveItem(atPath: other, toPath: bench.path("run/best.safetensors"))
    try await current.replace(
      weights: bench.path("run"), test: PixelBuffer(width: 9, height: 9, repeating: 0))
    #expect(current.classifier.description.architecture.name == "tiny-fused")
    #expect(current.classifier.pool === pool)
    await #expect(throws: WeightsError.self) {
      try await Classifier.load(weights: bench.path("none"), pool: pool)
    }
  }

  @Test("the results of a batch belong to its uploads, also next to a damaged one")
  func batch() async throws {
    let classifier = try Classifier(weights: weights, threads: 2)
    let upload = try Array(Data(contentsOf: URL(filePath: photo)))
    let batch = [upload, Array(upload.prefix(100)), upload]
    let results = await documentedResults(of: batch, classifier: classifier, uploads: .init())
    let prediction = try await classifier.classify(encoded: upload, top: 1)
    #expect(try results[0]?.get() == prediction && results[2]?.get() == prediction)
    #expect(throws: ImageError.self) { try results[1]?.get() }
    await #expect(throws: ImageError.self) {
      try await documentedBatch(of: batch, classifier: classifier, uploads: .init())
    }
    #expect(
      try await documentedBatch(of: [upload], classifier: classifier, uploads: .init())
        == [prediction])
  }

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
  private let pool: ThreadPool

  init(weights: String, pool: ThreadPool) async throws {
    current = Mutex(try await Classifier.load(weights: weights, pool: pool))
    self.pool = pool
  }

  var classifier: Classifier { current.withLock { $0 } }

  func replace(weights: String, test photo: PixelBuffer) async throws {
    let next = try await Classifier.load(weights: weights, pool: pool)
    _ = try await next.classify(photo)
    current.withLock { $0 = next }
  }
}
