import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Testing

/// The programs of README and of the documentation, on a tiny network.
@Suite("Examples of features")
struct ExampleTests {
  @Test("a program searches for a photo in a file")
  func search() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(4)
    let model = try Formula.model(Architecture.tiny[0])
    // With weights from a formula, all pictures look nearly the same to every stage but the stem.
    let extractor = try FeatureExtractor(
      model, stage: "conv_stem", normalizes: true, pool: ThreadPool())
    let embedding = try Embedding(
      PhotoFeatures(extractor), of: photos, to: folder.path("features.npz"))
    try embedding.run { _, result in _ = try result.get() }
    try embedding.finish()

    let table = try FeatureTable(contentsOf: folder.path("features.npz"))
    let search = SimilaritySearch(table.rows, pool: extractor.pool)
    let photo = try PixelBuffer(contentsOf: photos[2].path)
    let matches = try search.best(10, for: extractor.features(of: photo))
    #expect(matches.count == 4 && matches[0].cosine > 0.999_99)
    #expect(table.names[matches[0].row] == photos[2].path)

    let groups = try DuplicateGroups(of: table.rows, threshold: 0.5, pool: extractor.pool)
    #expect(groups.compared == 4)

    let examples = try LabelledFeatures(
      classes: ["even", "odd"], rows: (0..<4).map { table.rows[$0] }, labels: [0, 1, 0, 1])
    let classifier = FewShotClassifier(examples, method: .centroid, pool: extractor.pool)
    #expect(try classifier.probabilities(of: extractor.features(of: photo)).count == 2)
  }

  @Test("a program finds duplicates at two resolutions")
  func duplicates() throws {
    let folder = try TemporaryFolder()
    let photos = try folder.photos(3)
    let model = try Formula.model(Architecture.tiny[0])
    let pool = ThreadPool()
    let extractor = try FeatureExtractor(model, normalizes: true, pool: pool)
    let smaller = try FeatureExtractor(
      model.withResolution(DuplicateGroups.smallResolution), normalizes: true, pool: pool)
    var (rows, smallRows, names) = ([[Float]](), [[Float]](), [String]())
    for found in PhotoFinder.photos(at: [photos[0].path, photos[1].path, photos[2].path]) {
      let photo = try PixelBuffer(contentsOf: found.path)
      rows.append(try extractor.features(of: photo))
      smallRows.append(try smaller.features(of: photo))
      names.append(found.path)
    }
    let duplicates = try DuplicateGroups(
      of: FeatureMatrix(rows), small: FeatureMatrix(smallRows),
      threshold: DuplicateGroups.standardThreshold, pool: pool)
    #expect(duplicates.compared == 3 && names.count == 3)
  }

  @Test("a program keeps its examples over a restart")
  func storedExamples() throws {
    let folder = try TemporaryFolder()
    let pool = ThreadPool()
    let extractor = try FeatureExtractor(
      Formula.model(Architecture.tiny[0]), stage: "conv_stem", pool: pool)
    let rows = try (0..<4).map { try extractor.features(of: picture($0)) }
    let stored = FeatureTable(
      source: "examples", description: extractor.description, names: ["cat", "cat", "dog", "dog"],
      rows: FeatureMatrix(rows))
    try stored.write(to: folder.path("examples.safetensors"))

    let table = try FeatureTable(contentsOf: folder.path("examples.safetensors"))
    let description = try #require(table.description)
    #expect(description.isComparable(with: extractor.description))
    let classes = Set(table.names).sorted()
    let examples = try LabelledFeatures(
      classes: classes, rows: table.names.indices.map { table.rows[$0] },
      labels: table.names.map { name in classes.firstIndex(of: name) ?? 0 })
    let classifier = FewShotClassifier(examples, method: .centroid, pool: pool)
    #expect(classifier.classes == ["cat", "dog"])
    let before = try FewShotClassifier(
      LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: [0, 0, 1, 1]),
      method: .centroid, pool: pool)
    #expect(try classifier.probabilities(of: rows[0]) == before.probabilities(of: rows[0]))
    #expect(try !classifier.isUnlikeExamples(rows[0]))
  }

  @Test("a program makes feature maps for a detector")
  func pyramid() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let pyramid = try PyramidExtractor(model, reductions: [4, 8], pool: ThreadPool())
    var session = pyramid.makeSession(maximumBatch: 2)
    let images = Tensor.batch((0..<2).map { pyramid.preprocessing.tensor(picture($0)) })
    let maps = session.outputs(images)
    #expect(maps.map(\.name) == ["blocks.1", "blocks.3"])
    #expect(maps.map(\.value.shape.c) == [20, 24])
  }
}
