internal import EfficientNetCompute

extension Weights {
  /// Reads a safetensors file.
  ///
  /// The file is mapped into memory. Tensors of dtype F32 are read from the mapping; F16, BF16 and
  /// F64 are converted to 32-bit floats in memory. Tensors named "….num_batches_tracked" are
  /// skipped. Every other dtype is an error, except for tensors that a training program stored next
  /// to a network with a prefix. The whole header is checked, but not the elements.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``WeightsError``. The error for a folder names the weights of the run in it.
  public init(safetensors path: String) throws(WeightsError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(Self.folderError(path) ?? error) }
    self = try file.withBytes { (bytes) throws(WeightsError) in
      try Weights(safetensors: bytes, source: path, mapped: file)
    }
  }

  /// Returns the error for a folder in place of a file, for instance a training run; nil if the
  /// path is not one of a folder.
  private static func folderError(_ path: String) -> FileError? {
    guard FileStatus(path)?.kind == .folder else { return nil }
    let best = path.hasSuffix("/") ? "\(path)best.safetensors" : "\(path)/best.safetensors"
    let hasBest = FileStatus(best)?.kind == .file
    return FileError(
      path: path,
      reason: hasBest
        ? "it is a folder; its weight file is \(best)" : "it is a folder; name a weight file")
  }

  /// Reads a safetensors file in memory, with the same checks as for a file on disk.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - source: The name of the file in error messages.
  /// - Throws: ``WeightsError``.
  public init(safetensors bytes: [UInt8], source: String) throws(WeightsError) {
    try self.init(safetensors: bytes.span.bytes, source: source, mapped: nil)
  }

  /// - Parameter mapped: The mapped file with these bytes, from which tensors can be read later;
  ///   nil for bytes in memory.
  private init(
    safetensors bytes: RawSpan, source: String, mapped: MappedFile?
  ) throws(WeightsError) {
    self.init(source: source)
    let header = try SafetensorsHeader(of: bytes, source: source)
    metadata = header.metadata
    tensors.reserveCapacity(header.entries.count)
    let prefixes = Self.networkPrefixes(of: header.entries.map(\.name))
    for entry in header.entries where !Self.isStepCounter(entry.name) {
      if prefixes.count == 1, !entry.name.hasPrefix(prefixes[0]), entry.dtype.elementType == nil {
        beside.append(entry.name)
      } else {
        tensors[entry.name] = try WeightTensor(entry, of: bytes, source: source, mapped: mapped)
      }
    }
    beside.sort()
  }

  /// Writes all tensors as F32, sorted by name, and the metadata to a safetensors file.
  ///
  /// The same tensors and metadata give the same bytes. The file appears under its name only when
  /// it is complete; an existing file is replaced.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``WeightsError`` if the file cannot be written or a tensor has a name that the
  ///   format reserves.
  public func write(safetensors path: String) throws(WeightsError) {
    let names = names
    let described = names.compactMap { name in
      tensors[name].map { (name: name, dtype: SafetensorsType.f32, shape: $0.shape) }
    }
    let header = try SafetensorsHeader.bytes(of: described, metadata: metadata, path: path)
    do {
      var file = try OutputFile(path: path)
      try file.write(header.span.bytes)
      for name in names {
        try tensors[name]?.withElements { (elements) throws(FileError) in
          try file.write(elements.bytes)
        }
      }
      try file.commit()
    } catch {
      throw .file(error)
    }
  }
}

extension WeightTensor {
  /// Creates a tensor of a safetensors file. It reads from the mapped file if its elements are
  /// aligned 32-bit floats.
  fileprivate init(
    _ entry: SafetensorsHeader.Entry, of bytes: RawSpan, source: String, mapped: MappedFile?
  ) throws(WeightsError) {
    guard let type = entry.dtype.elementType else {
      throw .unsupported(
        source: source,
        reason: "has a tensor \(WeightsError.quoted(entry.name)) of dtype \(entry.dtype.rawValue); "
          + "save it as F32, F16 or BF16")
    }
    if let mapped, type == .float32, entry.byteOffset % 4 == 0 {
      self.init(shape: entry.shape, file: mapped, byteOffset: entry.byteOffset)
    } else {
      // An array that cannot be allocated would end the process.
      guard entry.count <= 1 << 22 || MemoryProbe.isAvailable(byteCount: 4 * entry.count) else {
        throw .file(FileError(path: source, reason: "no memory for its tensor '\(entry.name)'"))
      }
      self.init(
        shape: entry.shape,
        elements: type.floats(from: bytes, at: entry.byteOffset, count: entry.count))
    }
  }
}
