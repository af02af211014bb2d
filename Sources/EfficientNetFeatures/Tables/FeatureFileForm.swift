public import EfficientNetCompute

/// The formats of files of features.
///
/// | format | contents |
/// |---|---|
/// | `.npz` | `features`, `names`, `description` (JSON); `numpy.load` reads it without pickle |
/// | `.npy` | the features; the names are in a second file with the suffix `.names.txt` |
/// | `.csv` | one line per row: name, f0, f1, … |
/// | `.safetensors` | `features` (F32 or BF16), `names`, `name_ends`, metadata `description` |
public enum FeatureFileForm: String, Hashable, Sendable, CaseIterable {
  /// An archive of NumPy arrays.
  case npz
  /// A single NumPy array.
  case npy
  /// A text table.
  case csv
  /// Named tensors.
  case safetensors

  /// Returns the format of a file's extension.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - precision: The number format to store: 32-bit floats, or bfloat16 in .safetensors.
  /// - Throws: ``FeaturesError/unknownForm(path:)``, ``FeaturesError/unsuitable(path:reason:)``.
  public init(path: String, storing precision: Precision = .float32) throws(FeaturesError) {
    let name = path.lowercased()
    guard let form = Self.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else {
      throw .unknownForm(path: path)
    }
    guard [.float32, .bfloat16].contains(precision) else {
      throw .unsuitable(
        path: path, reason: "cannot hold features in \(precision.rawValue); store fp32 or bf16")
    }
    guard precision == .float32 || form == .safetensors else {
      throw .unsuitable(path: path, reason: "cannot hold 16-bit numbers; use a .safetensors file")
    }
    self = form
  }

  /// The path of the names of a .npy file, one per line.
  static func namesPath(of path: String) -> String { path + ".names.txt" }

  /// Checks that the list of names of a .npy file can hold these names.
  ///
  /// - Throws: ``FeaturesError/unsuitable(path:reason:)``.
  static func check(_ names: some Sequence<String>, of path: String) throws(FeaturesError) {
    if let name = names.first(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) {
      throw .unsuitable(
        path: namesPath(of: path),
        reason: "cannot hold the name '\(name)', which has a line break; use a .npz file")
    }
  }
}
