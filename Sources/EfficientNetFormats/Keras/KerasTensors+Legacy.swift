internal import EfficientNet

extension KerasTensors {
  /// Reads the format of Keras 1 and 2, which Keras 3 still writes as `.h5`: at the root, or in
  /// 'model_weights'.
  ///
  ///     attribute layer_names                    the layers
  ///     stem_conv, attribute weight_names        "stem_conv/kernel:0", the path of a data set
  ///     base, a model: weight_names              "stem_conv/kernel:0", "stem_bn/gamma:0", …
  mutating func readLegacy(root: String, model: KerasLayer?) throws(FormatError) {
    let prefix = root.isEmpty ? "" : root + "/"
    let models = Dictionary(
      (model?.layers ?? []).compactMap { layer in layer.name.map { ($0, layer) } },
      uniquingKeysWith: { first, _ in first })
    // The variables outside of layers.
    let own = "top_level_model_weights"
    var layers = contents.texts("layer_names", of: root) ?? []
    if contents.texts("weight_names", of: prefix + own) != nil { layers.append(own) }
    for layer in layers {
      guard let names = contents.texts("weight_names", of: prefix + layer) else {
        throw .damaged("layer \(WeightsError.quoted(layer)) has no weight_names")
      }
      let parsed = names.map { Self.parts($0, layer: layer) }
      let isModel =
        models[layer]?.layers.isEmpty == false || Set(parsed.compactMap(\.scope)).count > 1
      for (name, (scope, variable)) in zip(names, parsed) {
        if variable == "count" || variable == "iterations" { continue }
        // A scope may differ from the layer's name ("stem_conv_1" for the second model of a
        // session), but nested models have no better name.
        let inner = scope ?? models[layer]?.leaves.first { $0.className == "Normalization" }?.name
        try add(
          layer: isModel ? inner ?? "normalization" : layer, variable: variable,
          path: "\(prefix)\(layer)/\(name)")
      }
    }
  }

  /// Returns the last scope and the variable of a weight's name: (nil, "mean") for "mean:0",
  /// ("stem_conv", "kernel") for "stem_conv/stem_conv/kernel:0".
  private static func parts(
    _ name: String, layer: String
  ) -> (scope: String?, variable: String) {
    let parts = name.split(separator: "/")
    var variable = String(parts.last ?? "").withoutNumber(after: ":")
    // Keras 1: "convolution2d_1_W".
    if parts.count == 1, variable.hasPrefix(layer + "_") {
      variable = String(variable.dropFirst(layer.count + 1))
    }
    switch variable {
    case "W", "depthwise_kernel": variable = "kernel"
    case "b": variable = "bias"
    case "running_mean": variable = "moving_mean"
    case "running_std": variable = "moving_variance"
    default: break
    }
    return (parts.count > 1 ? String(parts[parts.count - 2]) : nil, variable)
  }
}
