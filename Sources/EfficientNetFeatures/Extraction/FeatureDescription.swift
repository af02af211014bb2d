public import EfficientNetCompute

/// A description of the rows of a table, sufficient to make comparable ones. Files of `effnet
/// embed` contain it as JSON.
public struct FeatureDescription: Hashable, Codable, Sendable {
  /// The name of the network. Files of `effnet embed` have the name of the weight file or of the run
  /// instead, if there is one.
  public var model: String
  /// The fingerprint of the weights and the preprocessing; see
  /// ``FeatureExtractor/fingerprint(of:stage:)``.
  public var weights: String
  /// The stage of the network whose map is averaged, such as "blocks.4"; "global_pool" for the
  /// pooled features.
  public var stage: String
  /// The number of features of a row.
  public var features: Int
  /// Whether every row is scaled to the Euclidean length 1.
  public var isNormalized: Bool
  /// The number format of activations and weights.
  public var precision: Precision
  /// The side of the input image in pixels.
  public var resolution: Int
  /// The network as named on the command line, if it was.
  public var modelOption: String?
  /// The weight file named on the command line, if one was.
  public var weightFile: String?

  private enum CodingKeys: String, CodingKey {
    case model, weights, stage, features, precision, resolution
    case isNormalized = "normalized"
    case modelOption = "model_option"
    case weightFile = "weight_file"
  }

  /// Returns whether features of two descriptions may be compared.
  ///
  /// They may if weights, preprocessing, stage and resolution are equal. The precision may differ,
  /// and so may the length of the rows, which cosines ignore.
  ///
  /// - Parameter other: The description to compare with.
  public func isComparable(with other: FeatureDescription) -> Bool {
    weights == other.weights && stage == other.stage && features == other.features
      && resolution == other.resolution
  }
}
