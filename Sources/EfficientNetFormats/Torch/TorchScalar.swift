internal import EfficientNet

/// The element types of PyTorch's storages.
enum TorchScalar: String, CaseIterable {
  case float = "Float"
  case half = "Half"
  case bfloat16 = "BFloat16"
  case double = "Double"
  case long = "Long"
  case int = "Int"
  case short = "Short"
  case char = "Char"
  case byte = "Byte"
  case bool = "Bool"
  case complexHalf = "ComplexHalf"
  case complexFloat = "ComplexFloat"
  case complexDouble = "ComplexDouble"
  case quantizedByte = "QUInt8"
  case quantizedChar = "QInt8"
  case quantizedInt = "QInt32"
  case quantizedNibbles = "QUInt4x2"
  case quantizedCrumbs = "QUInt2x4"
  /// Bytes of any type.
  case untyped = "Untyped"

  /// The Python class, such as "torch.FloatStorage".
  var storageName: String {
    self == .untyped ? "torch.storage.UntypedStorage" : "torch.\(rawValue)Storage"
  }

  /// The size of one element in bytes.
  var byteCount: Int {
    switch self {
    case .complexDouble: 16
    case .double, .long, .complexFloat: 8
    case .float, .int, .quantizedInt, .complexHalf: 4
    case .half, .bfloat16, .short: 2
    case .char, .byte, .bool, .quantizedByte, .quantizedChar, .quantizedNibbles, .quantizedCrumbs,
      .untyped:
      1
    }
  }

  /// The floating-point type of an element, or nil for integers and other types that weights do not
  /// have.
  var elementType: ElementType? {
    switch self {
    case .float: .float32
    case .half: .float16
    case .bfloat16: .bfloat16
    case .double: .float64
    case .long, .int, .short, .char, .byte, .bool, .complexHalf, .complexFloat, .complexDouble,
      .quantizedByte, .quantizedChar, .quantizedInt, .quantizedNibbles, .quantizedCrumbs, .untyped:
      nil
    }
  }
}
