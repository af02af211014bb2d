internal import EfficientNet

/// A layer as a Keras model's configuration describes it; a model is a layer that has layers.
///
///     {"class_name": "Conv2D", "config": {"name": "stem_conv", "filters": 32, …}, "inbound_nodes": […]}
struct KerasLayer: Decodable {
  /// The class, without the package that it was registered in.
  let className: String
  /// Where a class that is not Keras' own comes from: a package or a module.
  let package: String?
  /// The layer's own name.
  private(set) var name: String?
  /// A model's layers in the model's order.
  private(set) var layers: [KerasLayer] = []
  /// The configuration, without its layers and what matters in training only.
  private(set) var settings: [String: KerasSetting] = [:]
  /// What the layer is called with, a value for each call; nil where a model calls its layers one after the other.
  private(set) var calls: [KerasSetting]?

  /// Whether it is a model that consists of its layers, and nothing else.
  var isModel: Bool {
    package == nil && ["Functional", "Model", "Sequential"].contains(className)
  }

  /// The layers that are no models, in order.
  var leaves: [KerasLayer] { layers.isEmpty ? [self] : layers.flatMap(\.leaves) }

  private enum Keys: String, CodingKey {
    case className = "class_name"
    case registeredName = "registered_name"
    case inboundNodes = "inbound_nodes"
    case module, config
  }

  /// Whether a setting says how a weight is made or kept in training.
  private static func isForTraining(_ setting: String) -> Bool {
    ["_initializer", "_regularizer", "_constraint"].contains { setting.hasSuffix($0) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let stated = try container.decode(String.self, forKey: .className)
    let parts = stated.split(separator: ">", maxSplits: 1).map(String.init)
    className = parts.last ?? stated
    // Keras 3 and .keras files of Keras 2 name the module, and classes that are registered as "package>name".
    let module = try container.decodeIfPresent(String.self, forKey: .module) ?? "keras.layers"
    let registered = try container.decodeIfPresent(String.self, forKey: .registeredName) ?? stated
    let names = registered.split(separator: ">", maxSplits: 1).map(String.init)
    if let package = [parts, names].first(where: { $0.count > 1 })?[0] {
      self.package = package
    } else {
      let root = String(module.prefix { $0 != "." })
      package = ["keras", "tf_keras", "tensorflow"].contains(root) ? nil : module
    }
    calls = try container.decodeIfPresent([KerasSetting].self, forKey: .inboundNodes)
    // Before Keras 2.2.3 the configuration of a Sequential was the list of its layers.
    if let layers = try? container.decode([KerasLayer].self, forKey: .config) {
      self.layers = layers
      return
    }
    let config = try container.nestedContainer(keyedBy: AnyKey.self, forKey: .config)
    for key in config.allKeys where !Self.isForTraining(key.stringValue) {
      if key.stringValue == "layers" {
        layers = try config.decode([KerasLayer].self, forKey: key)
      } else {
        settings[key.stringValue] = try config.decode(KerasSetting.self, forKey: key)
      }
    }
    name = settings["name"]?.text
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
      self = try decodedJSON(json)
    } catch {
      throw .damaged(source: source, reason: "its model configuration is not valid: \(error)")
    }
  }
}
