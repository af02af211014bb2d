package import EfficientNet
internal import EfficientNetSystem
internal import EfficientNetCompute

/// The format of a weight file, detected from its first bytes; for a zip archive, from the names of
/// its entries; and for ONNX, from the file's name.
///
/// Messages show the raw values.
package enum WeightFileForm: String {
  /// A header length and a JSON header.
  case safetensors
  /// A pickle, or a zip archive that contains one.
  case torch = "PyTorch checkpoint"
  /// HDF5, or a zip archive that contains it.
  case keras = "Keras file"
  /// A zip archive of arrays.
  case npz = "NumPy .npz"
  /// A protobuf message, which has no mark at its start: the name of the file ends in .onnx.
  case onnx = "ONNX file"

  /// Detects the format of a file.
  ///
  /// - Throws: ``WeightsError`` if the file cannot be read, is empty or has an unknown format.
  package init(of path: String) throws(WeightsError) {
    let file = try fileErrors { () throws(FileError) in try OpenFile(path: path) }
    let first = try fileErrors { () throws(FileError) in try file.read(0..<min(file.count, 9)) }
    self = try naming(path) { () throws(FormatError) in
      try WeightFileForm(
        first, names: { () throws(FormatError) in try ZipDirectory(of: file).names },
        isONNX: path.lowercased().hasSuffix(".onnx"))
    }
  }

  private init(
    _ first: [UInt8], names: () throws(FormatError) -> [String], isONNX: Bool
  ) throws(FormatError) {
    guard !first.isEmpty else { throw .unsupported("is empty; copy or download it again") }
    // Eight bytes of length, whose last two are always zero, and the header's brace.
    if first.count == 9, first[6...] == [0, 0, UInt8(ascii: "{")] {
      self = .safetensors
    } else if first.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .keras
    } else if first.starts(with: ZipDirectory.start) {
      let names = try names()
      let isKeras =
        names.contains("model.weights.h5")
        || names.contains("config.json") && names.contains("metadata.json")
      let isNPZ = !names.isEmpty && names.allSatisfy { $0.hasSuffix(".npy") }
      self = isKeras ? .keras : isNPZ ? .npz : .torch
    } else if first.first == PickleOpcode.PROTO.rawValue {
      self = .torch
    } else if isONNX {
      self = .onnx
    } else {
      throw .unsupported(
        "is not a weight file; expected safetensors, a PyTorch checkpoint, a Keras file or .npz")
    }
  }
}
