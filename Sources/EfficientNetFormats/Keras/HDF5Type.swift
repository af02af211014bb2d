internal import EfficientNet

/// The type of the elements of a data set or attribute, as far as weights need it.
enum HDF5Type: Equatable {
  /// IEEE 754 with 16, 32 or 64 bits.
  case float(NumPyType)
  case integer(byteCount: Int)
  /// Texts of `byteCount` bytes each, including padding.
  case text(byteCount: Int)
  /// References to texts in a global heap.
  case textReference
  case other

  /// The size of one element in bytes; nil if elements of this type are not read.
  var byteCount: Int? {
    switch self {
    case .float(let type): type.byteCount
    case .integer(let byteCount), .text(let byteCount): byteCount
    case .textReference: 16
    case .other: nil
    }
  }

  /// Reads a datatype message.
  ///
  ///     1 byte   version and class       3 bytes  bits      4 bytes  size
  ///     class 1: bit offset, precision (2 bytes each), exponent's and mantissa's places and sizes
  ///     (1 byte each), exponent's bias (4 bytes)
  init(_ message: Range<Int>, of file: HDF5Bytes) throws(FormatError) {
    let start = message.lowerBound
    guard message.count >= 8 else {
      throw .damaged("the type at byte \(start) has only \(message.count) bytes")
    }
    let first = try file.number(start, 1)
    let bits = try file.number(start + 1, 3)
    let size = try file.number(start + 4, 4)
    guard (1...3).contains(first >> 4), size > 0 else {
      throw .damaged("the type at byte \(start) is not valid")
    }
    switch first & 15 {
    case 0 where [1, 2, 4, 8].contains(size):
      self = .integer(byteCount: size)
    case 1:
      guard message.count >= 20 else {
        throw .damaged("the type at byte \(start) has only \(message.count) bytes")
      }
      let fields = [
        try file.number(start + 8, 2), try file.number(start + 10, 2),
        try file.number(start + 12, 1), try file.number(start + 13, 1),
        try file.number(start + 14, 1), try file.number(start + 15, 1),
        try file.number(start + 16, 4), bits & ~1,
      ]
      // The last field contains the implied first bit of the mantissa and the place of the sign.
      let isIEEE =
        switch size {
        case 2: fields == [0, 16, 10, 5, 0, 10, 15, 0x0F20]
        case 4: fields == [0, 32, 23, 8, 0, 23, 127, 0x1F20]
        case 8: fields == [0, 64, 52, 11, 0, 52, 1023, 0x3F20]
        default: false
        }
      let type = NumPyType(descr: "\(bits & 1 == 0 ? "<" : ">")f\(size)")
      self = isIEEE ? type.map(Self.float) ?? .other : .other
    case 3:
      self = .text(byteCount: size)
    case 9 where bits & 15 == 1 && size == 16:
      self = .textReference
    default:
      self = .other
    }
  }
}
