/// A variant as one framework implements it: all that has to be right for its weights to give its numbers.
///
///     let b0 = try PublishedNetwork(named: "timm/tf_efficientnet_b0")
///     b0.architecture.padding      // .same
///     b0.preprocessing.resize      // 256
///
/// Short names ("b0") are the official implementation.
public struct PublishedNetwork: Hashable, Sendable {
  /// The name, for instance "torchvision/efficientnet_b4".
  public let name: String
  package let framework: Framework
  /// The network.
  public let variant: Variant
  /// What happens to a photo before the network sees it.
  public let preprocessing: Preprocessing

  init(_ name: String, _ framework: Framework, _ variant: Variant, _ preprocessing: Preprocessing) {
    self.name = framework.prefix + name
    (self.framework, self.variant, self.preprocessing) = (framework, variant, preprocessing)
  }

  /// Every network that is known, framework by framework.
  public static let all: [PublishedNetwork] =
    officialNetworks + kerasNetworks + timmNetworks
    + torchvisionNetworks + lukemelasNetworks

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The network with this name.
  ///
  /// - Throws: ``UnknownNetworkError``.
  public init(named name: String) throws(UnknownNetworkError) {
    guard let network = Self.byName[name] else {
      throw UnknownNetworkError(name: name, known: Self.all.map(\.name))
    }
    self = network
  }

  /// The official implementation of a variant.
  package init(_ variant: Variant) {
    self.init(variant.name, .official, variant, variant.preprocessing)
  }

  /// The network with the framework's padding and batch norm, at the resolution of ``preprocessing``.
  public var architecture: Architecture {
    var architecture = framework.architecture(of: variant)
    architecture.name = name
    architecture.resolution = preprocessing.crop
    return architecture
  }

  /// The network with the classes of ImageNet.
  public func imageNetDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: architecture, preprocessing: preprocessing, classes: ClassLabel.imageNet,
      provenance: provenance)
  }
}

/// A name that no network has.
public struct UnknownNetworkError: Error, Hashable, CustomStringConvertible {
  let name: String
  let known: [String]

  /// Says which names come closest.
  public var description: String {
    let closest = known.map { ($0, $0.edits(to: name)) }.sorted { $0.1 < $1.1 }
    let suggestions = closest.prefix(3).map { "'\($0.0)'" }.joined(separator: ", ")
    return
      "no model is called \(WeightsError.quoted(name)); the closest of \(known.count) names are "
      .oneLine + "\(suggestions): 'effnet models --all' lists them"
  }
}

extension Preprocessing {
  /// Red, green and blue of the photos of ImageNet: mean and deviation, in units of 0…255.
  static let imageNetMean: [Float] = [123.675, 116.28, 103.53]
  static let imageNetDeviation: [Float] = [58.395, 57.12, 57.375]

  /// Resize, crop, and ImageNet's mean and deviation.
  static func imageNet(
    resize: Int, crop: Int, _ interpolation: Interpolation = .bicubic, squash: Bool = false
  ) -> Self {
    Preprocessing(
      resize: resize, crop: crop, interpolation: interpolation, squash: squash,
      mean: imageNetMean, std: imageNetDeviation)
  }

  /// Resize, crop, and one mean and deviation for all colours.
  static func even(
    resize: Int, crop: Int, _ interpolation: Interpolation = .bicubic, squash: Bool = false,
    mean: Float, std: Float
  ) -> Self {
    Preprocessing(
      resize: resize, crop: crop, interpolation: interpolation, squash: squash,
      mean: [mean, mean, mean], std: [std, std, std])
  }

  /// The same steps for another resolution, the crop as large a part of the resized photo as before.
  ///
  /// - Precondition: `resolution` is 1 to ``maximumSide``.
  package func at(resolution: Int) -> Preprocessing {
    precondition(1...Self.maximumSide ~= resolution, "a crop of \(resolution) pixels")
    var result = self
    result.resize = max(1, (2 * resize * resolution + crop) / (2 * crop))
    result.crop = resolution
    return result
  }
}
