internal import EfficientNet
internal import EfficientNetCompute

extension KerasGraph {
  /// Layers that give back what they are given, except in training.
  private static let trainingOnly: Set<String> = [
    "ActivityRegularization", "AlphaDropout", "Dropout", "FixedDropout", "GaussianDropout",
    "GaussianNoise", "Identity", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom", "SpatialDropout2D",
  ]

  /// Settings that change no value in use.
  private static let irrelevant: Set<String> = [
    "autocast", "batch_input_shape", "batch_shape", "dtype", "momentum", "name", "renorm_momentum",
    "trainable",
  ]

  /// Keras' own values where a configuration leaves them out.
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
  ///   - expected: What each setting may be, the usual value first. All others have to be null.
  ///   - read: Settings that are looked at elsewhere.
  /// - Throws: ``WeightsError``, which names the layer and the setting.
  func check(
    _ node: Node, _ expected: [String: [KerasSetting]], reads read: Set<String> = []
  ) throws(WeightsError) {
    for (key, value) in node.settings.sorted(by: { $0.key < $1.key })
    where value != .null && expected[key] == nil && !read.contains(key) {
      guard Self.irrelevant.contains(key) else {
        throw refusal("\(node.title) has a setting \(WeightsError.quoted(key)) that is not known")
      }
    }
    for (key, values) in expected.sorted(by: { $0.key < $1.key }) {
      guard let value = node.settings[key] ?? Self.defaults[key] else { continue }
      guard values.contains(value) else {
        let usual =
          values.first.map { ", the network has \($0)" } ?? ", which the network does not have"
        throw refusal("\(node.title) has \(key) \(value)\(usual)")
      }
    }
    // The type is a name, or a policy with one.
    let type = node.settings["dtype"].map { $0["config"]?["name"] ?? $0 } ?? .null
    guard type == .null || Self.numberTypes.contains(type.text ?? "") else {
      throw refusal("\(node.title) computes in \(type), which is not known")
    }
  }

  /// The node whose value a node has: layers that matter in training only are passed, and those that give another shape to
  /// pooled features.
  ///
  /// - Throws: ``WeightsError``.
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

  /// What the layers do that lead to the network's first one.
  ///
  /// - Throws: ``WeightsError``, which names a layer that is not known.
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
          "\(node.title) prepares photos in a way that is not known; save the model without it")
      }
      guard let step, node.inputs.count == 1 else {
        throw refusal("\(node.title) has numbers that are not known")
      }
      steps.append(step)
      index = node.inputs[0]
    }
  }
}

extension KerasGraph.Node {
  /// The function that an activation layer computes; nil for others, and for functions that our networks do not have.
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
