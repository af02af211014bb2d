internal import EfficientNet

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A layer as a Keras model's configuration describes it; a model is a layer that has layers.
///
///     {"class_name": "Conv2D", "config": {"name": "stem_conv", "filters": 32, …}, …}
struct KerasLayer: Decodable {
  /// The class, without the package that it was registered in.
  var className: String
  /// The layer's own name.
  var name: String?
  /// A model's layers in the model's order.
  var layers: [KerasLayer] = []
  /// The extents (n, h, w, c) of an input layer, unknown ones nil.
  var batchShape: [Int?]?
  /// The name of a layer's activation function.
  var activation: String?
  /// Whether a batch norm has gamma, and whether it has beta.
  var hasGamma = true
  var hasBeta = true
  /// A batch norm's epsilon.
  var epsilon: Double?
  /// What a Rescaling or Normalization layer does; nil if it is not known.
  var step: KerasStep?

  /// The layers that are no models, in order.
  var leaves: [KerasLayer] { layers.isEmpty ? [self] : layers.flatMap(\.leaves) }

  private enum Keys: String, CodingKey {
    case className = "class_name"
    case config, name, layers, activation, scale, center, offset, mean, variance, invert, epsilon
    case batchShape = "batch_shape"
    case batchInputShape = "batch_input_shape"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let registered = try container.decode(String.self, forKey: .className)
    className = registered.split(separator: ">").last.map(String.init) ?? registered
    // Before Keras 2.2.3 the configuration of a Sequential was the list of its layers.
    if let layers = try? container.decode([KerasLayer].self, forKey: .config) {
      self.layers = layers
      return
    }
    let config = try container.nestedContainer(keyedBy: Keys.self, forKey: .config)
    name = try? config.decode(String.self, forKey: .name)
    if config.contains(.layers) { layers = try config.decode([KerasLayer].self, forKey: .layers) }
    batchShape =
      (try? config.decode([Int?].self, forKey: .batchShape))
      ?? (try? config.decode([Int?].self, forKey: .batchInputShape))
    activation = try? config.decode(String.self, forKey: .activation)
    if className.hasSuffix("BatchNormalization") {
      hasGamma = (try? config.decode(Bool.self, forKey: .scale)) ?? true
      hasBeta = (try? config.decode(Bool.self, forKey: .center)) ?? true
      epsilon = try? config.decode(Double.self, forKey: .epsilon)
    } else if className == "Rescaling",
      let scale = try? config.decode(KerasNumbers.self, forKey: .scale),
      let offset = try? config.decode(KerasNumbers.self, forKey: .offset)
    {
      step = .rescaling(KerasRescaling(scale: scale, offset: offset))
    } else if className == "Normalization" {
      step = try Self.normalization(config, name: name)
    }
  }

  /// What a Normalization layer does; nil if it is not known. One that was given its mean has no variables.
  private static func normalization(
    _ config: KeyedDecodingContainer<Keys>, name: String?
  ) throws -> KerasStep? {
    if (try? config.decode(Bool.self, forKey: .invert)) == true { return nil }
    let isGiven = try [Keys.mean, .variance].contains { key in
      try config.contains(key) && !config.decodeNil(forKey: key)
    }
    guard isGiven else { return name.map(KerasStep.normalization) }
    guard let mean = try? config.decode(KerasNumbers.self, forKey: .mean),
      let variance = try? config.decode(KerasNumbers.self, forKey: .variance),
      let rescaling = KerasRescaling(mean: mean, variance: variance)
    else { return nil }
    return .rescaling(rescaling)
  }

  /// The most bytes of a configuration; that of B7 has a million.
  static let maximumLength = 8 << 20

  /// Reads a configuration.
  ///
  /// - Throws: ``WeightsError``.
  init(json: [UInt8], source: String) throws(WeightsError) {
    guard json.count <= Self.maximumLength else {
      throw .unsupported(
        source: source, reason: "has a model configuration of \(json.count) bytes")
    }
    do {
      self = try JSONDecoder().decode(KerasLayer.self, from: Data(json))
    } catch let error as DecodingError {
      throw .damaged(
        source: source, reason: "its model configuration is not valid: \(error.summary)")
    } catch {
      throw .damaged(source: source, reason: "its model configuration is not valid: \(error)")
    }
  }
}

/// What one layer does with pixels before the first layer that has weights for them.
enum KerasStep: Codable, Hashable {
  case rescaling(KerasRescaling)
  /// (x − mean) / √variance, which are variables of the layer with this name.
  case normalization(String)

  private enum Keys: String, CodingKey { case normalization }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    if let name = try container.decodeIfPresent(String.self, forKey: .normalization) {
      self = .normalization(name)
    } else {
      self = .rescaling(try KerasRescaling(from: decoder))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .rescaling(let rescaling): try rescaling.encode(to: encoder)
    case .normalization(let name):
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(name, forKey: .normalization)
    }
  }
}

/// What a Rescaling layer does with pixels: x · scale + offset, for all channels or each.
struct KerasRescaling: Codable, Hashable {
  var scale: KerasNumbers
  var offset: KerasNumbers

  init(scale: KerasNumbers, offset: KerasNumbers) { (self.scale, self.offset) = (scale, offset) }

  /// (x − mean) / √variance; nil if they are not for three colours, or impossible.
  init?(mean: KerasNumbers, variance: KerasNumbers) {
    guard let means = mean.colours, let variances = variance.colours,
      variances.allSatisfy({ $0 >= 0 })
    else { return nil }
    // Keras' own guard against division by zero.
    let scales = variances.map { 1 / max($0.squareRoot(), 1e-7) }
    let offsets = zip(means, scales).map { 0 - $0 * $1 }
    guard (scales + offsets).allSatisfy(\.isFinite) else { return nil }
    (scale, offset) = (.many(scales), .many(offsets))
  }
}

/// A number, or one for every channel.
enum KerasNumbers: Codable, Hashable {
  case one(Double)
  case many([Double])

  /// For red, green and blue; nil if there is another number of them.
  var colours: [Double]? {
    switch self {
    case .one(let number): [number, number, number]
    case .many(let numbers): numbers.count == 3 ? numbers : nil
    }
  }

  private enum Keys: String, CodingKey { case config, value }

  /// Arrays stand as they are or wrapped: {"class_name": "__numpy__" or "__tensor__", "config": {"value": […]}}.
  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Keys.self) {
      let config = try container.nestedContainer(keyedBy: Keys.self, forKey: .config)
      self = try config.decode(KerasNumbers.self, forKey: .value)
      return
    }
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .one(number)
    } else {
      self = .many(try container.decode([Double].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .one(let number): try container.encode(number)
    case .many(let numbers): try container.encode(numbers)
    }
  }
}
