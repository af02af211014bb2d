public import EfficientNet

extension Weights {
  /// Reads the tensors of a checkpoint that `torch.save` wrote: a state dictionary, or a training
  /// checkpoint of timm or torchvision with one in it.
  ///
  /// Names stay as they are, but for a leading "module."; the name of the network that timm's training keeps
  /// is in the metadata, as "arch". Half, bfloat16 and double precision become
  /// 32-bit floats; counters of training steps are left out. Nothing in the file is executed: a
  /// checkpoint that wants other Python names than tensors need is refused, and the error says which.
  ///
  /// - Parameters:
  ///   - path: The file, in the zip form or in the form before PyTorch 1.6.
  ///   - prefersEMA: Whether to take the moving averages where a checkpoint also has them, as timm does.
  /// - Throws: ``WeightsError``.
  public init(torchCheckpoint path: String, prefersEMA: Bool = true) throws(WeightsError) {
    self = try read(path) { (bytes) throws(FormatError) in
      try Self.torch(bytes, source: path, prefersEMA: prefersEMA)
    }
  }

  /// Reads the tensors of a checkpoint that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: What the file would hold.
  ///   - source: What messages call it.
  ///   - prefersEMA: Whether to take the moving averages where a checkpoint also has them.
  /// - Throws: ``WeightsError``.
  public init(
    torchCheckpoint bytes: [UInt8], source: String, prefersEMA: Bool = true
  ) throws(WeightsError) {
    self = try read(bytes, source: source) { (bytes) throws(FormatError) in
      try Self.torch(bytes, source: source, prefersEMA: prefersEMA)
    }
  }

  private static func torch(
    _ bytes: RawSpan, source: String, prefersEMA: Bool
  ) throws(FormatError) -> Weights {
    var budget = AllocationBudget(byteCount: bytes.byteCount)
    let archive = try TorchArchive(bytes, budget: &budget)
    return try archive.weights(
      in: bytes, source: source, prefersEMA: prefersEMA, budget: &budget)
  }
}
