public import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetSystem

extension Weights {
  /// Reads the tensors of a checkpoint of `torch.save`: a state dictionary, or a training
  /// checkpoint of timm or torchvision that contains one.
  ///
  ///     let weights = try Weights(torchCheckpoint: "efficientnet_b0.pth")
  ///
  /// - Names are unchanged, except that a leading "module." is removed.
  /// - Half, bfloat16 and double precision become 32-bit floats. Counters of training steps are
  ///   left out.
  /// - The metadata contain timm's name of the network as "arch", if the checkpoint has it.
  /// - Nothing in the file is executed. If a checkpoint needs other Python names than those for
  ///   tensors, the error names the first of them.
  ///
  /// - Parameters:
  ///   - path: The file, in the zip format or in the format before PyTorch 1.6.
  ///   - prefersEMA: Whether to read the moving averages of a checkpoint that has both them and the
  ///     plain weights, as timm does.
  /// - Throws: `WeightsError`.
  public init(torchCheckpoint path: String, prefersEMA: Bool = true) throws(WeightsError) {
    self = try read(path) { (bytes) throws(FormatError) in
      try Self.torch(bytes, source: path, prefersEMA: prefersEMA)
    }
  }

  /// Reads the tensors of a checkpoint in memory.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - source: The name of the file in messages.
  ///   - prefersEMA: Whether to read the moving averages of a checkpoint that has both them and the
  ///     plain weights.
  /// - Throws: `WeightsError`.
  public init(
    torchCheckpoint bytes: [UInt8], source: String, prefersEMA: Bool = true
  ) throws(WeightsError) {
    self = try read(bytes, source: source) { (bytes) throws(FormatError) in
      try Self.torch(bytes, source: source, prefersEMA: prefersEMA)
    }
  }

  /// Reads the names and shapes of a checkpoint; nil for the format before PyTorch 1.6, in which they
  /// cannot be read alone.
  init?(torchOutlineOf path: String, prefersEMA: Bool) throws(WeightsError) {
    let file = try fileErrors { () throws(FileError) in try OpenFile(path: path) }
    let start = try fileErrors { () throws(FileError) in try file.read(0..<min(file.count, 2)) }
    guard start == ZipDirectory.start else { return nil }
    self = try naming(path) { () throws(FormatError) in
      var budget = AllocationBudget(byteCount: file.count)
      let archive = try TorchArchive(zip: ZipDirectory(of: file), budget: &budget) {
        (range) throws(FormatError) in try file.part(range)
      }
      return try archive.outline(source: path, prefersEMA: prefersEMA).weights
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
