internal import EfficientNet

/// Which data set of an HDF5 file is which tensor of a Keras model.
struct KerasTensors {
  /// Whose the layers' names are.
  enum Naming: String {
    /// The model's own.
    case layers
    /// A class and a number, in the order of the layers: "conv2d_3" is the fourth Conv2D.
    case order
  }

  /// The paths of the data sets by "layer/variable".
  private(set) var paths: [String: String] = [:]
  var naming = Naming.layers
  let contents: HDF5Contents

  /// Finds the tensors in a file of either form.
  ///
  /// - Parameter model: The model's configuration, if it is known.
  /// - Throws: ``FormatError``.
  init(_ contents: HDF5Contents, model: KerasLayer?) throws(FormatError) {
    self.contents = contents
    if let root = ["model_weights", ""].first(where: {
      contents.texts("layer_names", of: $0) != nil
    }) {
      try readLegacy(root: root, model: model)
    } else {
      try readVariables(model: model)
    }
    if paths.isEmpty {
      throw .unsupported("is an HDF5 file without the weights of a Keras model")
    }
  }

  /// Adds a tensor.
  ///
  /// - Throws: ``FormatError`` if there is one of that name.
  mutating func add(layer: String, variable: String, path: String) throws(FormatError) {
    let name = "\(layer)/\(variable)"
    guard paths.updateValue(path, forKey: name) == nil else {
      throw .unsupported(
        "has two tensors \(WeightsError.quoted(name)), in models inside each other; "
          + (naming == .order
            ? "save the whole model as .keras, which names the layers"
            : "give the layers different names"))
    }
  }
}

extension String {
  /// "conv2d" for "conv2d_1", "kernel" for "kernel:0".
  func withoutNumber(after separator: Character) -> String {
    guard let cut = lastIndex(of: separator), Int(self[index(after: cut)...]) != nil else {
      return self
    }
    return String(self[..<cut])
  }
}
