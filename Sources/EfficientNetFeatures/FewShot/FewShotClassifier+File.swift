internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetFormats

extension FewShotClassifier {
  /// The contents of a file besides its tensors, as JSON.
  private struct Stored: Codable {
    var classes: [String]
    var method: Method
    var scale: Double
    var leastCosine: Float?
    var validation: CrossValidation
    var description: FeatureDescription?

    /// Whether the numbers are possible for a number of examples.
    func isPossible(examples: Int) -> Bool {
      classes.count >= 2 && scale.isFinite && leastCosine?.isFinite != false
        && validation.outcomes.allSatisfy { outcome in
          0..<examples ~= outcome.row && classes.indices ~= outcome.label
            && classes.indices ~= outcome.prediction && 0...1 ~= outcome.probability
        }
    }
  }

  /// The names of metadata and tensors in files.
  private enum Fields {
    static let json = "few-shot-classifier"
    static let checksum = "checksum"
    static let parameters = "parameters"
    static let examples = "examples"
  }

  /// Writes the classifier to a .safetensors file: the fitted numbers, the features of the
  /// examples, the results of ``validation``, and ``description``. Equal classifiers give equal
  /// bytes.
  ///
  /// The file appears under its name only when it is complete; an existing file is replaced.
  ///
  /// - Parameter path: The path of the file, such as "cats-and-dogs.safetensors".
  /// - Throws: ``FeaturesError/unsuitable(path:reason:)`` if ``description`` is nil: after a
  ///   restart, nothing would show that another network made the features. `WeightsError` if the
  ///   file cannot be written.
  public func write(to path: String) throws {
    guard description != nil else {
      throw FeaturesError.unsuitable(
        path: path,
        reason: "was not written: the classifier has no description; set it to that of the "
          + "extractor that computed the examples")
    }
    let parameters = classifier.parameters
    let examples = (0..<neighbors.rows.count).flatMap { neighbors.rows[$0] }
    let json = try encodedJSON(
      Stored(
        classes: classes, method: method, scale: classifier.scale,
        leastCosine: neighbors.leastCosine, validation: validation, description: description))
    let header = try SafetensorsHeader.bytes(
      of: [
        (Fields.parameters, .f64, [classes.count, parameters.count / classes.count]),
        (Fields.examples, .f32, [neighbors.rows.count, dimensions]),
      ],
      metadata: [
        Fields.json: json, Fields.checksum: Self.checksum(json, parameters, examples),
      ], path: path)
    do {
      var file = try OutputFile(path: path)
      try file.write(header.span.bytes)
      try file.write(parameters.span.bytes)
      try file.write(examples.span.bytes)
      try file.commit()
    } catch {
      throw WeightsError.file(error)
    }
  }

  /// Reads a classifier that ``write(to:)`` has written. It gives the same results as the stored
  /// one.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - pool: The threads to search the examples on.
  /// - Throws: `WeightsError` if the file cannot be read, is damaged or has no such classifier.
  public init(contentsOf path: String, pool: ThreadPool) throws {
    let file = try fileErrors { () throws(FileError) in try OpenFile(path: path) }
    let header = try SafetensorsHeader(of: file)
    guard let json = header.metadata[Fields.json] else {
      throw WeightsError.unsupported(
        source: path, reason: "has no classifier of FewShotClassifier.write(to:)")
    }
    func damaged(_ reason: String) -> WeightsError { .damaged(source: path, reason: reason) }
    let stored: Stored
    do { stored = try decodedJSON(Array(json.utf8)) } catch {
      throw damaged(
        "its description cannot be read (\(error)); another version may have written it")
    }
    func tensor(_ name: String, _ dtype: SafetensorsType) -> SafetensorsHeader.Entry? {
      header.entries.first { $0.name == name && $0.dtype == dtype && $0.shape.count == 2 }
    }
    let bias = stored.method == .logistic ? 1 : 0
    guard let numbers = tensor(Fields.parameters, .f64), let rows = tensor(Fields.examples, .f32),
      rows.count > 0, numbers.shape == [stored.classes.count, rows.shape[1] + bias],
      stored.isPossible(examples: rows.shape[0])
    else { throw damaged("its tensors do not match its description") }
    let (parameters, examples) = try fileErrors { () throws(FileError) in
      try file.checkMemory()
      let parameters = try file.doubles(at: numbers.byteOffset, count: numbers.count)
      let examples = try file.floats(at: rows.byteOffset, count: rows.count)
      try file.checkUnchanged()
      return (parameters, examples)
    }
    guard header.metadata[Fields.checksum] == Self.checksum(json, parameters, examples),
      parameters.allSatisfy(\.isFinite), examples.allSatisfy(\.isFinite)
    else { throw damaged("its checksum is wrong; copy it again") }

    (classes, method, dimensions) = (stored.classes, stored.method, rows.shape[1])
    (validation, description) = (stored.validation, stored.description)
    classifier =
      switch method {
      case .centroid:
        CentroidClassifier(
          parameters: parameters, dimensions: dimensions, scale: stored.scale,
          validation: validation)
      case .logistic:
        LogisticClassifier(parameters: parameters, classes: classes.count, validation: validation)
      }
    neighbors = ExampleNeighbors(
      FeatureMatrix(dimensions: dimensions, elements: examples), leastCosine: stored.leastCosine,
      pool: pool)
  }

  private static func checksum(
    _ json: String, _ parameters: [Double], _ examples: [Float]
  ) -> String {
    var hash = StableHash()
    hash.combine(json)
    hash.combine(parameters.span.bytes)
    hash.combine(examples.span.bytes)
    return String(hash.value, radix: 16)
  }
}
