internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetFeatures

/// A table of features of photos that the server searches.
package struct PhotoIndex: Sendable {
  private let table: FeatureTable
  private let search: SimilaritySearch

  /// Opens a file of `effnet embed`.
  ///
  /// - Throws: `WeightsError`, `FeaturesError`.
  package init(contentsOf path: String) throws {
    table = try FeatureTable(contentsOf: path)
    search = SimilaritySearch(table.rows, pool: ThreadPool(threads: 1))
  }

  /// The number of photos.
  var count: Int { table.rows.count }

  /// Whether rows of the table can be compared with features of a model.
  func isComparable(with model: ServedModel) -> Bool {
    table.description.map {
      $0.weights == model.fingerprint && $0.stage == FeatureExtractor.pooled
    } ?? (table.rows.dimensions == model.dimensions)
  }

  /// Throws if rows of the table cannot be compared with features of a model.
  ///
  /// - Throws: ``RequestError`` with status 400.
  func check(_ model: ServedModel) throws(RequestError) {
    guard isComparable(with: model) else {
      throw RequestError(
        status: 400,
        message: "the index was made with another network than '\(model.name)'; make it with "
          + "'effnet embed' and the weights that the server has")
    }
  }

  /// A photo of the index with the cosine of its features.
  struct Match: Encodable, Sendable { let path: String, similarity: Double }

  /// Returns the photos most similar to features, best first.
  ///
  /// - Throws: `FeaturesError`.
  func best(_ count: Int, for features: [Float]) throws -> [Match] {
    try search.best(count, for: features).map {
      Match(path: table.names[$0.row], similarity: Double($0.cosine))
    }
  }
}

extension InferenceServer {
  /// Finds the photos of the index that are similar to a photo.
  func similar(_ head: RequestHead, _ body: [UInt8]) async throws -> ServerAnswer {
    struct Value: Encodable, Sendable { let photos: [PhotoIndex.Match] }
    guard let index else {
      throw RequestError(
        status: 404, message: "the server has no index of photos; start it with --index")
    }
    let (upload, fields) = try upload(head, body, fields: ["model", "count"])
    // The model of the index is the default.
    let own = try models.names.first {
      try models.entry($0).model.map(index.isComparable(with:)) == true
    }
    let model = try models.model(fields["model"] ?? own)
    try index.check(model)
    let count = try number("count", in: fields, 1...1000, default: 10)
    let results = try await compute(upload.inputs, model) {
      Value(photos: try index.best(count, for: $0.features))
    }
    return try answer(results, upload, model, head)
  }
}
