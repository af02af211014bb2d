#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension KerasLayer {
  /// Classes whose layers have weights that act on pixels: what stands before the first of them prepares pixels.
  private static let weighted = ["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense"]
  /// Layers behind a classifier, or between it and its activation, that leave the numbers as they are.
  private static let transparent = ["Dropout", "Flatten", "Reshape"]

  /// What a model's configuration says beside its layers' names.
  ///
  /// | field | for instance |
  /// |---|---|
  /// | keras_config_name | efficientnetb0 |
  /// | keras_input | 224,224,3 |
  /// | keras_preprocessing | [{"offset":0,"scale":0.00392156862745098},{"normalization":"normalization"}], in the order of the layers |
  /// | keras_batch_norm_epsilon | 0.001; several ones are separated by commas |
  /// | keras_activations | sigmoid,silu: those between the layers, in the order of the alphabet |
  /// | keras_classifier_activation | softmax |
  /// | keras_unread_preprocessing | names of layers in front, separated by commas, that compute what is not read here |
  var metadata: [String: String] {
    var result: [String: String] = [:]
    result["keras_config_name"] = name
    let leaves = leaves
    if let shape = leaves.lazy.compactMap(\.batchShape).first {
      let extents = shape.dropFirst().compactMap { $0 }
      if extents.count == 3, shape.count == 4 {
        result["keras_input"] = extents.map(String.init).joined(separator: ",")
      }
    }
    let front = leaves.prefix { !Self.weighted.contains($0.className) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    if let json = try? encoder.encode(front.compactMap(\.step)) {
      result["keras_preprocessing"] = String(decoding: json, as: UTF8.self)
    }
    let unread = front.filter { layer in
      switch layer.className {
      case "Rescaling", "Normalization": layer.step == nil
      case "Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "TrueDivide", "Divide",
        "Multiply", "Add", "Subtract":
        true
      default: false
      }
    }
    if !unread.isEmpty {
      result["keras_unread_preprocessing"] =
        unread.map { $0.name ?? $0.className }.joined(separator: ",")
    }
    let epsilons = Set(leaves.compactMap(\.epsilon)).sorted()
    if !epsilons.isEmpty {
      result["keras_batch_norm_epsilon"] = epsilons.map { "\($0)" }.joined(separator: ",")
    }
    let inner = Set(leaves.dropLast().compactMap(\.activation)).subtracting(["linear"])
      .map { $0 == "swish" ? "silu" : $0 }
    if !inner.isEmpty { result["keras_activations"] = inner.sorted().joined(separator: ",") }
    if let last = leaves.last(where: { !Self.transparent.contains($0.className) }) {
      switch last.className {
      case "Softmax": result["keras_classifier_activation"] = "softmax"
      case "Dense", "Activation", "Conv2D": result["keras_classifier_activation"] = last.activation
      default: break
      }
    }
    return result
  }

  /// The model's layers by the path of their group in a weight file: "layers/conv2d_1" is the second layer of
  /// class Conv2D. Models are followed eight deep.
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

  /// For instance "depthwise_conv2d" for DepthwiseConv2D.
  ///
  /// Source: `to_snake_case` of [keras/src/utils/naming.py](https://github.com/keras-team/keras/blob/v3.12.0/keras/src/utils/naming.py).
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
