package import EfficientNet
internal import EfficientNetSystem

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
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let first = file.withBytes { bytes in
      (0..<min(bytes.byteCount, 9)).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    // Eight bytes of length, of which a header never needs the last two, and the header's brace.
    if first.count == 9, first[6...] == [0, 0, UInt8(ascii: "{")] {
      self = .safetensors
      return
    }
    switch KerasFileForm(of: first) {
    case .hdf5:
      self = .keras
    case .archive:
      self = try file.withBytes { (bytes) throws(WeightsError) in
        Self(of: try ZipDirectory(of: bytes, source: path))
      }
    case nil:
      // A pickle's first opcode.
      guard first.first == 0x80 else {
        throw .unsupported(
          source: path,
          reason: "is neither safetensors nor a PyTorch checkpoint, a Keras file or .npz")
      }
      self = .torch
    }
  }

  private init(of zip: ZipDirectory) {
    if KerasFileForm.isKeras(zip) {
      self = .keras
    } else {
      self = !zip.names.isEmpty && zip.names.allSatisfy { $0.hasSuffix(".npy") } ? .npz : .torch
    }
  }
}
