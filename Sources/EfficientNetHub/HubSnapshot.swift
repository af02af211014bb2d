public import EfficientNet
public import EfficientNetFormats

/// A repository's files, as they were downloaded.
public struct HubSnapshot: Hashable, Sendable {
  /// What was downloaded.
  public let repository: HubRepository
  /// The network's name, its preprocessing and classes.
  public let configuration: TimmConfiguration
  /// The configuration's file.
  public let configurationPath: String
  /// The weights: safetensors, or a PyTorch checkpoint where the repository has nothing else.
  public let weightsPath: String
  /// Where and what exactly it was.
  public let source: HubSource

  /// The network with its weights.
  ///
  /// - Parameter allowsMissingHead: As in ``Model/FileOptions``.
  /// - Throws: `TimmConfigurationError`, `WeightsError`.
  public func model(allowsMissingHead: Bool = false) throws -> Model {
    let description = try configuration.description(provenance: provenance)
    var options = Model.FileOptions()
    options.adaptsEnds = false
    options.allowsMissingHead = allowsMissingHead
    return try Model(weightFile: weightsPath, for: description, options: options)
  }

  /// One line for the provenance of a model.
  public var provenance: String {
    let commit = source.commit.map { ", commit \($0)" } ?? ""
    return "\(source.endpoint)/\(repository.id)\(commit), sha256 \(source.weights.sha256)"
  }
}

/// Where a snapshot comes from: the file source.json beside it.
public struct HubSource: Hashable, Codable, Sendable {
  /// One file.
  public struct File: Hashable, Codable, Sendable {
    /// Its name, for instance "model.safetensors".
    public var name: String
    /// Its bytes.
    public var size: Int
    /// SHA-256 of its bytes in lower-case hexadecimal.
    public var sha256: String
  }

  /// The server, for instance "https://huggingface.co".
  public var endpoint: String
  /// Owner and name.
  public var repository: String
  /// The branch, tag or commit that was asked for.
  public var revision: String
  /// The commit that it was then, if the server said so.
  public var commit: String?
  /// The configuration.
  public var configuration: File
  /// The weights.
  public var weights: File

  /// The name of this beside them.
  static let fileName = "source.json"
}
