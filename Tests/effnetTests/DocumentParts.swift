import EfficientNet
import EfficientNetExplanation
import EfficientNetFeatures
import EfficientNetImages

// Parts of programs in Docs/features.md and Docs/explain.md, line by line. They are compiled, so
// the documents follow changes of the libraries. ExampleProgramTests compares them.

/// Docs/features.md, "Duplicates in a program".
func documentedDuplicates(
  of model: Model, extractor: FeatureExtractor, pool: ThreadPool
) throws {
  let smaller = try FeatureExtractor(
    model.withResolution(DuplicateGroups.smallResolution), normalizes: true, pool: pool)
  var (rows, smallRows, names) = ([[Float]](), [[Float]](), [String]())
  for found in PhotoFinder.photos(at: ["holiday/"]) {
    let photo = try PixelBuffer(contentsOf: found.path)
    rows.append(try extractor.features(of: photo))
    smallRows.append(try smaller.features(of: photo))
    names.append(found.path)
  }
  let duplicates = try DuplicateGroups(
    of: FeatureMatrix(rows), small: FeatureMatrix(smallRows),
    threshold: DuplicateGroups.standardThreshold, pool: pool)
  for group in duplicates.groups { print(group.map { names[$0.row] }) }
}

/// Docs/features.md, "Labels in a program".
func documentedLabels(
  of rows: [[Float]], photo: PixelBuffer, extractor: FeatureExtractor, pool: ThreadPool
) throws {
  let stored = FeatureTable(
    source: "examples", description: extractor.description, names: ["cat", "cat", "dog", "dog"],
    rows: FeatureMatrix(rows))
  try stored.write(to: "examples.safetensors")

  // After a restart:
  let table = try FeatureTable(contentsOf: "examples.safetensors")
  guard let description = table.description, description.isComparable(with: extractor.description)
  else { fatalError("another network made \(table.source); compute the examples again") }
  let classes = Set(table.names).sorted()
  let examples = try LabelledFeatures(
    classes: classes, rows: table.names.indices.map { table.rows[$0] },
    labels: table.names.map { name in classes.firstIndex(of: name) ?? 0 })
  let classifier = FewShotClassifier(examples, method: .centroid, pool: pool)
  let features = try extractor.features(of: photo)
  for (name, probability) in zip(classifier.classes, try classifier.probabilities(of: features)) {
    print(name, probability)
  }
  print("unlike the examples:", try classifier.isUnlikeExamples(features))
}

/// Docs/features.md, "Feature pyramids".
func documentedPyramid(
  of model: Model, images: Tensor, extractor: FeatureExtractor
) throws {
  let pyramid = try PyramidExtractor(model, reductions: [8, 16, 32], pool: extractor.pool)
  var session = pyramid.makeSession(maximumBatch: 8)
  for map in session.outputs(images) { print(map.name, map.value.shape) }
  // blocks.2 8×28×28×40, …
}

/// Docs/explain.md, "Library".
func documentedOverlay(of explanation: Explanation, on photo: PixelBuffer) -> PixelBuffer {
  let (map, region) = (explanation.map, explanation.region)
  var bytes = photo.bytes
  for row in 0..<photo.height {
    for column in 0..<photo.width {
      let x = (Double(column) + 0.5 - region.left) / region.width
      let y = (Double(row) + 0.5 - region.top) / region.height
      guard 0...1 ~= x, 0...1 ~= y, map.peak > 0 else { continue }
      let share = Double(max(map.value(x: x, y: y), 0) / map.peak)
      let red = 3 * (row * photo.width + column)
      bytes[red] = UInt8(Double(bytes[red]) * (1 - share) + 255 * share)
    }
  }
  let overlay = PixelBuffer(width: photo.width, height: photo.height, bytes: bytes)
  return overlay
}
