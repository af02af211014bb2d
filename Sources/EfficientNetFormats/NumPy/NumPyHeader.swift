internal import EfficientNet
internal import EfficientNetCompute

/// The checked header of a .npy file.
///
///     6 bytes    0x93 "NUMPY"
///     2 bytes    the version: 1.0, 2.0 or 3.0
///     2 bytes    length N of the description, little-endian; from version 2.0 on 4 bytes
///     N bytes    {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
///     the rest   the elements
///
/// Source: [numpy.lib.format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPyHeader {
  /// The type of the elements.
  let type: NumPyType
  /// Whether the first index changes fastest.
  let isFortranOrder: Bool
  /// The extents; empty for a single number.
  let shape: [Int]
  /// The number of elements.
  let count: Int
  /// The first byte of the elements.
  let byteOffset: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The most bytes that a description may have: what version 1.0 can say, and far more than one needs.
  private static let maximumLength = 65535
  /// The most elements that are read, 4 GB as floats: a file with holes takes no room on the disk.
  private static let maximumCount = 1 << 30

  /// Reads the header and checks that the elements are there, and nothing else.
  ///
  /// - Parameter bytes: The whole file.
  /// - Throws: ``WeightsError``.
  init(of bytes: RawSpan, source: String) throws(WeightsError) {
    func damaged(_ reason: String) -> WeightsError { .damaged(source: source, reason: reason) }

    let start = bytes.copied(count: min(bytes.byteCount, Self.magic.count))
    guard Self.magic.starts(with: start) else {
      throw .unsupported(source: source, reason: "is not a .npy file")
    }
    guard bytes.byteCount >= 10 else {
      throw damaged("it has \(bytes.byteCount) bytes, the header of a .npy file more")
    }
    let version: [UInt8] = bytes.copied(from: Self.magic.count, count: 2)
    guard (1...3).contains(version[0]), version[1] == 0 else {
      throw .unsupported(
        source: source, reason: "has version \(version[0]).\(version[1]); 1.0 to 3.0 are read")
    }
    let textOffset = version[0] == 1 ? 10 : 12
    guard bytes.byteCount >= textOffset else { throw damaged("it ends within its header") }
    let length =
      version[0] == 1
      ? Int(bytes.littleEndian(UInt16.self, at: 8)) : Int(bytes.littleEndian(UInt32.self, at: 8))
    guard length <= Self.maximumLength else {
      throw damaged("its header claims \(length) bytes")
    }
    guard length <= bytes.byteCount - textOffset else {
      throw damaged("its header claims \(length) bytes of \(bytes.byteCount - textOffset)")
    }
    byteOffset = textOffset + length

    let fields = try NumPyLiteral.dictionary(
      bytes.copied(from: textOffset, count: length), source: source)
    if fields["descr"] == .list {
      throw .unsupported(
        source: source, reason: "is a structured array; save one of its fields instead")
    }
    guard case .string(let descr) = fields["descr"],
      case .bool(let isFortranOrder) = fields["fortran_order"],
      case .tuple(let shape) = fields["shape"], fields.count == 3
    else {
      throw damaged("its header is not valid: it has to say descr, fortran_order and shape")
    }
    guard let type = NumPyType(descr: descr) else {
      throw .unsupported(
        source: source,
        reason: "has the dtype \(WeightsError.quoted(descr)); save it as float32, float16, float64 "
          + "or integers")
    }
    guard let count = WeightTensor.elementCount(of: shape) else {
      throw damaged("it has an impossible shape \(WeightsError.extents(shape))")
    }
    let found = bytes.byteCount - byteOffset
    guard found == count * type.byteCount else {
      throw damaged(
        "its \(WeightsError.extents(shape)) elements of dtype \(descr) take "
          + "\(count * type.byteCount) bytes, there are \(found)")
    }
    guard count <= Self.maximumCount else {
      throw .unsupported(
        source: source, reason: "has \(count) elements; up to \(Self.maximumCount) are read")
    }
    (self.type, self.isFortranOrder) = (type, isFortranOrder)
    (self.shape, self.count) = (shape, count)
  }

  /// The header of little-endian floats in C order, version 1.0: byte for byte what NumPy writes.
  static func bytes(shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ")
    var text =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)\(shape.count == 1 ? "," : "")), }"
    // NumPy leaves room for the first extent to grow to 21 digits.
    if let first = shape.first {
      text += String(repeating: " ", count: max(0, 21 - "\(first)".utf8.count))
    }
    // The elements start at a multiple of 64.
    let unpadded = magic.count + 4 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - unpadded % 64) + "\n"
    let length = text.utf8.count
    precondition(length <= maximumLength, "a header of \(length) bytes for \(shape.count) extents")
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}
