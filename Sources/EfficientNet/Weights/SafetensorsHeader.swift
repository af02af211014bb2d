internal import EfficientNetCompute
package import EfficientNetSystem

/// The checked header of a safetensors file, with the position of each tensor.
///
///     8 bytes   length N of the header, little-endian
///     N bytes   JSON: {"name": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}, …}
///     the rest  the tensors, without holes
///
/// Source: the [safetensors format](https://github.com/huggingface/safetensors#format).
package struct SafetensorsHeader {
  /// The maximum length of a header in bytes, as in the format's reference implementation.
  static let maximumLength = 100_000_000

  /// A tensor that lies completely in the file.
  package struct Entry {
    package var name: String
    package var dtype: SafetensorsType
    package var shape: [Int]
    package var count: Int
    /// The offset of the first byte from the start of the file.
    package var byteOffset: Int
  }

  /// The tensors in the order of their offsets.
  package private(set) var entries: [Entry] = []
  /// The text fields under "__metadata__".
  package private(set) var metadata: [String: String] = [:]

  /// Reads and checks the header of a file.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)``,
  ///   ``WeightsError/unsupported(source:reason:)`` for an unknown dtype,
  ///   ``WeightsError/file(_:)``.
  package init(of file: OpenFile) throws(WeightsError) {
    try self.init(byteCount: file.count, source: file.path) { (range) throws(WeightsError) in
      do throws(FileError) { return try file.read(range) } catch { throw .file(error) }
    }
  }

  /// Reads and checks the header of a file in memory.
  ///
  /// - Parameter bytes: The whole file.
  /// - Throws: As ``init(of:)``.
  package init(of bytes: RawSpan, source: String) throws(WeightsError) {
    try self.init(byteCount: bytes.byteCount, source: source) { (range) throws(WeightsError) in
      bytes.copied(from: range.lowerBound, count: range.count)
    }
  }

  /// The format of another program's weight file, from its first eight bytes; nil if unknown.
  private static func foreignFormat(_ first: [UInt8]) -> String? {
    if first == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] { return "a Keras file (HDF5)" }
    if first.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return "a zip archive, such as a PyTorch checkpoint, a .keras file or .npz"
    }
    // The pickle of an older PyTorch checkpoint: protocol 2 to 5, then a number or a frame.
    if first[0] == 0x80, 2...5 ~= first[1], first[6] != 0 || first[7] != 0 {
      return "a pickle, such as a PyTorch checkpoint"
    }
    return nil
  }

  private init(
    byteCount: Int, source: String, read: (Range<Int>) throws(WeightsError) -> [UInt8]
  ) throws(WeightsError) {
    func damaged(_ reason: String) -> WeightsError { .damaged(source: source, reason: reason) }

    guard byteCount >= 8 else {
      throw damaged("it has \(byteCount) bytes; a safetensors file has at least 8")
    }
    let first = try read(0..<8)
    let claimed: UInt64 = first.span.bytes.littleEndian(at: 0)
    if let format = Self.foreignFormat(first) {
      throw .unsupported(
        source: source,
        reason:
          "is \(format), not a safetensors file; convert it with 'effnet convert', or read it "
          + "with Model(weightFile:) of EfficientNetFormats")
    }
    if first.starts(with: [0xFF, 0xD8, 0xFF]) || first.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      throw .unsupported(source: source, reason: "is a picture, not a weight file")
    }
    guard claimed <= UInt64(Self.maximumLength) else {
      throw damaged("its header claims \(claimed) bytes; is it a safetensors file?")
    }
    let length = Int(claimed)
    guard length <= byteCount - 8 else {
      throw damaged("its header claims \(length) bytes; the file has \(byteCount)")
    }
    let json = try read(8..<(8 + length))
    guard json.first == UInt8(ascii: "{") else { throw damaged("its header is not a JSON object") }

    let document: SafetensorsDocument
    do {
      document = try decodedJSON(json)
    } catch {
      throw damaged("its header is not valid: \(error)")
    }
    metadata = document.metadata

    let dataStart = 8 + length
    var end = 0
    let inOrder = document.tensors.sorted { $0.fields.range ?? (0, 0) < $1.fields.range ?? (0, 0) }
    for (name, fields) in inOrder {
      let quoted = WeightsError.quoted(name)
      guard let dtype = SafetensorsType(rawValue: fields.dtype) else {
        throw .unsupported(
          source: source,
          reason: "has a tensor \(quoted) of the unknown dtype \(WeightsError.quoted(fields.dtype))"
        )
      }
      guard let count = WeightTensor.elementCount(of: fields.shape) else {
        throw damaged(
          "tensor \(quoted) has an impossible shape \(WeightsError.extents(fields.shape))")
      }
      guard let (first, last) = fields.range, first >= 0, first <= last else {
        throw damaged("tensor \(quoted) has impossible offsets")
      }
      guard last <= byteCount - dataStart else {
        throw damaged(
          "tensor \(quoted) ends at byte \(last) of \(byteCount - dataStart); "
            + "was the file cut short?"
        )
      }
      guard last - first == count * dtype.byteCount else {
        throw damaged(
          "tensor \(quoted) is \(WeightsError.extents(fields.shape)) \(dtype.rawValue) "
            + "but has \(last - first) bytes")
      }
      guard first >= end else { throw damaged("tensor \(quoted) overlaps another one") }
      guard first == end else {
        throw damaged("\(first - end) bytes before tensor \(quoted) belong to no tensor")
      }
      end = last
      entries.append(
        Entry(
          name: name, dtype: dtype, shape: fields.shape, count: count,
          byteOffset: dataStart + first))
    }
    guard end == byteCount - dataStart else {
      throw damaged("\(byteCount - dataStart - end) bytes at its end belong to no tensor")
    }
  }

  /// The file offset of the first tensor is a multiple of this, so that tensors are aligned to
  /// cache lines if a program maps the file.
  private static let alignment = 64

  /// Returns the beginning of a file with consecutive tensors.
  ///
  /// - Parameter path: The name of the file in error messages.
  /// - Throws: ``WeightsError`` if a tensor has a name that the format reserves, or the header is
  ///   too long.
  package static func bytes(
    of tensors: [(name: String, dtype: SafetensorsType, shape: [Int])],
    metadata: [String: String], path: String
  ) throws(WeightsError) -> [UInt8] {
    var document = SafetensorsDocument()
    document.metadata = metadata
    var offset = 0
    for (name, dtype, shape) in tensors {
      guard name != SafetensorsDocument.metadataKey else {
        throw .unsupported(source: path, reason: "cannot have a tensor named '\(name)'")
      }
      let end = offset + dtype.byteCount * shape.reduce(1, *)
      document.tensors.append(
        (name, .init(dtype: dtype.rawValue, shape: shape, offsets: [offset, end])))
      offset = end
    }

    let json: String.UTF8View
    do {
      json = try encodedJSON(document).utf8
    } catch {
      throw .unsupported(source: path, reason: "cannot be described in JSON: \(error)")
    }
    let unpadded = 8 + json.count
    let padding = (alignment - unpadded % alignment) % alignment
    guard json.count + padding <= maximumLength else {
      throw .unsupported(
        source: path,
        reason: "would have a header of \(json.count) bytes; "
          + "the limit is \(maximumLength)")
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
