public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Reads a weight file: one of ours, or safetensors, a PyTorch checkpoint or a Keras file of a network with the
  /// classes of ImageNet, under names that a ``NameMap`` knows.
  ///
  /// - Parameter variant: What the file is for; needed if it does not say so itself, checked if it does.
  /// - Throws: ``WeightsError``, ``ArchitectureError``.
  public init(weightFile path: String, variant: Variant? = nil) throws {
    let weights: Weights
    switch try WeightFileForm(of: path) {
    case .torch: weights = try Weights(torchCheckpoint: path)
    case .safetensors: weights = try Weights(safetensors: path)
    case .keras: weights = try Weights(kerasFile: path)
    case nil:
      throw WeightsError.unsupported(
        source: path,
        reason: "is neither a safetensors file nor a PyTorch checkpoint nor a Keras file")
    }
    if Self.isDescribed(by: weights) {
      try self.init(described: weights)
      if let variant, description.architecture.name != variant.name {
        throw WeightsError.unsupported(
          source: path, reason: "is for \(description.architecture.name), not for \(variant.name)")
      }
      return
    }
    guard let variant else {
      throw WeightsError.unsupported(
        source: path, reason: "does not say which network it is for: name one with --model")
    }
    guard let naming = NameMap.detected(in: weights) else {
      throw WeightsError.unsupported(
        source: path, reason: "has none of the tensor names that are known: timm's or lukemelas'")
    }
    try self.init(
      variant.imageNetDescription(provenance: path), weights: weights, naming: naming)
  }
}

/// What a weight file is, going by its first bytes, and a zip archive by the names in it.
private enum WeightFileForm {
  /// A zip archive or a pickle.
  case torch
  /// The length of a header and its brace.
  case safetensors
  /// HDF5, or a zip archive with it.
  case keras

  init?(of path: String) throws(WeightsError) {
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
      let isKeras = try file.withBytes { (bytes) throws(WeightsError) in
        try ZipFile.open(bytes, source: path) { KerasFileForm.isKeras($0) }
      }
      self = isKeras ? .keras : .torch
    case nil:
      // A pickle's first opcode.
      guard first.first == 0x80 else { return nil }
      self = .torch
    }
  }
}
