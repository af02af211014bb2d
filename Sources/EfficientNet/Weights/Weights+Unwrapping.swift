extension Weights {
  /// Returns the tensors under the names of the bare network. A prefix such as "model.",
  /// "backbone." or "_orig_mod." is removed, and a replaced classifier gets its usual name. Tensors
  /// without the prefix move to `beside`.
  package func unwrapped() -> Weights {
    var result = self
    let prefixes = Self.networkPrefixes(of: tensors.keys)
    if prefixes.count == 1, let prefix = prefixes.first {
      result.tensors = [:]
      for (name, tensor) in tensors {
        if name.hasPrefix(prefix) {
          result.tensors[String(name.dropFirst(prefix.count))] = tensor
        } else {
          result.beside.append(name)
        }
      }
      result.beside.sort()
    }
    if let (old, new) = result.replacedHead {
      for (name, tensor) in result.tensors where name.hasPrefix(old) {
        result.tensors[name] = nil
        result.tensors[new + name.dropFirst(old.count)] = tensor
      }
    }
    return result
  }

  /// Returns the prefixes with which names of a known network begin, in alphabetical order; empty
  /// if the names belong to a network without a prefix.
  package static func networkPrefixes(of names: some Collection<String>) -> [String] {
    let known = Set(names)
    var prefixes: Set<String> = []
    for telltales in NameMap.allCases.map(\.telltales) {
      if telltales.allSatisfy(known.contains) { return [] }
      for name in names where name.hasSuffix(".\(telltales[0])") {
        let prefix = String(name.dropLast(telltales[0].count))
        if telltales.allSatisfy({ known.contains(prefix + $0) }) { prefixes.insert(prefix) }
      }
    }
    return prefixes.sorted()
  }

  /// The name of a layer that replaced the classifier, and the classifier's usual name.
  ///
  /// torchvision: `model.classifier = nn.Linear(…)`. Keras: a Dense layer on the pooled features.
  private var replacedHead: (old: String, new: String)? {
    switch NameMap.detected(in: self) {
    case .torchvision, .torchvisionMobileNet, .torchvisionMnasNet:
      guard tensors["classifier.1.weight"] == nil, tensors["classifier.weight"]?.shape.count == 2
      else { return nil }
      return ("classifier.", "classifier.1.")
    case .keras, .kerasV2:
      guard tensors["predictions/kernel"] == nil,
        let features = tensors["top_conv/kernel"]?.shape.last
      else { return nil }
      let dense = tensors.filter { $0.value.shape.count == 2 }.keys
      guard dense.count == 1, let name = dense.first, name.hasSuffix("/kernel"),
        tensors[name]?.shape.first == features
      else { return nil }
      return (String(name.dropLast("kernel".count)), "predictions/")
    case .timm, .lukemelas, .kerasNumbered, nil:
      return nil
    }
  }
}
