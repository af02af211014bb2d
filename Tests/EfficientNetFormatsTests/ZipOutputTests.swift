import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("ZipOutput")
struct ZipOutputTests {
  /// An archive could not be read if an entry were shorter than its header states.
  @Test("a part with an unexpected length traps")
  func wrongLength() async {
    await #expect(processExitsWith: .failure) {
      try? withTemporaryFolder { folder in
        let entry = ZipOutput.Entry(name: "x", header: [], byteCount: 10) { _ in [1, 2, 3] }
        try ZipOutput.write([entry], to: folder + "/x.npz")
      }
    }
  }
}
