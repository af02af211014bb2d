internal import EfficientNetCompute

extension Weights {
  /// Reads a safetensors file.
  ///
  /// F16, BF16 and F64 become 32-bit floats. An I8 tensor needs an F32 tensor with the suffix
  /// "_scale" that has one scale for each of its outputs; both become one tensor with
  /// ``WeightTensor/scales``. Tensors named "….num_batches_tracked" are skipped. Every other dtype
  /// is an error, except for tensors that a training program stored next to a network with a
  /// prefix. The whole header is checked, and the codes and scales, but not the other elements.
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
    try self.init(header, source: path, reads: reads) { (entry) throws(WeightsError) in
      try file.elements(of: entry)
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
  /// - Parameters:
  ///   - reads: Whether to read the elements of the tensor of a name.
  ///   - elements: Returns the elements of a tensor.
  private init(
    _ header: SafetensorsHeader, source: String, reads: (String) -> Bool = { _ in true },
    elements: (SafetensorsHeader.Entry) throws(WeightsError) -> [Float]
  ) throws(WeightsError) {
    self.init(source: source)
    metadata = header.metadata
    if let reason = Self.otherContents(of: header.entries.map(\.name), metadata: metadata) {
      throw .unsupported(source: source, reason: reason)
    }
    tensors.reserveCapacity(header.entries.count)
    let prefixes = Self.networkPrefixes(of: header.entries.map(\.name))
    var entries: [SafetensorsHeader.Entry] = []
    for entry in header.entries where !Self.isStepCounter(entry.name) {
      if prefixes.count == 1, !entry.name.hasPrefix(prefixes[0]),
        entry.dtype.elementType == nil || entry.dtype == .i8
      {
        beside.append(entry.name)
      } else {
        entries.append(entry)
      }
    }
    beside.sort()
    var rest = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    for entry in entries where entry.dtype == .i8 {
      let scale = rest.removeValue(forKey: entry.name + Self.scaleSuffix)
      let checked = try entry.checked(scale: scale, source: source)
      rest[entry.name] = nil
      tensors[entry.name] =
        try reads(entry.name)
        ? WeightTensor(
          entry, codes: elements(entry), scales: elements(checked), source: source)
        : WeightTensor(unread: entry.shape, scales: [])
    }
    for entry in entries where rest[entry.name] != nil {
      _ = try entry.elementType(source: source)
      tensors[entry.name] =
        try reads(entry.name)
        ? WeightTensor(shape: entry.shape, elements: elements(entry))
        : WeightTensor(unread: entry.shape)
    }
  }

  /// Says what another file of this package is, such as a table of features; nil for a file that
  /// may have weights.
  ///
  /// - Parameter names: The names of the file's arrays.
  package static func otherContents(
    of names: [String], metadata: [String: String] = [:]
  ) -> String? {
    if metadata["few-shot-classifier"] != nil {
      return "is a few-shot classifier, not a network; read it with FewShotClassifier(contentsOf:)"
    }
    return names.contains("features") && names.contains("names")
      ? "is a table of features, not a network; read it with FeatureTable(contentsOf:)" : nil
  }

  /// The end of the name of the scales of a tensor of codes.
  ///
  /// Source: the [compressed-tensors](https://github.com/vllm-project/compressed-tensors) format.
  fileprivate static let scaleSuffix = "_scale"

  /// Writes all tensors, sorted by name, and the metadata to a safetensors file.
  ///
  /// Tensors are F32. A tensor with ``WeightTensor/scales`` is I8, after all floats, and its scales
  /// are an F32 tensor with the suffix "_scale".
  ///
  /// The same tensors and metadata give the same bytes. The file appears under its name only when
  /// it is complete; an existing file is replaced.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``WeightsError`` if the file cannot be written, a tensor has a name that the format
  ///   reserves, or a tensor has the name of another one's scales.
  public func write(safetensors path: String) throws(WeightsError) {
    var file: OutputFile
    do { file = try OutputFile(path: path) } catch { throw .file(error) }
    try write(to: &file)
    do { try file.commit() } catch { throw .file(error) }
  }

  /// Writes the bytes of ``write(safetensors:)``, without giving the file its name.
  ///
  /// - Throws: As ``write(safetensors:)``.
  package func write(to file: inout OutputFile) throws(WeightsError) {
    let (header, ordered) = try safetensors(path: file.path)
    do {
      try file.write(header.span.bytes)
      for tensor in ordered {
        if let codes = tensor.codes {
          try file.write(codes.span.bytes)
        } else {
          try file.write(tensor.elements.span.bytes)
        }
      }
    } catch {
      throw .file(error)
    }
  }

  /// Returns the number of bytes that ``write(safetensors:)`` writes.
  ///
  /// - Throws: As ``write(safetensors:)``, except for files.
  func safetensorsByteCount() throws(WeightsError) -> Int {
    let (header, ordered) = try safetensors(path: source)
    return ordered.reduce(header.count) { $0 + ($1.scales == nil ? 4 : 1) * $1.count }
  }

  /// Returns the header of a safetensors file and its tensors, in order.
  private func safetensors(
    path: String
  ) throws(WeightsError) -> (header: [UInt8], tensors: [WeightTensor]) {
    // Programs that map the file need aligned floats, so the codes are last.
    let coded = tensors.filter { $0.value.scales != nil }
    var floats = tensors.filter { $0.value.scales == nil }
    for (name, tensor) in coded {
      let scales = tensor.scales ?? []
      let scaleName = name + Self.scaleSuffix
      guard tensors[scaleName] == nil else {
        throw .unsupported(
          source: path,
          reason: "cannot have a tensor \(WeightsError.quoted(scaleName)): it is the name of the "
            + "scales of \(WeightsError.quoted(name))")
      }
      floats[scaleName] = WeightTensor(shape: [scales.count], elements: scales)
    }
    let ordered = [floats, coded].flatMap { $0.sorted { $0.key < $1.key } }
    let header = try SafetensorsHeader.bytes(
      of: ordered.map {
        (name: $0.key, dtype: $0.value.scales == nil ? .f32 : .i8, shape: $0.value.shape)
      }, metadata: metadata, path: path)
    return (header, ordered.map(\.value))
  }
}

extension WeightTensor {
  /// Creates the tensor of an entry of dtype I8.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)`` for a code or scale that is out of range.
  fileprivate init(
    _ entry: SafetensorsHeader.Entry, codes: [Float], scales: [Float], source: String
  ) throws(WeightsError) {
    let complaint =
      codes.contains(-128)
      ? "a code is -128; codes are -127 to 127" : Self.complaint(scales: scales)
    if let complaint {
      throw .damaged(
        source: source, reason: "tensor \(WeightsError.quoted(entry.name)): \(complaint)")
    }
    self.init(shape: entry.shape, checked: codes.map { Int8($0) }, scales: scales)
  }
}

extension SafetensorsHeader.Entry {
  /// Returns the scales of this tensor of dtype I8, which have one number for each output.
  ///
  /// - Throws: ``WeightsError`` if there are none, or their dtype or shape is wrong.
  fileprivate func checked(
    scale: SafetensorsHeader.Entry?, source: String
  ) throws(WeightsError) -> SafetensorsHeader.Entry {
    let quoted = WeightsError.quoted(name)
    guard let scale else {
      throw .unsupported(
        source: source,
        reason: "has a tensor \(quoted) of dtype I8 without its scales "
          + "\(WeightsError.quoted(name + Weights.scaleSuffix)); save it with them, or as F32, F16 "
          + "or BF16")
    }
    guard let outputs = shape.first else {
      throw .damaged(source: source, reason: "tensor \(quoted) is I8 but has no outputs")
    }
    guard scale.dtype == .f32, scale.shape == [outputs] else {
      throw .damaged(
        source: source,
        reason: "tensor \(WeightsError.quoted(scale.name)) is "
          + "\(WeightsError.extents(scale.shape)) \(scale.dtype.rawValue); the \(outputs) outputs "
          + "of \(quoted) need \(outputs) F32")
    }
    return scale
  }

  /// The format of the elements.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` for a dtype that weights do not have.
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
