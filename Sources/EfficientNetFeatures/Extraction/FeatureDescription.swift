public import EfficientNetCompute

/// What the rows of a table of features are, so that more of the same kind can be made: the files of `effnet embed`
/// carry it as JSON.
public struct FeatureDescription: Hashable, Codable, Sendable {
  /// The name of the network.
  public var model: String
  /// What tells its weights and preprocessing from others: ``FeatureExtractor/fingerprint(of:stage:)``.
  public var weights: String
  /// The part of the network that the features are the mean of, or "global_pool".
  public var stage: String
  /// Numbers of a row.
  public var features: Int
  /// Whether every row has the Euclidean length 1.
  public var isNormalized: Bool
  /// The precision of the network's feature maps.
  public var precision: Precision
  /// Side of the input image in pixels.
  public var resolution: Int
  /// The network as the command line named it, if it did.
  public var modelOption: String?
  /// The weight file that the command line named, if it did.
  public var weightFile: String?

  private enum CodingKeys: String, CodingKey {
    case model, weights, stage, features, precision, resolution
    case isNormalized = "normalized"
    case modelOption = "model_option"
    case weightFile = "weight_file"
  }

  /// Whether features of both kinds may be compared: what made them is the same, but for the precision and the way it
  /// was named. Cosines do not depend on the length of rows either.
  public func isComparable(with other: FeatureDescription) -> Bool {
    weights == other.weights && stage == other.stage && features == other.features
      && resolution == other.resolution
  }
}
