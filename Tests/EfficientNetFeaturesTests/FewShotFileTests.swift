import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFeatures

@Suite("Files of few-shot classifiers")
struct FewShotFileTests {
  private let pool = ThreadPool(threads: 1)

  private func classifier(_ method: FewShotClassifier.Method) throws -> FewShotClassifier {
    var classifier = FewShotClassifier(
      try FewShotTests.clusters([5, 4, 1], spread: 0.8), method: method, pool: pool)
    classifier.description = FeatureDescription(
      model: "tiny", weights: "0123456789abcdef", stage: "global_pool", features: 12,
      isNormalized: false, precision: .float32, resolution: 33)
    return classifier
  }

  @Test("a stored classifier gives the same results", arguments: FewShotClassifier.Method.allCases)
  func roundTrip(method: FewShotClassifier.Method) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    let fitted = try classifier(method)
    try fitted.write(to: path)
    let read = try FewShotClassifier(contentsOf: path, pool: pool)
    #expect(read.classes == fitted.classes && read.method == method)
    #expect(read.validation == fitted.validation && read.description == fitted.description)
    for row in try FewShotTests.clusters([7, 7, 7], spread: 2, seed: 3).rows {
      #expect(try read.probabilities(of: row) == fitted.probabilities(of: row))
      #expect(try read.isUnlikeExamples(row) == fitted.isUnlikeExamples(row))
    }
    #expect(throws: FeaturesError.self) { try read.probabilities(of: [1]) }
    // Written again, it has the same bytes.
    let bytes = try folder.bytes("x.safetensors")
    try read.write(to: path)
    #expect(try folder.bytes("x.safetensors") == bytes)
  }

  @Test("a classifier without a description is not written")
  func undescribed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    var classifier = try classifier(.centroid)
    classifier.description = nil
    let error = #expect(throws: FeaturesError.self) { try classifier.write(to: path) }
    #expect(error?.description.hasPrefix("\(path) was not written: the classifier has no") == true)
    #expect(throws: WeightsError.self) { try FewShotClassifier(contentsOf: path, pool: pool) }
  }

  @Test("a file without a classifier is refused")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("weights.safetensors")
    try Formula.model(Architecture.tiny[0]).write(to: path)
    let error = #expect(throws: WeightsError.self) {
      try FewShotClassifier(contentsOf: path, pool: pool)
    }
    #expect(error?.description == "\(path) has no classifier of FewShotClassifier.write(to:)")
    #expect(throws: WeightsError.self) {
      try FewShotClassifier(contentsOf: folder.path("none.safetensors"), pool: pool)
    }
  }

  @Test("a damaged file is refused", arguments: FewShotClassifier.Method.allCases)
  func damage(method: FewShotClassifier.Method) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    try classifier(method).write(to: path)
    let whole = try folder.bytes("x.safetensors")
    for length in stride(from: 0, to: whole.count, by: 101) {
      try folder.write(Array(whole.prefix(length)), "x.safetensors")
      #expect(throws: WeightsError.self) { try FewShotClassifier(contentsOf: path, pool: pool) }
    }
    // The last bytes are those of an example.
    var changed = whole
    changed[whole.count - 6] ^= 1
    try folder.write(changed, "x.safetensors")
    let error = #expect(throws: WeightsError.self) {
      try FewShotClassifier(contentsOf: path, pool: pool)
    }
    #expect(error?.description == "\(path) is damaged: its checksum is wrong; copy it again")
    var mutations = Mutations(seed: 9)
    for _ in 0..<Mutations.count(500) {
      try folder.write(mutations.damaged(whole), "x.safetensors")
      do {
        let read = try FewShotClassifier(contentsOf: path, pool: pool)
        _ = read.validation.description
        _ = try read.probabilities(of: Array(repeating: 1, count: 12))
      } catch {
        #expect(!"\(error)".contains("\n"))
      }
    }
  }
}
