internal import EfficientNet

/// A layer in the configuration of a Keras model. A model is a layer that contains layers.
///
///     {"class_name": "Conv2D", "config": {"name": "stem_conv", "filters": 32, …},
///      "inbound_nodes": […]}
struct KerasLayer: Decodable {
  /// The class, without the package that registered it.
  let className: String
  /// The package or module of a class that is not one of Keras.
  let package: String?
  private(set) var name: String?
  private(set) var layers: [KerasLayer] = []
  /// The configuration, without layers and settings of training.
  private(set) var settings: [String: KerasSetting] = [:]
  /// The arguments of each call of the layer; nil in a model that calls its layers one after the
  /// other.
  private(set) var calls: [KerasSetting]?

  /// Whether the layer is a model that only consists of its layers.
  var isModel: Bool {
    package == nil && ["Functional", "Model", "Sequential"].contains(className)
  }

  /// The layers that are not models, in order.
  var leaves: [KerasLayer] { layers.isEmpty ? [self] : layers.flatMap(\.leaves) }

  private enum Keys: String, CodingKey {
    case className = "class_name"
    case registeredName = "registered_name"
    case inboundNodes = "inbound_nodes"
    case module, config
  }

  /// Returns whether a setting determines how a weight is created or constrained in training.
  private static func isForTraining(_ setting: String) -> Bool {
    ["_initializer", "_regularizer", "_constraint"].contains { setting.hasSuffix($0) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let stated = try container.decode(String.self, forKey: .className)
    let parts = stated.split(separator: ">", maxSplits: 1).map(String.init)
    className = parts.last ?? stated
    // Keras 3 and the .keras files of Keras 2 name the module, and registered classes as
    // "package>name".
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

  /// The largest size of a configuration in bytes; that of B7 has a million.
  static let maximumLength = 8 << 20

  init(json: [UInt8]) throws(FormatError) {
    guard json.count <= Self.maximumLength else {
      throw .unsupported(
        "has a model configuration of \(json.count) bytes; the limit is \(Self.maximumLength)")
    }
    do { self = try decodedJSON(json) } catch {
      throw .damaged("its model configuration is not valid: \(error)")
    }
  }
}

extension KerasLayer {
  /// The parts of a model's configuration that describe the whole model.
  ///
  /// | field | example |
  /// |---|---|
  /// | keras_config_name | efficientnetb0 |
  /// | keras_input | 224,224,3 |
  var metadata: [String: String] {
    var result: [String: String] = [:]
    result["keras_config_name"] = name
    let input = leaves.first { $0.settings.batchShape != nil }
    result["keras_input"] = input?.settings.imageExtents?.map(String.init).joined(separator: ",")
    return result
  }

  /// The layers of the model by the path of their group in a weight file: "layers/conv2d_1" is the
  /// second layer of class Conv2D. Nested models are included to a depth of eight.
  var layersByPath: [String: KerasLayer] { layersByPath(depth: 8) }

  private func layersByPath(depth: Int) -> [String: KerasLayer] {
    var result: [String: KerasLayer] = [:]
    var counts: [String: Int] = [:]
    for layer in layers where depth > 0 {
      let stem = Self.snakeCase(layer.className)
      let count = counts[stem, default: 0]
      counts[stem] = count + 1
      let path = count == 0 ? "layers/\(stem)" : "layers/\(stem)_\(count)"
      result[path] = layer
      for (inner, layer) in layer.layersByPath(depth: depth - 1) {
        result["\(path)/\(inner)"] = layer
      }
    }
    return result
  }

  /// Returns the class name in snake case, such as "depthwise_conv2d" for DepthwiseConv2D.
  ///
  /// Source: `to_snake_case` of
  /// [keras/src/utils/naming.py](https://github.com/keras-team/keras/blob/v3.12.0/keras/src/utils/naming.py).
  static func snakeCase(_ className: String) -> String {
    let letters = className.filter { $0.isLetter || $0.isNumber || $0 == "_" }.map { $0 }
    var result = ""
    for (index, letter) in letters.enumerated() {
      if letter.isUppercase, index > 0, letters[index - 1] != "_",
        letters[index - 1].isLowercase
          || index + 1 < letters.count && letters[index + 1].isLowercase
      {
        result += "_"
      }
      result += letter.lowercased()
    }
    return result
  }
}
