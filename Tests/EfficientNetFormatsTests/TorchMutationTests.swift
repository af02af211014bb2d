import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Glibc
import Testing

/// Damaged checkpoints: each must load or fail with an error, in short time and bounded memory.
@Suite struct TorchMutationTests {
  private let count = Mutations.count(2000)

  @Test(arguments: [
    "plain.legacy.pth", "views.legacy.pth", "protocol4.legacy.pth", "evil.legacy.pth",
    "plain.zip.pth", "deflated.pth",
  ])
  func survives(name: String) throws {
    let original = try Fixture.bytes(name)
    var mutations = Mutations(seed: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }))
    var loaded = 0
    for _ in 0..<count {
      do {
        let weights = try Weights(torchCheckpoint: mutations.damaged(original), source: "damaged")
        // A loaded checkpoint is consistent: every tensor has the number of elements of its shape.
        for tensor in weights.tensors.values {
          #expect(tensor.count == tensor.elements.count)
        }
        loaded += 1
      } catch {
        #expect(error.description.hasPrefix("damaged "))
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    // The legacy format has no checksums: a file with changed elements loads.
    #expect(loaded < count)
  }

  /// In the zip format, a checksum protects the pickle. So the damage goes into the legacy format,
  /// where the pickle starts after the three short pickles of the header.
  @Test func survivesDamagedPickles() throws {
    for name in ["plain.legacy.pth", "types.legacy.pth", "views.legacy.pth"] {
      let original = try Fixture.bytes(name)
      var mutations = Mutations(seed: 17)
      let head = Array(original[..<137])
      let pickle = Array(original[137..<min(original.count, 700)])
      for _ in 0..<count {
        let bytes = head + mutations.damaged(pickle) + original[min(original.count, 700)...]
        _ = try? Weights(torchCheckpoint: bytes, source: "damaged")
      }
    }
  }
}
