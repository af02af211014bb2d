extension Weights {
  /// These tensors under the names that the bare network has: without a prefix that all of them share
  /// ("model.", "backbone.", "_orig_mod."), and with the usual name for a classifier that replaced the original one.
  package func unwrapped() -> Weights {
    var result = self
    if let prefix = sharedPrefix {
      result.tensors = [:]
      for (name, tensor) in tensors {
        result.tensors[String(name.dropFirst(prefix.count))] = tensor
      }
    }
    if let (old, new) = result.replacedHead {
      for (name, tensor) in result.tensors where name.hasPrefix(old) {
        result.tensors[name] = nil
        result.tensors[new + name.dropFirst(old.count)] = tensor
      }
    }
    return result
  }

  /// What stands before every name, if names would be known without it.
  private var sharedPrefix: String? {
    guard NameMap.detected(in: self) == nil else { return nil }
    for first in NameMap.allCases.flatMap(\.telltales) {
      for name in names where name.hasSuffix(".\(first)") {
        let prefix = name.dropLast(first.count)
        if tensors.keys.allSatisfy({ $0.hasPrefix(prefix) }) { return String(prefix) }
      }
    }
    return nil
  }

  /// The layer that stands for the classifier under another name, and the classifier's.
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
