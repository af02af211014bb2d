internal import EfficientNet

extension KerasTensors {
  /// Reads the format of Keras 3 (`.weights.h5`, also inside `.keras`).
  ///
  ///     layers/conv2d_1/vars/0        the first variable of the second layer of class Conv2D;
  ///                                   since Keras 3.8 'vars' has the layer's name as 'name'
  ///     layers/functional/layers/…    a model that is a layer
  ///     optimizer/vars/…              left out
  mutating func readVariables(model: KerasLayer?) throws(FormatError) {
    let described = model?.layersByPath ?? [:]
    for (path, group) in try variableGroups().sorted(by: { $0.key < $1.key }) {
      let stem = path.split(separator: "/").last.map(String.init) ?? "model"
      let ownName = contents.text("name", of: group.attributes) ?? described[path]?.name
      if ownName == nil { naming = .order }
      let className =
        described[path].map { KerasLayer.snakeCase($0.className) } ?? stem.withoutNumber(after: "_")
      let names = try variableNames(
        className: className, layer: described[path], count: group.variables.count, path: path)
      for (index, name) in names.enumerated() {
        guard let dataset = group.variables[index] else {
          throw .damaged(
            "\(WeightsError.quoted(path)) has \(names.count) variables, but no number \(index)")
        }
        if name != "count" { try add(layer: ownName ?? stem, variable: name, path: dataset) }
      }
    }
  }

  private typealias Group = (attributes: String, variables: [Int: String])

  /// Returns the variables of each layer. A key is the path of the layer's group, without the final
  /// 'vars'.
  private func variableGroups() throws(FormatError) -> [String: Group] {
    var groups: [String: Group] = [:]
    for path in contents.datasets.keys {
      // "\" is the separator on Windows; Keras 2.13 has another name for layers.
      let parts = path.split { $0 == "/" || $0 == "\\" }.map {
        $0 == "_layer_checkpoint_dependencies" ? "layers" : String($0)
      }
      if parts.first == "optimizer" || parts.contains("seed_generator") { continue }
      guard parts.count >= 2, parts[parts.count - 2] == "vars",
        let index = Int(parts[parts.count - 1])
      else {
        throw .unsupported(
          "has a data set \(WeightsError.quoted(path)), which Keras does not write; "
            + "save it with Keras")
      }
      let attributes = String(path.dropLast(parts[parts.count - 1].count + 1))
      let group = parts.dropLast(2).joined(separator: "/")
      guard
        groups[group, default: (attributes, [:])].variables.updateValue(path, forKey: index) == nil
      else { throw .damaged("it has \(WeightsError.quoted(path)) twice") }
    }
    return groups
  }

  /// Returns the names of a layer's variables in Keras' order; numbers if the class is unknown.
  private func variableNames(
    className: String, layer: KerasLayer?, count: Int, path: String
  ) throws(FormatError) -> [String] {
    let names: [String]
    switch className {
    case "conv2d", "depthwise_conv2d", "dense":
      names = ["kernel", "bias"]
      if count == 1 { return ["kernel"] }
    case "batch_normalization", "sync_batch_normalization":
      let all = ["gamma", "beta", "moving_mean", "moving_variance"]
      if count == 2 { return Array(all[2...]) }
      if count == 3, layer == nil {
        throw .unsupported(
          "does not state whether \(WeightsError.quoted(path)) has gamma or beta; "
            + "save the whole model as .keras")
      }
      names = all.filter {
        !($0 == "gamma" && layer?.settings["scale"] == false)
          && !($0 == "beta" && layer?.settings["center"] == false)
      }
    case "normalization":
      names = ["mean", "variance", "count"]
    default:
      return (0..<count).map(String.init)
    }
    guard count == names.count else {
      throw .unsupported(
        "has \(count) variables in \(WeightsError.quoted(path)), expected \(names.count)")
    }
    return names
  }
}
