extension KerasLayer {
  /// What a model's configuration says of the whole, for a reader.
  ///
  /// | field | for instance |
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
