import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Damaged Keras files: each must load or fail with an error, in short time and bounded memory.
///
/// EFFNET_MUTATIONS sets the number of mutations per file, for example 10000.
@Suite struct KerasMutationTests {
  private static let count = Mutations.count(500)

  @Test(arguments: [
    "tiny.weights.h5", "tiny_legacy.h5", "tuned_legacy.h5", "keras2.h5", "keras1.h5",
    "types.weights.h5", "masks.weights.h5", "tiny.keras", "tiny_unnamed.keras",
  ])
  func survives(name: String) throws {
    let original = KerasFixture.bytes(name)
    let whole = try Weights(kerasFile: original, source: name)
    var mutations = Mutations(seed: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }))
    var loaded = 0
    for _ in 0..<Self.count {
      do {
        let weights = try Weights(kerasFile: mutations.damaged(original), source: "damaged")
        for tensor in weights.tensors.values { #expect(tensor.count == tensor.elements.count) }
        // Elements and names may differ because they have no checksums; the number of tensors must
        // not.
        #expect(weights.tensors.count <= whole.tensors.count)
        loaded += 1
      } catch {
        #expect(error.description.hasPrefix("damaged "))
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    #expect(loaded < Self.count)
    if Self.count > 1000 { print("\(name): \(loaded) of \(Self.count) damaged files load") }
  }

  @Test(arguments: ["tiny.weights.h5", "tiny_legacy.h5", "types.weights.h5"])
  func refusesTruncations(name: String) {
    let bytes = KerasFixture.bytes(name)
    for count in stride(from: 0, to: bytes.count, by: 61) {
      #expect(throws: WeightsError.self) {
        try Weights(kerasFile: Array(bytes[..<count]), source: "cut")
      }
    }
  }
}
