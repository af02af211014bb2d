public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Reads a weight file: one of ours, or safetensors or a PyTorch checkpoint of a network with the classes of
  /// ImageNet that timm or lukemelas' EfficientNet-PyTorch saved.
  ///
  /// - Parameter variant: What the file is for; needed if it does not say so itself, checked if it does.
  /// - Throws: ``WeightsError``, ``ArchitectureError``.
  public init(weightFile path: String, variant: Variant? = nil) throws {
    let isTorch = try Self.isTorchCheckpoint(path)
    let weights = try isTorch ? Weights(torchCheckpoint: path) : Weights(safetensors: path)
    if Self.isDescribed(by: weights) {
      try self.init(contentsOf: path)
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

  /// Whether a file starts like a zip archive or a pickle.
  private static func isTorchCheckpoint(_ path: String) throws(WeightsError) -> Bool {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    return file.withBytes { bytes in
      guard bytes.byteCount >= 2 else { return false }
      let first = bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
      let second = bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
      let isZip = first == UInt8(ascii: "P") && second == UInt8(ascii: "K")
      let isPickle = first == 0x80 && second == 2
      return isZip || isPickle
    }
  }
}
