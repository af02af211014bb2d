/// The element types of the safetensors format.
package enum SafetensorsType: String {
  case bool = "BOOL"
  case u8 = "U8", i8 = "I8", f8e5m2 = "F8_E5M2", f8e4m3 = "F8_E4M3"
  case i16 = "I16", u16 = "U16", f16 = "F16", bf16 = "BF16"
  case i32 = "I32", u32 = "U32", f32 = "F32"
  case i64 = "I64", u64 = "U64", f64 = "F64"

  package var byteCount: Int {
    switch self {
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  /// The format of the elements; nil for types that weights do not have.
  var elementType: ElementType? {
    switch self {
    case .f16: .float16
    case .bf16: .bfloat16
    case .f32: .float32
    case .f64: .float64
    case .i8: .int8
    case .bool, .u8, .f8e5m2, .f8e4m3, .i16, .u16, .i32, .u32, .i64, .u64: nil
    }
  }
}
