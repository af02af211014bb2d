import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Damaged arrays: each must load or fail with an error, in short time and bounded memory.
@Suite("Damaged .npy and .npz files")
struct NumPyMutationTests {
  /// The number of mutations per file; EFFNET_MUTATIONS replaces it.
  static let count = Mutations.count(500)

  @Test(
    "a damaged .npy file loads, or fails with an error",
    arguments: ["matrix.npy", "version2.npy", "fortran-big.npy", "structured.npy", "u8-big.npy"])
  func arrays(name: String) throws {
    let original = try Fixture.bytes("numpy/\(name)")
    // Most damage goes into the dictionary without the spaces behind it.
    let end = original.lastIndex(of: UInt8(ascii: "}")).map { $0 + 1 } ?? original.count
    var mutations = Mutations(seed: UInt64(name.utf8.count))
    var refused = 0
    for round in 0..<Self.count {
      let bytes =
        round % 2 == 0
        ? mutations.damaged(original)
        : Array(original[..<10]) + mutations.damaged(Array(original[10..<end])) + original[end...]
      do {
        let array = try NumPyArray(npy: bytes, source: "damaged")
        #expect(array.shape.reduce(1, *) == array.elements.count)
      } catch {
        #expect(error.description.hasPrefix("damaged "))
        #expect(!error.description.contains { $0.isNewline })
        refused += 1
      }
    }
    #expect(refused > Self.count / 10)
  }

  @Test(
    "a damaged .npz file loads, or fails with an error", arguments: ["stored.npz", "deflated.npz"])
  func archives(name: String) throws {
    let original = try Fixture.bytes("numpy/\(name)")
    var mutations = Mutations(seed: UInt64(name.utf8.count))
    var refused = 0
    for _ in 0..<Self.count {
      do {
        let weights = try Weights(npz: mutations.damaged(original), source: "damaged")
        for tensor in weights.tensors.values { #expect(tensor.count == tensor.elements.count) }
      } catch {
        #expect(error.description.hasPrefix("damaged "))
        #expect(!error.description.contains { $0.isNewline })
        refused += 1
      }
    }
    #expect(refused > Self.count / 10)
  }
}
