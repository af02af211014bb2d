internal import EfficientNet

/// The assignment of an HDF5 file's data sets to the tensors of a Keras model.
struct KerasTensors {
  enum Naming: String {
    /// The names in the model.
    case layers
    /// A class and a number, in the order of the layers: "conv2d_3" is the fourth Conv2D.
    case order
  }

  /// The paths of the data sets by "layer/variable".
  private(set) var paths: [String: String] = [:]
  var naming = Naming.layers
  let contents: HDF5Contents

  /// Finds the tensors in a file of either format.
  ///
  /// - Parameters:
  ///   - contents: The attributes and data sets of the file.
  ///   - model: The model's configuration, or nil if it is unknown.
  init(_ contents: HDF5Contents, model: KerasLayer?) throws(FormatError) {
    self.contents = contents
    if let root = ["model_weights", ""].first(where: {
      contents.texts("layer_names", of: $0) != nil
    }) {
      try readLegacy(root: root, model: model)
    } else {
      try readVariables(model: model)
    }
    if paths.isEmpty { throw .unsupported("is an HDF5 file without the weights of a Keras model") }
  }

  /// Adds a tensor.
  ///
  /// - Throws: ``FormatError`` if another tensor has the same name.
  mutating func add(layer: String, variable: String, path: String) throws(FormatError) {
    let name = "\(layer)/\(variable)"
    guard paths.updateValue(path, forKey: name) == nil else {
      throw .unsupported(
        "has two tensors \(WeightsError.quoted(name)), in nested models; "
          + (naming == .order
            ? "save the whole model as .keras, which names the layers"
            : "give the layers different names"))
    }
  }
}

extension String {
  /// Returns the text without a number at its end: "conv2d" for "conv2d_1", "kernel" for
  /// "kernel:0".
  func withoutNumber(after separator: Character) -> String {
    guard let cut = lastIndex(of: separator), Int(self[index(after: cut)...]) != nil else {
      return self
    }
    return String(self[..<cut])
  }
}
