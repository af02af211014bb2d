package import EfficientNet
internal import EfficientNetCompute

/// What a weight file is, going by its first bytes, and a zip archive by the names in it.
///
/// Raw values are for messages.
package enum WeightFileForm: String {
  /// The length of a header and its brace.
  case safetensors
  /// A pickle, or a zip archive with one.
  case torch = "PyTorch checkpoint"
  /// HDF5, or a zip archive with it.
  case keras = "Keras file"
  /// A zip archive of arrays.
  case npz = "NumPy .npz"

  /// The form of a file.
  ///
  /// - Throws: ``WeightsError``, also for a file of no form that is known.
  package init(of path: String) throws(WeightsError) {
    self = try read(path, WeightFileForm.init)
  }

  private init(_ bytes: RawSpan) throws(FormatError) {
    let first: [UInt8] = bytes.copied(from: 0, count: min(bytes.byteCount, 9))
    // Eight bytes of length, of which a header never needs the last two, and the header's brace.
    if first.count == 9, first[6...] == [0, 0, UInt8(ascii: "{")] {
      self = .safetensors
    } else if first.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .keras
    } else if first.starts(with: ZipDirectory.start) {
      let names = try ZipDirectory(of: bytes).names
      let isKeras =
        names.contains("model.weights.h5")
        || names.contains("config.json") && names.contains("metadata.json")
      let isNPZ = !names.isEmpty && names.allSatisfy { $0.hasSuffix(".npy") }
      self = isKeras ? .keras : isNPZ ? .npz : .torch
    } else if first.first == PickleOpcode.PROTO.rawValue {
      self = .torch
    } else {
      throw .unsupported("is neither safetensors nor a PyTorch checkpoint, a Keras file or .npz")
    }
  }
}
