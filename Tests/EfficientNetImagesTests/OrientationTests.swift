import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetImages

/// Every place of an orientation in a file. Fixtures/make_orientations.py wrote the files and
/// Pillow's results.
@Suite struct OrientationTests {
  struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let file: Data
    /// Nil if Pillow refuses the file because of its metadata.
    let orientation: Int?

    var testDescription: String { name }

    static let all: [Case] =
      (try? JSONDecoder().decode(
        [Case].self, from: Data(contentsOf: URL(filePath: Fixture.path("orientations.json")))))
      ?? []
  }

  @Test func casesAreThere() { #expect(Case.all.count > 60) }

  @Test(arguments: Case.all)
  func equalsPillow(file: Case) throws {
    let bytes = Array(file.file)
    let signature = ImageFormat(signatureOf: bytes.span)
    let format = try #require(signature)
    let found = Orientation(in: bytes.span, format: format) ?? .unchanged
    if let expected = file.orientation { #expect(found.rawValue == expected) }
    #if !EFFNET_WEBP
      if format == .webP { return }
    #endif
    // Metadata never keeps a photo from being read.
    let photo = try PixelBuffer(decoding: bytes, name: file.name)
    #expect(photo.width == (found.swapsSides ? 2 : 3))
  }
}
