import EfficientNetCompute
import EfficientNetImages
import Testing

/// 500 photos of ImageNet, which some machines have beside the repository.
@Suite struct SampleTests {
  static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/shared/data/imagenet-sample"
  }()

  static var isThere: Bool { PhotoFinder.photos(at: [folder]).count > 1 }

  @Test(.enabled(if: isThere, "no folder ../shared/data/imagenet-sample beside the repository"))
  func everyPhotoIsRead() throws {
    for path in PhotoFinder.photos(at: [Self.folder]).map(\.path) {
      let photo = try PixelBuffer(contentsOf: path)
      #expect(photo.width > 16 && photo.height > 16)
    }
  }
}
