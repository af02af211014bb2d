public import EfficientNetSystem

/// A variant as one framework builds it: everything that weights from this framework need to give
/// the same results.
///
///     let b0 = try PublishedNetwork(named: "timm/tf_efficientnet_b0")
///     b0.architecture.padding      // .same
///     b0.preprocessing.resize      // 256
///
/// Short names such as "b0" refer to the official implementation.
public struct PublishedNetwork: Hashable, Sendable {
  /// The name with the framework's prefix, for instance "torchvision/efficientnet_b4".
  public let name: String
  package let framework: Framework
  /// The network's family and scale.
  public let variant: Variant
  /// The preprocessing of photos.
  public let preprocessing: Preprocessing
  /// The tag of timm's default weights; nil if there are none, and for other frameworks.
  private let tag: String?

  init(
    _ name: String, _ framework: Framework, _ variant: Variant, _ preprocessing: Preprocessing,
    tag: String? = nil
  ) {
    self.name = framework.prefix + name
    (self.framework, self.variant, self.preprocessing) = (framework, variant, preprocessing)
    self.tag = tag
  }

  /// All published networks, framework by framework.
  public static let all: [PublishedNetwork] =
    officialNetworks + kerasNetworks + timmNetworks
    + torchvisionNetworks + lukemelasNetworks

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Creates the network with a name.
  ///
  /// - Parameter name: The name, for instance "b0" or "timm/efficientnet_b0".
  /// - Throws: ``UnknownNetworkError`` with the closest names.
  public init(named name: String) throws(UnknownNetworkError) {
    guard let network = Self.byName[name] else {
      throw UnknownNetworkError(name: name, known: Self.all.map(\.name))
    }
    self = network
  }

  /// Creates the network with a name as people write it: upper and lower case are the same, so that
  /// "B0" is "b0".
  ///
  /// - Parameter name: The name.
  /// - Throws: ``UnknownNetworkError`` with the closest names.
  package init(ignoringCaseOf name: String) throws(UnknownNetworkError) {
    let wanted = name.lowercased()
    guard let network = Self.all.first(where: { $0.name.lowercased() == wanted }) else {
      throw UnknownNetworkError(name: name, known: Self.all.map(\.name))
    }
    self = network
  }

  /// Creates the official implementation of a variant.
  package init(_ variant: Variant) {
    self.init(variant.name, .official, variant, variant.preprocessing)
  }

  /// The repository of the network's default weights on Hugging Face, such as
  /// "timm/efficientnet_b0.ra_in1k"; nil if there is none.
  ///
  /// The weights of the authors' networks are those that timm converted from TensorFlow.
  package var repository: String? {
    switch framework {
    case .timm, .timmTensorFlow: tag.map { "\(name).\($0)" }
    case .official:
      Self.all.first { $0.framework == .timmTensorFlow && $0.variant == variant }?.repository
    case .keras, .torchvision, .lukemelas: nil
    }
  }

  /// The network with the framework's padding and batch norm, at the resolution of
  /// ``preprocessing``.
  public var architecture: Architecture {
    var architecture = framework.architecture(of: variant)
    architecture.name = name
    architecture.resolution = preprocessing.crop
    return architecture
  }

  /// Describes the network with its preprocessing and the classes of ImageNet.
  ///
  /// - Parameter provenance: The origin of the weights, in words.
  public func imageNetDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: architecture, preprocessing: preprocessing, classes: ClassLabel.imageNet,
      provenance: provenance)
  }
}

/// An error for a name that no network has.
public struct UnknownNetworkError: LibraryError {
  let name: String
  let known: [String]

  /// The error in one line, with up to three similar names.
  public var description: String {
    let similar = name.suggestions(among: known, limit: 3)
    let error = "no network is named \(WeightsError.quoted(name))".oneLine
    guard !similar.isEmpty else { return error }
    return error + "; the closest of \(known.count) names "
      + (similar.count == 1 ? "is " : "are ")
      + similar.map { "'\($0)'" }.joined(separator: ", ")
  }

  /// Always "unknownNetwork".
  public var kind: String { "unknownNetwork" }
}

extension Preprocessing {
  /// The mean and the standard deviation of red, green and blue in ImageNet's photos, in units of
  /// 0…255.
  static let imageNetMean: [Float] = [123.675, 116.28, 103.53]
  static let imageNetDeviation: [Float] = [58.395, 57.12, 57.375]

  static func imageNet(
    resize: Int, crop: Int, _ interpolation: Interpolation = .bicubic, squash: Bool = false
  ) -> Self {
    Preprocessing(
      resize: resize, crop: crop, interpolation: interpolation, squash: squash,
      mean: imageNetMean, std: imageNetDeviation)
  }

  /// Returns a preprocessing with one mean and one deviation for all colors.
  static func even(
    resize: Int, crop: Int, _ interpolation: Interpolation = .bicubic, squash: Bool = false,
    mean: Float, std: Float
  ) -> Self {
    Preprocessing(
      resize: resize, crop: crop, interpolation: interpolation, squash: squash,
      mean: [mean, mean, mean], std: [std, std, std])
  }

  /// Returns the same preprocessing for another resolution. The crop keeps its share of the resized
  /// photo.
  ///
  /// - Precondition: `resolution` is 1 to `maximumSide`.
  package func at(resolution: Int) -> Preprocessing {
    precondition(1...Self.maximumSide ~= resolution, "a crop of \(resolution) pixels")
    var result = self
    result.resize = max(1, (2 * resize * resolution + crop) / (2 * crop))
    result.crop = resolution
    return result
  }

  /// The values of ``withCropShare(_:)``.
  package static let cropShares = 0.25...1.0

  /// Returns the same preprocessing with a crop that is another share of the resized photo's shorter
  /// side: photos are resized to `⌊crop / share⌋` pixels, as by timm's `crop_pct`.
  ///
  /// - Parameter share: The share; 1 keeps the whole shorter side.
  /// - Precondition: `share` is in ``cropShares``.
  package func withCropShare(_ share: Double) -> Preprocessing {
    precondition(Self.cropShares ~= share, "a crop of \(share) of the photo")
    var result = self
    result.resize = Int((Double(crop) / share).rounded(.down))
    return result
  }
}
