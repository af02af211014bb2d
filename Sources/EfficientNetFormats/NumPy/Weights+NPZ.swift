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
    self.init(source: path, tensors: try read(path, Self.npzTensors))
  }

  /// Reads a .npz file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: What the file would hold.
  ///   - source: What messages call it.
  /// - Throws: ``WeightsError``.
  public init(npz bytes: [UInt8], source: String) throws(WeightsError) {
    self.init(source: source, tensors: try read(bytes, source: source, Self.npzTensors))
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
          name: name + Self.suffix, header: NumPyLayout.bytes(descr: "<f4", shape: tensor.shape),
          byteCount: 4 * tensor.count
        ) { range in
          tensor.withElements { $0.bytes.copied(from: range.lowerBound, count: range.count) }
        })
    }
    try ZipOutput.write(entries, to: path)
  }

  /// What the name of every entry ends with.
  private static let suffix = ".npy"

  private static func npzTensors(_ bytes: RawSpan) throws(FormatError) -> [String: WeightTensor] {
    var budget = AllocationBudget(byteCount: bytes.byteCount)
    let zip = try ZipDirectory(of: bytes)
    var tensors: [String: WeightTensor] = [:]
    for entry in zip.names {
      let quoted = WeightsError.quoted(entry)
      guard entry.hasSuffix(suffix) else {
        throw .unsupported("has an entry \(quoted); a .npz file has .npy files only")
      }
      let name = String(entry.dropLast(suffix.count))
      if isStepCounter(name) { continue }
      let contents = try zip.extract(entry, from: bytes, limit: budget.remaining)
      try budget.spend(contents.count)
      let header: NumPyHeader
      do throws(FormatError) {
        header = try NumPyHeader(of: contents.span.bytes)
        guard header.type.kind.rawValue.hasPrefix("f") else {
          throw .unsupported("has the dtype \(header.type.kind.rawValue); weights are f2, f4 or f8")
        }
      } catch { throw .entry(entry, error) }
      try budget.spend(4 * header.count)
      let array = NumPyArray(header, of: contents.span.bytes)
      let tensor = WeightTensor(shape: array.shape, elements: array.elements)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw .damaged("it has two arrays \(quoted)")
      }
    }
    return tensors
  }
}
