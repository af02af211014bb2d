/// A network with its weights and its description, the contents of a weight file of this library.
///
///     let model = try Model(contentsOf: "lite0.safetensors")
///     model.description.classes.count  // 1,000
public struct Model: Sendable {
  /// The network, its preprocessing and its classes.
  public var description: ModelDescription
  /// The weights, under timm's names.
  public var weights: Weights
  /// Notes about the file that the model was read from: decisions that the file left open, and
  /// contents other than the network. Each is a sentence to show to the user.
  public var notes: [String] = []

  /// The metadata field of a safetensors file that holds the description as JSON.
  package static let metadataKey = "swift-efficientnet"

  /// Creates a model from a description and weights, and checks that they fit.
  ///
  /// - Parameters:
  ///   - description: The network, its preprocessing and its classes.
  ///   - weights: All tensors of the network, under timm's names.
  /// - Throws: ``ArchitectureError`` for an invalid network, ``WeightsError`` for weights that do
  ///   not fit it.
  public init(_ description: ModelDescription, weights: Weights) throws {
    try self.init(description, weights: weights, naming: .timm)
  }

  /// Creates a model from weights under another program's names.
  ///
  /// - Parameters:
  ///   - description: The network, its preprocessing and its classes.
  ///   - weights: The tensors; with `read`, only their names and shapes are used.
  ///   - naming: The names of the tensors.
  ///   - read: Reads the tensors with their elements; nil if `weights` has them.
  package init(
    _ description: ModelDescription, weights: Weights, naming: NameMap,
    read: (() throws(WeightsError) -> Weights)? = nil
  ) throws {
    try description.architecture.validate()
    if let complaint = description.complaint {
      throw WeightsError.unsupported(source: weights.source, reason: "cannot be used: \(complaint)")
    }
    self.description = description
    var weights = weights
    if let read {
      // A file of another network is refused before its elements are read.
      _ = try naming.matched(weights, to: description.architecture)
      let outline = weights
      weights = try read()
      guard weights.metadata == outline.metadata else {
        throw WeightsError.file(
          FileError(
            path: weights.source, reason: "was replaced while it was read; read it again"))
      }
    }
    self.weights = try naming.canonical(weights, for: description.architecture)
    try checkCodes()
  }

  /// Reads a weight file of this library.
  ///
  /// - Parameter path: The path of a safetensors file with a description, or of the folder of a
  ///   training run, whose best.safetensors is read.
  /// - Throws: ``WeightsError`` for a file that cannot be read, is damaged or has no description,
  ///   and for a folder without weights.
  public init(contentsOf path: String) throws {
    let path = try Self.weightFile(at: path)
    try self.init(described: Weights(outlineOf: path)) { () throws(WeightsError) in
      try Weights(safetensors: path)
    }
  }

  /// Returns the weight file that a path means: the path itself, or the best.safetensors in the
  /// folder of a training run.
  ///
  /// - Throws: ``WeightsError`` for a folder without this file.
  package static func weightFile(at path: String) throws(WeightsError) -> String {
    guard FileStatus(path)?.kind == .folder else { return path }
    let best = path.hasSuffix("/") ? "\(path)best.safetensors" : "\(path)/best.safetensors"
    guard FileStatus(best)?.kind == .file else {
      throw .file(
        FileError(
          path: path,
          reason: "the folder has no best.safetensors: it is not the folder of a run, or its first "
            + "epoch has not ended; name a weight file or a run, such as runs/train/photos"))
    }
    return best
  }

  /// Reads the bytes of a weight file of this library.
  ///
  /// - Parameters:
  ///   - bytes: The contents of a safetensors file with a description.
  ///   - source: The name of the file in error messages.
  /// - Throws: ``WeightsError`` for a file that cannot be read, is damaged or has no description.
  public init(safetensors bytes: [UInt8], source: String) throws {
    try self.init(described: Weights(safetensors: bytes, source: source))
  }

  /// Creates the network that the metadata of `weights` describes; for `read`, see
  /// ``init(_:weights:naming:read:)``.
  ///
  /// - Throws: ``WeightsError``.
  package init(
    described weights: Weights, read: (() throws(WeightsError) -> Weights)? = nil
  ) throws {
    guard let description = try Self.description(in: weights) else {
      throw WeightsError.unsupported(
        source: weights.source,
        reason: "does not say which network it is for; name the network with "
          + "Model(weightFile:for:) of EfficientNetFormats")
    }
    try self.init(description, weights: weights, naming: .timm, read: read)
  }

  /// Returns the description in the metadata of `weights`; nil if there is none.
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

  /// Writes a weight file of this library: safetensors with the description in its metadata.
  ///
  /// - Parameter path: The path of the file; an existing file is replaced.
  /// - Throws: ``WeightsError`` if the file cannot be written; no partial file remains.
  public func write(to path: String) throws {
    try described().write(safetensors: path)
  }

  /// Writes the bytes of ``write(to:)-(String)``, without giving the file its name.
  package func write(to file: inout OutputFile) throws { try described().write(to: &file) }

  /// Returns the number of bytes that ``write(to:)-(String)`` writes.
  ///
  /// - Throws: ``WeightsError`` if the file cannot be written.
  package func byteCount() throws -> Int { try described().safetensorsByteCount() }

  /// Returns the weights with the description in their metadata.
  private func described() throws -> Weights {
    var weights = description.quantization == nil ? withoutQuantization().weights : weights
    let architecture = description.architecture
    // These fields are for other programs; the description contains all of them.
    weights.metadata = [
      Self.metadataKey: try encodedJSON(description),
      "variant": architecture.name,
      "classes": "\(architecture.classes)",
      "resolution": "\(architecture.resolution)",
      "padding": architecture.padding.rawValue,
      "batch_norm_epsilon": "\(architecture.batchNormEpsilon)",
      "provenance": description.provenance,
    ]
    return weights
  }
}
