/// A variant as one framework implements it: all that has to be right for its weights to give its numbers.
///
///     let b0 = try Implementation(named: "timm/tf_efficientnet_b0")
///     b0.architecture.padding      // .same
///     b0.preprocessing.resize      // 256
///
/// Short names ("b0") are the official implementation.
public struct Implementation: Hashable, Sendable {
  /// The name, for instance "torchvision/efficientnet_b4".
  public let name: String
  /// The framework.
  public let flavour: Flavour
  /// The network.
  public let variant: Variant
  /// What happens to a photo before the network sees it.
  public let preprocessing: Preprocessing

  init(_ name: String, _ flavour: Flavour, _ variant: Variant, _ preprocessing: Preprocessing) {
    self.name = flavour.prefix + name
    (self.flavour, self.variant, self.preprocessing) = (flavour, variant, preprocessing)
  }

  /// Every implementation that is known, framework by framework.
  public static let all: [Implementation] =
    officialImplementations + kerasImplementations + timmImplementations
    + torchvisionImplementations + lukemelasImplementations

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The implementation with this name.
  ///
  /// - Throws: ``UnknownImplementationError``.
  public init(named name: String) throws(UnknownImplementationError) {
    guard let implementation = Self.byName[name] else {
      throw UnknownImplementationError(name: name)
    }
    self = implementation
  }

  /// The official implementation of a variant.
  public init(_ variant: Variant) {
    self.init(variant.name, .official, variant, variant.preprocessing)
  }

  /// The network with the framework's padding and batch norm, at the resolution of ``preprocessing``.
  public var architecture: Architecture {
    var architecture = flavour.architecture(of: variant)
    architecture.name = name
    architecture.resolution = preprocessing.crop
    return architecture
  }

  /// The implementation with the classes of ImageNet.
  public func imageNetDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: architecture, preprocessing: preprocessing, classes: ClassLabel.imageNet,
      provenance: provenance)
  }
}

/// A name that no implementation has.
public struct UnknownImplementationError: Error, Hashable, CustomStringConvertible {
  /// The name.
  public let name: String

  /// Says which names come closest.
  public var description: String {
    let names = Implementation.all.map(\.name)
    let closest = names.map { ($0, $0.edits(to: name)) }.sorted { $0.1 < $1.1 }
    let suggestions = closest.prefix(3).map { "'\($0.0)'" }.joined(separator: ", ")
    return
      "no model is called \(WeightsError.quoted(name)); the closest of \(names.count) names are "
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
  public func at(resolution: Int) -> Preprocessing {
    precondition(1...Self.maximumSide ~= resolution, "a crop of \(resolution) pixels")
    var result = self
    result.resize = max(1, (2 * resize * resolution + crop) / (2 * crop))
    result.crop = resolution
    return result
  }
}
