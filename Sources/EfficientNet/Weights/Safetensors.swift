internal import EfficientNetCompute

extension Weights {
  /// Reads a safetensors file.
  ///
  /// F16, BF16 and F64 become 32-bit floats. Tensors named "….num_batches_tracked" are skipped.
  /// Every other dtype is an error, except for tensors that a training program stored next to a
  /// network with a prefix. The whole header is checked, but not the elements.
  ///
  /// The tensors are copies in memory: a later change of the file does not affect them. A change
  /// during the call is an error.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``WeightsError``.
  public init(safetensors path: String) throws(WeightsError) {
    try self.init(safetensors: path, reads: { _ in true })
  }

  /// Reads the metadata of a safetensors file and the names and shapes of its tensors, with the same
  /// checks. Elements are read only of the tensors that state the preprocessing of a network.
  ///
  /// - Throws: ``WeightsError``.
  package init(outlineOf path: String) throws(WeightsError) {
    try self.init(safetensors: path, reads: NameMap.isKerasPreprocessing)
  }

  /// - Parameter reads: Whether to read the elements of the tensor of a name.
  private init(safetensors path: String, reads: (String) -> Bool) throws(WeightsError) {
    let file: OpenFile
    do { file = try OpenFile(path: path) } catch { throw .file(error) }
    let header = try SafetensorsHeader(of: file)
    let count = header.entries.reduce(0) { sum, entry in
      sum + (entry.dtype.elementType != nil && reads(entry.name) ? entry.count : 0)
    }
    do { try file.checkMemory(floats: count) } catch { throw .file(error) }
    try self.init(header, source: path) { (entry) throws(WeightsError) in
      try reads(entry.name) ? file.elements(of: entry) : nil
    }
    do { try file.checkUnchanged() } catch { throw .file(error) }
  }

  /// Reads a safetensors file in memory, with the same checks as for a file on disk.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - source: The name of the file in error messages.
  /// - Throws: ``WeightsError``.
  public init(safetensors bytes: [UInt8], source: String) throws(WeightsError) {
    let header = try SafetensorsHeader(of: bytes.span.bytes, source: source)
    try self.init(header, source: source) { (entry) throws(WeightsError) in
      try entry.elementType(source: source)
        .floats(from: bytes.span.bytes, at: entry.byteOffset, count: entry.count)
    }
  }

  /// Creates the tensors of a header.
  ///
  /// - Parameter elements: Returns the elements of a tensor; nil if they are not read.
  private init(
    _ header: SafetensorsHeader, source: String,
    elements: (SafetensorsHeader.Entry) throws(WeightsError) -> [Float]?
  ) throws(WeightsError) {
    self.init(source: source)
    metadata = header.metadata
    tensors.reserveCapacity(header.entries.count)
    let prefixes = Self.networkPrefixes(of: header.entries.map(\.name))
    for entry in header.entries where !Self.isStepCounter(entry.name) {
      if prefixes.count == 1, !entry.name.hasPrefix(prefixes[0]), entry.dtype.elementType == nil {
        beside.append(entry.name)
      } else {
        _ = try entry.elementType(source: source)
        tensors[entry.name] =
          try elements(entry).map { WeightTensor(shape: entry.shape, elements: $0) }
          ?? WeightTensor(unread: entry.shape)
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

extension SafetensorsHeader.Entry {
  /// The format of the elements.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` if they are not floating-point numbers.
  fileprivate func elementType(source: String) throws(WeightsError) -> ElementType {
    guard let type = dtype.elementType else {
      throw .unsupported(
        source: source,
        reason: "has a tensor \(WeightsError.quoted(name)) of dtype \(dtype.rawValue); "
          + "save it as F32, F16 or BF16")
    }
    return type
  }
}

extension OpenFile {
  /// Returns the elements of a tensor of a safetensors file.
  ///
  /// - Throws: ``WeightsError``, also if there is too little memory.
  fileprivate func elements(of entry: SafetensorsHeader.Entry) throws(WeightsError) -> [Float] {
    let type = try entry.elementType(source: path)
    do throws(FileError) {
      if type == .float32 { return try floats(at: entry.byteOffset, count: entry.count) }
      let size = entry.count * type.byteCount
      let bytes = try read(entry.byteOffset..<(entry.byteOffset + size))
      // An array that cannot be allocated would end the process.
      guard entry.count <= 1 << 22 || MemoryProbe.isAvailable(byteCount: 4 * entry.count) else {
        throw FileError(path: path, reason: "no memory for its tensor '\(entry.name)'")
      }
      return type.floats(from: bytes.span.bytes, at: 0, count: entry.count)
    } catch {
      throw .file(error)
    }
  }
}
