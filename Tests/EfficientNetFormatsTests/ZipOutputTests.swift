import EfficientNetFormats
import Foundation
import Testing

@Suite("ZipOutput")
struct ZipOutputTests {
  /// An archive whose entry is shorter than its header says could not be read.
  @Test("traps where a part has another length than was asked for")
  func wrongLength() async {
    await #expect(processExitsWith: .failure) {
      try? withTemporaryFolder { folder in
        let entry = ZipOutput.Entry(name: "x", header: [], byteCount: 10) { _ in [1, 2, 3] }
        try ZipOutput.write([entry], to: folder + "/x.npz")
      }
    }
  }
}
