public import EfficientNet
internal import EfficientNetCompute

extension Weights {
  /// Reads the arrays of a .npz file, stored or deflated, under their names.
  ///
  /// Arrays of float16, float32 and float64 become 32-bit floats. Counters of training steps are
  /// left out. Every other dtype is an error.
  ///
  /// - Parameter path: The file.
  /// - Throws: `WeightsError`.
  public init(npz path: String) throws(WeightsError) {
    self.init(source: path, tensors: try read(path, Self.npzTensors))
  }

  /// Reads a .npz file in memory.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - source: The name of the file in messages.
  /// - Throws: `WeightsError`.
  public init(npz bytes: [UInt8], source: String) throws(WeightsError) {
    self.init(source: source, tensors: try read(bytes, source: source, Self.npzTensors))
  }

  /// Writes all tensors as an uncompressed .npz file of float32 arrays, as `numpy.savez` does.
  /// Equal tensors give equal bytes.
  ///
  /// The file does not contain the metadata: the format has no place for them.
  ///
  /// - Parameter path: The file.
  /// - Throws: `WeightsError` if the file cannot be written, the name of a tensor cannot be that of
  ///   a file in an archive, or a tensor has more than 64 dimensions. No partial file remains.
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

  /// The suffix of the name of every entry.
  private static let suffix = ".npy"

  private static func npzTensors(_ bytes: RawSpan) throws(FormatError) -> [String: WeightTensor] {
    var budget = AllocationBudget(byteCount: bytes.byteCount)
    let zip = try ZipDirectory(of: bytes)
    if let reason = otherContents(of: zip.names.map { String($0.dropLast(suffix.count)) }) {
      throw .unsupported(reason)
    }
    var tensors: [String: WeightTensor] = [:]
    for entry in zip.names {
      let quoted = WeightsError.quoted(entry)
      guard entry.hasSuffix(suffix) else {
        throw .unsupported("has an entry \(quoted); a .npz file must contain only .npy files")
      }
      let name = String(entry.dropLast(suffix.count))
      if isStepCounter(name) { continue }
      let contents = try zip.extract(entry, from: bytes, limit: budget.remaining)
      try budget.spend(contents.count)
      let header: NumPyHeader
      do throws(FormatError) {
        header = try NumPyHeader(of: contents.span.bytes, fileBytes: contents.count)
        guard header.type.kind.rawValue.hasPrefix("f") else {
          throw .unsupported(
            "has the dtype \(header.type.kind.rawValue); weights must be f2, f4 or f8")
        }
      } catch { throw .entry(entry, error) }
      try budget.keep(4 * header.count)
      let array = NumPyArray(header, of: contents.span.bytes)
      let tensor = WeightTensor(shape: array.shape, elements: array.elements)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw .damaged("it has two arrays \(quoted)")
      }
    }
    return tensors
  }
}
