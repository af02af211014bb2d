package import EfficientNet
internal import EfficientNetCompute

/// What a weight file is, going by its first bytes, and a zip archive by the names in it.
package enum WeightFileForm: String {
  /// Safetensors: the length of a header and its brace.
  case safetensors
  /// A PyTorch checkpoint: a pickle, or a zip archive with one.
  case torch
  /// HDF5, or a zip archive with it.
  case keras
  /// NumPy's zip archive of arrays.
  case npz

  /// For messages.
  package var name: String {
    switch self {
    case .safetensors: "safetensors"
    case .torch: "PyTorch checkpoint"
    case .keras: "Keras file"
    case .npz: "NumPy .npz"
    }
  }

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
      return
    }
    switch KerasFileForm(of: first) {
    case .hdf5: self = .keras
    case .archive:
      let zip = try ZipDirectory(of: bytes)
      if KerasFileForm.isKeras(zip) {
        self = .keras
      } else {
        self = !zip.names.isEmpty && zip.names.allSatisfy { $0.hasSuffix(".npy") } ? .npz : .torch
      }
    case nil:
      // A pickle's first opcode.
      guard first.first == 0x80 else {
        throw .unsupported("is neither safetensors nor a PyTorch checkpoint, a Keras file or .npz")
      }
      self = .torch
    }
  }
}
