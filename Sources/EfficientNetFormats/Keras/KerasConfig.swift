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
  /// What a Rescaling layer does, or a Normalization layer whose mean and variance are constants.
  var rescaling: KerasRescaling?
  /// Whether it is such a layer, and what it does is not known.
  var isUnreadRescaling = false

  /// The layers that are no models, in order.
  var leaves: [KerasLayer] { layers.isEmpty ? [self] : layers.flatMap(\.leaves) }

  private enum Keys: String, CodingKey {
    case className = "class_name"
    case config, name, layers, activation, scale, center, offset, mean, variance, invert
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
    } else if className == "Rescaling" {
      if let scale = try? config.decode(KerasNumbers.self, forKey: .scale),
        let offset = try? config.decode(KerasNumbers.self, forKey: .offset)
      {
        rescaling = KerasRescaling(scale: scale, offset: offset)
      }
      isUnreadRescaling = rescaling == nil
    } else if className == "Normalization" {
      // What was adapted to photos is in the file's tensors, and the constants are null.
      let isConstant = [Keys.mean, .variance].contains {
        (try? config.decodeNil(forKey: $0)) == false
      }
      let isInverted = (try? config.decode(Bool.self, forKey: .invert)) ?? false
      if let mean = try? config.decode(KerasNumbers.self, forKey: .mean),
        let variance = try? config.decode(KerasNumbers.self, forKey: .variance), !isInverted
      {
        rescaling = KerasRescaling(mean: mean, variance: variance)
      }
      isUnreadRescaling = isInverted || isConstant && rescaling == nil
    }
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

/// What a Rescaling layer does with pixels: x · scale + offset, for all channels or each.
struct KerasRescaling: Codable {
  var scale: KerasNumbers
  var offset: KerasNumbers
}

extension KerasRescaling {
  /// `(x − mean) / √variance`; nil if these are not as many, or a variance is not positive.
  init?(mean: KerasNumbers, variance: KerasNumbers) {
    func rescaled(_ mean: Double, _ variance: Double) -> (scale: Double, offset: Double)? {
      guard variance > 0, variance.isFinite, mean.isFinite else { return nil }
      let scale = 1 / variance.squareRoot()
      return scale.isFinite && (mean * scale).isFinite ? (scale, -mean * scale) : nil
    }
    switch (mean, variance) {
    case (.one(let mean), .one(let variance)):
      guard let value = rescaled(mean, variance) else { return nil }
      self.init(scale: .one(value.scale), offset: .one(value.offset))
    case (.many(let means), .many(let variances)) where means.count == variances.count:
      let values = zip(means, variances).compactMap(rescaled)
      guard values.count == means.count else { return nil }
      self.init(scale: .many(values.map(\.scale)), offset: .many(values.map(\.offset)))
    case (.one, .many), (.many, .one), (.many, .many):
      return nil
    }
  }
}

/// A number, or one for every channel.
enum KerasNumbers: Codable {
  case one(Double)
  case many([Double])

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
