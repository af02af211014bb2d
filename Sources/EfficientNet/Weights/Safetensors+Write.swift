internal import EfficientNetCompute
internal import FoundationEssentials

extension Weights {
  /// Writes all tensors as F32, in the order of their names, and the metadata.
  ///
  /// The same tensors and metadata give the same bytes. The file appears under its name only when
  /// it is complete; one that was there before is replaced.
  ///
  /// - Throws: ``WeightsError``: the file cannot be written, or a tensor has a name that the format
  ///   reserves.
  public func write(safetensors path: String) throws(WeightsError) {
    let names = names
    let header = try safetensorsHeader(names: names, path: path)
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

  /// The length and the JSON header, padded with spaces.
  private func safetensorsHeader(names: [String], path: String) throws(WeightsError) -> [UInt8] {
    let described = names.compactMap { name in
      tensors[name].map { (name: name, dtype: SafetensorsType.f32, shape: $0.shape) }
    }
    return try SafetensorsHeader.bytes(of: described, metadata: metadata, path: path)
  }
}

extension SafetensorsHeader {
  /// The file offset of the first tensor is a multiple of this, so that mapped tensors can be read
  /// by whole cache lines.
  private static let alignment = 64

  /// The beginning of a file whose tensors lie one behind the other.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: ``WeightsError``: a tensor has a name that the format reserves, or there are too many.
  package static func bytes(
    of tensors: [(name: String, dtype: SafetensorsType, shape: [Int])],
    metadata: [String: String], path: String
  ) throws(WeightsError) -> [UInt8] {
    var fields: [String: Fields] = [:]
    var offset = 0
    for (name, dtype, shape) in tensors {
      guard name != Fields.metadataKey else {
        throw .unsupported(source: path, reason: "cannot have a tensor named '\(name)'")
      }
      let end = offset + dtype.byteCount * shape.reduce(1, *)
      fields[name] = .tensor(dtype: dtype.rawValue, shape: shape, begin: offset, end: end)
      offset = end
    }
    if !metadata.isEmpty { fields[Fields.metadataKey] = .metadata(metadata) }

    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do {
      json = try encoder.encode(fields)
    } catch {
      throw .unsupported(source: path, reason: "cannot be described in JSON: \(error)")
    }
    let unpadded = 8 + json.count
    let padding = (alignment - unpadded % alignment) % alignment
    guard json.count + padding <= maximumLength else {
      throw .unsupported(source: path, reason: "would have a header of \(json.count) bytes")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(unpadded + padding)
    withUnsafeBytes(of: UInt64(json.count + padding).littleEndian) {
      unsafe bytes.append(contentsOf: $0)
    }
    bytes.append(contentsOf: json)
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    return bytes
  }
}

/// One value of the header's JSON object.
private enum Fields: Encodable {
  case tensor(dtype: String, shape: [Int], begin: Int, end: Int)
  case metadata([String: String])

  static let metadataKey = "__metadata__"

  private enum CodingKeys: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .tensor(let dtype, let shape, let begin, let end):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(dtype, forKey: .dtype)
      try container.encode(shape, forKey: .shape)
      try container.encode([begin, end], forKey: .offsets)
    case .metadata(let metadata):
      var container = encoder.singleValueContainer()
      try container.encode(metadata)
    }
  }
}
