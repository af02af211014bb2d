public import EfficientNetCompute

/// The files that features are kept in.
///
/// | form | what is in it |
/// |---|---|
/// | `.npz` | `features.npy`, `names.npy`, `description.npy` (JSON text), uncompressed: `numpy.load` reads it without pickle |
/// | `.npy` | the features; the names are beside it, in `….npy.names.txt` |
/// | `.csv` | a line for each row: name, f0, f1, … |
/// | `.safetensors` | `features` as F32 or BF16, `names` as UTF-8 text, `name_ends`; the description in the metadata |
public enum FeatureFileForm: String, Hashable, Sendable, CaseIterable {
  /// An archive of NumPy arrays.
  case npz
  /// A NumPy array.
  case npy
  /// A table as text.
  case csv
  /// Tensors with names.
  case safetensors

  /// The form that a file's name says, which has to hold numbers of a precision: of 16 bits only
  /// .safetensors files can.
  ///
  /// - Throws: ``FeaturesError/unknownForm(path:)``, ``FeaturesError/unsuitable(path:reason:)``.
  public init(path: String, storing precision: Precision = .float32) throws(FeaturesError) {
    let name = path.lowercased()
    guard let form = Self.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else {
      throw .unknownForm(path: path)
    }
    guard precision == .float32 || form == .safetensors else {
      throw .unsuitable(
        path: path, reason: "cannot hold numbers of 16 bits; a .safetensors file can")
    }
    self = form
  }

  /// The file beside a .npy file that has its names, one a line.
  static func namesPath(of path: String) -> String { path + ".names.txt" }

  /// Checks that the file beside a .npy file can hold names.
  ///
  /// - Throws: ``FeaturesError/unsuitable(path:reason:)``.
  static func check(_ names: some Sequence<String>, of path: String) throws(FeaturesError) {
    if let name = names.first(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) {
      throw .unsuitable(
        path: namesPath(of: path),
        reason: "cannot hold the name '\(name)', which has a line break; a .npz file can")
    }
  }
}
