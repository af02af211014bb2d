public import EfficientNet
public import EfficientNetFormats

/// The downloaded files of a repository.
///
///     let snapshot = try HubRepository("timm/efficientnet_b0.ra_in1k").pull()
///     let classifier = try Classifier(snapshot.model(), pool: ThreadPool())
public struct HubSnapshot: Hashable, Sendable {
  /// The repository and revision.
  public let repository: HubRepository
  /// The network's name, preprocessing and classes.
  public let configuration: TimmConfiguration
  /// The path of the configuration file.
  public let configurationPath: String
  /// The path of the weights: safetensors, or a PyTorch checkpoint if the repository has no
  /// safetensors file.
  public let weightsPath: String
  /// The server, the commit and the digests of the files.
  public let source: HubSource

  /// Reads the network with its weights.
  ///
  /// - Parameter allowsMissingHead: Whether to accept weights without a classifier: see
  ///   `Model.FileOptions`.
  /// - Returns: The model.
  /// - Throws: `TimmConfigurationError`, `WeightsError`.
  public func model(allowsMissingHead: Bool = false) throws -> Model {
    let description = try configuration.description(provenance: provenance)
    var options = Model.FileOptions()
    options.adaptsEnds = false
    options.allowsMissingHead = allowsMissingHead
    return try Model(weightFile: weightsPath, for: description, options: options)
  }

  /// The server, repository, commit and digest in one line.
  public var provenance: String {
    let commit = source.commit.map { ", commit \($0)" } ?? ""
    return "\(source.endpoint)/\(repository.id)\(commit), sha256 \(source.weights.sha256)"
  }
}

/// The origin of a snapshot, stored as source.json beside its files.
public struct HubSource: Hashable, Codable, Sendable {
  /// The name, size and digest of a file.
  public struct File: Hashable, Codable, Sendable {
    /// The name, such as "model.safetensors".
    public var name: String
    /// The size in bytes.
    public var size: Int
    /// The SHA-256 in lower-case hexadecimal.
    public var sha256: String
  }

  /// The server, such as "https://huggingface.co".
  public var endpoint: String
  /// The owner and name.
  public var repository: String
  /// The requested branch, tag or commit.
  public var revision: String
  /// The commit that the revision was then, or nil if the server did not report it.
  public var commit: String?
  /// The configuration file.
  public var configuration: File
  /// The weight file.
  public var weights: File

  static let fileName = "source.json"
}
