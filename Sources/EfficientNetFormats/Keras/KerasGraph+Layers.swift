internal import EfficientNet
internal import EfficientNetCompute

extension KerasGraph {
  /// Layers that return their input unchanged outside training.
  private static let trainingOnly: Set<String> = [
    "ActivityRegularization", "AlphaDropout", "Dropout", "FixedDropout", "GaussianDropout",
    "GaussianNoise", "Identity", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom", "SpatialDropout2D",
  ]

  /// Settings that change no value outside training.
  private static let irrelevant: Set<String> = [
    "autocast", "batch_input_shape", "batch_shape", "dtype", "momentum", "name", "renorm_momentum",
    "trainable",
  ]

  /// Keras' defaults of settings that a configuration leaves out.
  private static let defaults: [String: KerasSetting] = [
    "axis": -1, "center": true, "data_format": "channels_last", "depth_multiplier": 1,
    "dilation_rate": [1, 1], "epsilon": .number(1e-3), "groups": 1, "invert": false,
    "keepdims": false, "offset": 0, "padding": "valid", "scale": true, "strides": [1, 1],
    "use_bias": true,
  ]

  private static let numberTypes: Set<String> = [
    "float16", "float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16",
  ]

  /// Checks a layer's settings.
  ///
  /// - Parameters:
  ///   - node: The layer.
  ///   - expected: The permitted values of each setting, the usual value first. All other settings
  ///     must be null.
  ///   - read: Settings that other code reads.
  /// - Throws: ``WeightsError``, which names the layer and the setting.
  func check(
    _ node: Node, _ expected: [String: [KerasSetting]], reads read: Set<String> = []
  ) throws(WeightsError) {
    for (key, value) in node.settings.sorted(by: { $0.key < $1.key })
    where value != .null && expected[key] == nil && !read.contains(key) {
      guard Self.irrelevant.contains(key) else {
        throw refusal("\(node.title) has an unknown setting \(WeightsError.quoted(key))")
      }
    }
    for (key, values) in expected.sorted(by: { $0.key < $1.key }) {
      guard let value = node.settings[key] ?? Self.defaults[key] else { continue }
      guard values.contains(value) else {
        let usual =
          values.first.map { ", but the network has \($0)" } ?? ", which the network does not have"
        throw refusal("\(node.title) has \(key) \(value)\(usual)")
      }
    }
    // The type is a name, or a policy with a name.
    let type = node.settings["dtype"].map { $0["config"]?["name"] ?? $0 } ?? .null
    guard type == .null || Self.numberTypes.contains(type.text ?? "") else {
      throw refusal("\(node.title) computes in the unknown type \(type)")
    }
  }

  /// Returns the node that computes a node's value: skips layers that matter in training only, and
  /// layers that reshape pooled features.
  func computing(_ index: Int) throws(WeightsError) -> Int {
    var index = index
    while true {
      let node = nodes[index]
      switch node.className {
      case "Reshape":
        let target = node.settings["target_shape"]?.list ?? []
        guard target.dropLast().allSatisfy({ $0 == 1 }) else {
          throw refusal("\(node.title) reshapes to \(KerasSetting.list(target))")
        }
      case "Activation":
        guard node.settings["activation"] ?? "linear" == "linear" else { return index }
      case "Flatten": break
      default:
        guard Self.trainingOnly.contains(node.className) else { return index }
      }
      guard node.inputs.count == 1 else {
        throw refusal("\(node.title) reads \(node.inputs.count) values")
      }
      index = node.inputs[0]
    }
  }

  /// Returns the preprocessing that the layers before the network's first layer perform.
  ///
  /// - Throws: ``WeightsError``, which names an unknown layer.
  func steps(before index: Int) throws(WeightsError) -> [KerasStep] {
    var steps: [KerasStep] = []
    var index = index
    while true {
      index = try computing(index)
      let node = nodes[index]
      let step: KerasStep?
      switch node.className {
      case "InputLayer":
        return steps.reversed()
      case "Rescaling":
        try check(node, [:], reads: ["scale", "offset"])
        step = KerasStep(rescaling: node.settings)
      case "Normalization":
        try check(
          node, ["axis": [-1, 3, [3], [-1]], "invert": [false]], reads: ["mean", "variance"])
        step = KerasStep(normalization: node.settings, name: node.name)
      default:
        throw refusal(
          "\(node.title) is an unknown kind of preprocessing; save the model without it")
      }
      guard let step, node.inputs.count == 1 else {
        throw refusal("\(node.title) has invalid numbers")
      }
      steps.append(step)
      index = node.inputs[0]
    }
  }
}

extension KerasGraph.Node {
  /// The function of an activation layer; nil for other layers, and for functions that our networks
  /// do not have.
  var activation: Activation? {
    switch className {
    case "Activation":
      switch settings["activation"]?.text {
      case "silu", "swish": return .silu
      case "relu": return .relu
      case "relu6": return .relu6
      case "sigmoid": return .sigmoid
      default: return nil
      }
    case "ReLU":
      guard [0, .null].contains(settings["negative_slope"] ?? 0),
        [0, .null].contains(settings["threshold"] ?? 0)
      else { return nil }
      switch settings["max_value"] ?? .null {
      case .null: return .relu
      case 6: return .relu6
      default: return nil
      }
    default: return nil
    }
  }
}
