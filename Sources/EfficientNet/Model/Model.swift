/// A network with its weights and its description: what one of our weight files holds.
///
///     let model = try Model(contentsOf: "lite0.safetensors")
///     model.description.classes.count  // 1,000
public struct Model: Sendable {
  /// What is needed to use the weights.
  public var description: ModelDescription
  /// The tensors, under our names.
  public var weights: Weights
  /// What the file that it was read from left open, or has beside the network: a sentence each, to be shown.
  public var notes: [String] = []

  /// The field of a safetensors file's metadata that holds the description, as JSON.
  package static let metadataKey = "swift-efficientnet"

  /// A network with weights that are complete and fit it, under our names.
  ///
  /// - Throws: ``ArchitectureError``, ``WeightsError``.
  public init(_ description: ModelDescription, weights: Weights) throws {
    try self.init(description, weights: weights, naming: .timm)
  }

  /// The same with weights under names of other programs.
  package init(_ description: ModelDescription, weights: Weights, naming: NameMap) throws {
    try description.architecture.validate()
    if let complaint = description.complaint {
      throw WeightsError.unsupported(source: weights.source, reason: "cannot be used: \(complaint)")
    }
    self.description = description
    self.weights = try naming.canonical(weights, for: description.architecture)
  }

  /// Reads one of our weight files.
  ///
  /// - Throws: ``WeightsError``, ``ArchitectureError``.
  public init(contentsOf path: String) throws {
    try self.init(described: Weights(safetensors: path))
  }

  /// Reads one of our weight files in memory.
  ///
  /// - Parameter source: What messages call the file.
  /// - Throws: ``WeightsError``, ``ArchitectureError``.
  public init(safetensors bytes: [UInt8], source: String) throws {
    try self.init(described: Weights(safetensors: bytes, source: source))
  }

  /// The network that the metadata of `weights` describes.
  ///
  /// - Throws: ``WeightsError``.
  package init(described weights: Weights) throws {
    guard let description = try Self.description(in: weights) else {
      throw WeightsError.unsupported(
        source: weights.source,
        reason: "does not say which network it is for: name one with --model")
    }
    try self.init(description, weights: weights)
  }

  /// The description in the metadata of `weights`; nil if there is none.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)``.
  package static func description(in weights: Weights) throws(WeightsError) -> ModelDescription? {
    guard let json = weights.metadata[metadataKey] else { return nil }
    do {
      let description: ModelDescription = try decodedJSON(Array(json.utf8))
      try description.architecture.validate()
      return description
    } catch let error as ArchitectureError {
      throw .damaged(source: weights.source, reason: "\(error)")
    } catch {
      throw .damaged(source: weights.source, reason: "its description cannot be read (\(error))")
    }
  }

  /// Writes one of our weight files: safetensors, the description in its metadata.
  ///
  /// - Throws: ``WeightsError``; no partial file is left.
  public func write(to path: String) throws {
    var weights = weights
    let architecture = description.architecture
    // The fields that other programs may want, in words; the description has all of them.
    weights.metadata = [
      Self.metadataKey: try encodedJSON(description),
      "variant": architecture.name,
      "classes": "\(architecture.classes)",
      "resolution": "\(architecture.resolution)",
      "padding": architecture.padding.rawValue,
      "batch_norm_epsilon": "\(architecture.batchNormEpsilon)",
      "provenance": description.provenance,
    ]
    try weights.write(safetensors: path)
  }

  /// Whether the metadata of `weights` has a description, as in the files that ``write(to:)`` makes.
  package static func isDescribed(by weights: Weights) -> Bool {
    weights.metadata[metadataKey] != nil
  }
}
