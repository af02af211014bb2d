public import EfficientNet
internal import EfficientNetCompute

extension Weights {
  /// Reads the arrays of a .npz file, stored or deflated, under their names.
  ///
  /// Arrays of float16, 32 and 64 become 32-bit floats; counters of training steps are left out, every
  /// other dtype is an error.
  ///
  /// - Throws: ``WeightsError``.
  public init(npz path: String) throws(WeightsError) {
    let file = try fileErrors { () throws(FileError) in try MappedFile(path: path) }
    self.init(source: path)
    tensors = try file.withBytes { (bytes) throws(WeightsError) in
      try Self.npzTensors(bytes, source: path)
    }
  }

  /// Reads a .npz file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: What the file would hold.
  ///   - source: What messages call it.
  /// - Throws: ``WeightsError``.
  public init(npz bytes: [UInt8], source: String) throws(WeightsError) {
    self.init(source: source)
    tensors = try Self.npzTensors(bytes.span.bytes, source: source)
  }

  /// Writes all tensors as a .npz file that `numpy.load` reads: float32, uncompressed, as
  /// `numpy.savez` does. The same tensors give the same bytes.
  ///
  /// The metadata are not written: the form has no place for them.
  ///
  /// - Throws: ``WeightsError``: the file cannot be written, a tensor's name cannot be that of a file in
  ///   an archive, or a tensor has more dimensions than NumPy knows. No partial file is left.
  public func write(npz path: String) throws(WeightsError) {
    var entries: [ZipOutput.Entry] = []
    for name in names {
      guard let tensor = tensors[name] else { continue }
      guard !name.utf8.contains(0), name.utf8.count <= 1000 else {
        throw .unsupported(
          source: path, reason: "cannot have a tensor named \(WeightsError.quoted(name))")
      }
      try NumPyHeader.check(tensor.shape, path: path)
      entries.append(
        ZipOutput.Entry(
          name: name + Self.suffix, header: NumPyHeader.bytes(shape: tensor.shape),
          content: .tensor(tensor)))
    }
    try ZipOutput.write(entries, to: path)
  }

  /// What the name of every entry ends with.
  private static let suffix = ".npy"

  private static func npzTensors(
    _ bytes: RawSpan, source: String
  ) throws(WeightsError) -> [String: WeightTensor] {
    var budget = AllocationBudget(source: source, byteCount: bytes.byteCount)
    let zip = try ZipDirectory(of: bytes, source: source)
    var tensors: [String: WeightTensor] = [:]
    for entry in zip.names {
      let quoted = WeightsError.quoted(entry)
      guard entry.hasSuffix(suffix) else {
        throw .unsupported(
          source: source, reason: "has an entry \(quoted); a .npz file has .npy files only")
      }
      let name = String(entry.dropLast(suffix.count))
      if isStepCounter(name) { continue }
      let tensor = try tensor(entry, of: zip, in: bytes, budget: &budget)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw .damaged(source: source, reason: "it has two arrays \(quoted)")
      }
    }
    return tensors
  }

  private static func tensor(
    _ entry: String, of zip: ZipDirectory, in archive: RawSpan, budget: inout AllocationBudget
  ) throws(WeightsError) -> WeightTensor {
    let source = "\(zip.source) (\(WeightsError.quoted(entry)))"
    let bytes = try zip.extract(entry, from: archive, limit: budget.remaining)
    try budget.spend(bytes.count)
    let header = try NumPyHeader(of: bytes.span.bytes, source: source)
    guard header.type.isFloat else {
      throw .unsupported(
        source: source,
        reason: "has the dtype \(header.type.kind.rawValue); weights are f2, f4 or f8")
    }
    try budget.spend(4 * header.count)
    let array = NumPyArray(header, of: bytes.span.bytes)
    return WeightTensor(shape: array.shape, elements: array.elements)
  }
}
