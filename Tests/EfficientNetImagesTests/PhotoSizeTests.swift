import EfficientNetCompute
import Testing

@testable import EfficientNetImages

@Suite struct PhotoSizeTests {
  @Test(arguments: Fixture.jpegs + Fixture.pngs + Fixture.turned)
  func equalsDecodedPhoto(name: String) throws {
    let path = Fixture.path(name)
    for appliesOrientation in [true, false] {
      let size = try PhotoSize(path: path, appliesOrientation: appliesOrientation)
      let photo = try PixelBuffer(
        contentsOf: path, options: DecodingOptions(appliesOrientation: appliesOrientation))
      #expect(size.width == photo.width && size.height == photo.height)
      #expect(size.pixels == photo.width * photo.height)
      #expect(try size.byteCount == Fixture.read(name).count)
    }
  }

  @Test func refusesOtherFiles() {
    #expect(throws: ImageError.notAPicture(name: Fixture.path("orientations.json"))) {
      try PhotoSize(path: Fixture.path("orientations.json"))
    }
    #expect(throws: ImageError.self) { try PhotoSize(path: Fixture.path("missing.jpg")) }
  }
}
