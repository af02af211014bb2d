internal import EfficientNet
internal import EfficientNetCompute

/// The header of a .npy file with any type of elements.
///
///     6 bytes    0x93 "NUMPY"
///     2 bytes    the version: 1.0, 2.0 or 3.0
///     2 bytes    length N of the description, little-endian; from version 2.0 on 4 bytes
///     N bytes    {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
///     the rest   the elements
///
/// Source:
/// [numpy.lib.format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
package struct NumPyLayout {
  /// The type of the elements in NumPy's notation, such as "<f4" or "<U12".
  package let descr: String
  /// Whether the first index changes fastest.
  package let isFortranOrder: Bool
  /// The extents; empty for a single element.
  package let shape: [Int]
  /// The offset of the first element in bytes.
  package let byteOffset: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The largest length of a description in bytes: the maximum of version 1.0, far more than
  /// necessary.
  private static let maximumLength = 65535
  /// The largest size of a header in bytes, with the bytes before its description.
  package static let maximumByteCount = 12 + maximumLength

  /// Reads the header.
  ///
  /// - Parameter bytes: The whole file, or at least its first ``maximumByteCount`` bytes.
  package init(of bytes: RawSpan) throws(FormatError) {
    let start = bytes.copied(count: min(bytes.byteCount, Self.magic.count))
    guard Self.magic.starts(with: start) else { throw .unsupported("is not a .npy file") }
    guard bytes.byteCount >= 10 else {
      throw .damaged("it has \(bytes.byteCount) bytes, too few for the header of a .npy file")
    }
    let version: [UInt8] = bytes.copied(from: Self.magic.count, count: 2)
    guard (1...3).contains(version[0]), version[1] == 0 else {
      throw .unsupported(
        "has version \(version[0]).\(version[1]); versions 1.0 to 3.0 are supported")
    }
    let textOffset = version[0] == 1 ? 10 : 12
    guard bytes.byteCount >= textOffset else { throw .damaged("it ends within its header") }
    let length =
      version[0] == 1
      ? Int(bytes.littleEndian(UInt16.self, at: 8)) : Int(bytes.littleEndian(UInt32.self, at: 8))
    guard length <= Self.maximumLength else { throw .damaged("its header claims \(length) bytes") }
    guard length <= bytes.byteCount - textOffset else {
      throw .damaged(
        "its header claims \(length) bytes, but only \(bytes.byteCount - textOffset) follow")
    }
    byteOffset = textOffset + length

    let fields = try NumPyLiteral.dictionary(bytes.copied(from: textOffset, count: length))
    if fields["descr"] == .list {
      throw .unsupported("is a structured array; save one of its fields instead")
    }
    guard case .string(let descr) = fields["descr"],
      case .bool(let isFortranOrder) = fields["fortran_order"],
      case .tuple(let shape) = fields["shape"], fields.count == 3
    else {
      throw .damaged("its header is not valid: it must have descr, fortran_order and shape only")
    }
    (self.descr, self.isFortranOrder, self.shape) = (descr, isFortranOrder, shape)
  }

  /// Returns the number of elements, after checking that the file contains them and nothing else.
  ///
  /// - Parameters:
  ///   - elementBytes: The size of an element in bytes.
  ///   - fileBytes: The size of the whole file in bytes.
  /// - Throws: ``FormatError/damaged(_:)``.
  package func count(elementBytes: Int, fileBytes: Int) throws(FormatError) -> Int {
    guard let count = WeightTensor.elementCount(of: shape) else {
      throw .damaged("it has an impossible shape \(WeightsError.extents(shape))")
    }
    let found = fileBytes - byteOffset
    let (needed, overflow) = count.multipliedReportingOverflow(by: elementBytes)
    guard !overflow, found == needed else {
      throw .damaged(
        "its \(WeightsError.extents(shape)) elements of dtype \(descr) take "
          + "\(overflow ? "more than \(Int.max)" : "\(needed)") bytes, but it has \(found)")
    }
    return count
  }

  /// Returns the header of an array in C order in version 1.0, byte for byte as NumPy writes it.
  package static func bytes(descr: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ")
    let comma = shape.count == 1 ? "," : ""
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)\(comma)), }"
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

/// The checked header of a .npy file of numbers.
///
/// Source:
/// [numpy.lib.format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPyHeader {
  let layout: NumPyLayout
  let type: NumPyType
  let count: Int

  /// The largest number of elements, 4 GB as floats: a sparse file takes no space on the disk.
  private static let maximumCount = 1 << 30

  /// Reads the header and checks that the elements are there, and nothing else.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, or at least its first ``NumPyLayout/maximumByteCount`` bytes.
  ///   - fileBytes: The size of the whole file in bytes.
  init(of bytes: RawSpan, fileBytes: Int) throws(FormatError) {
    layout = try NumPyLayout(of: bytes)
    guard let type = NumPyType(descr: layout.descr) else {
      throw .unsupported(
        "has the dtype \(WeightsError.quoted(layout.descr)); save it as float32, float16, "
          + "float64 or integers")
    }
    count = try layout.count(elementBytes: type.byteCount, fileBytes: fileBytes)
    guard count <= Self.maximumCount else {
      throw .unsupported("has \(count) elements; the limit is \(Self.maximumCount)")
    }
    self.type = type
  }

  /// Checks that NumPy supports arrays of a shape.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)``.
  static func check(_ shape: [Int], path: String) throws(WeightsError) {
    guard shape.count <= 64 else {
      throw .unsupported(
        source: path,
        reason: "cannot have an array of \(shape.count) dimensions; NumPy has up to 64")
    }
  }
}
