// Writes the features of a folder of photos to a file, and finds the photos most similar to another:
//
//     ExampleSimilarPhotos lite0.safetensors photos/ features.npz query.jpg

import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 5 else {
  fail("usage: ExampleSimilarPhotos weights photos/ features.npz query.jpg")
}
do {
  let pool = ThreadPool()
  let extractor = try FeatureExtractor(
    Model(contentsOf: arguments[1]), normalizes: true, pool: pool)

  // One row for each photo, 1280 numbers for B0. A run that was stopped continues where it was.
  let embedding = try Embedding(
    PhotoFeatures(extractor), of: PhotoFinder.photos(at: [arguments[2]]), to: arguments[3])
  try embedding.run { index, result in
    if case .failure(let error) = result { print("\(embedding.photos[index].path): \(error)") }
  }
  try embedding.finish()

  // Rows are read when they are needed, so a million rows need no memory.
  let table = try FeatureTable(contentsOf: arguments[3])
  let query = try extractor.features(of: PixelBuffer(contentsOf: arguments[4]))
  for match in try SimilaritySearch(table.rows, pool: pool).best(5, for: query) {
    print(table.names[match.row], match.cosine)
  }
} catch {
  fail("\(error)")
}
