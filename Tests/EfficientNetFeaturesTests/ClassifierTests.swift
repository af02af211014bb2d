import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Testing

@Suite("Classifying many photos")
struct ClassifierTests {
  @Test(
    "a batch of any size gives the results of single photos, in order",
    arguments: [1, 2, 8, nil] as [Int?])
  func order(batch: Int?) throws {
    let folder = try TemporaryFolder()
    var photos = try folder.photos(5)
    try folder.write([1, 2, 3], "broken.png")
    photos.insert(contentsOf: PhotoFinder.photos(at: [folder.path("broken.png")]), at: 2)
    let classifier = try Classifier(
      Formula.model(Architecture.tiny[0]), pool: ThreadPool(threads: 2))
    var found: [[Prediction]?] = []
    let totals = try classifier.forEach(photos, top: 3, batch: batch) { index, classes in
      #expect(index == found.count)
      found.append(try? classes.get())
    }
    let expected = try photos.map { photo in
      try (try? PixelBuffer(contentsOf: photo.path)).map { try classifier.classify($0, top: 3) }
    }
    #expect(found == expected && found[2] == nil)
    #expect(totals.photos == 6 && totals.failures == 1)
  }
}
