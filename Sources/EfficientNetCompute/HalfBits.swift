/// The upper half of a 32-bit float.
package enum BFloat16 {
  /// Returns the 16 bits nearest to `x`, ties to even; NaN always gives the same bits.
  @inlinable
  package static func bits(_ x: Float) -> UInt32 {
    guard !x.isNaN else { return 0x7FC0 }
    let bits = x.bitPattern
    return (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16
  }
}

/// IEEE half precision. The conversions take a few integer instructions on any processor;
/// `Float16`'s call a function where the compiler may not assume the instruction.
package enum FP16 {
  /// The largest finite number.
  package static let greatest: Float = 65504

  /// Returns the 16 bits nearest to `x`, ties to even; infinity from 65520; NaN stays NaN.
  @inlinable
  package static func bits(_ x: Float) -> UInt32 {
    let sign = x.bitPattern >> 16 & 0x8000
    let bits = x.bitPattern & 0x7fff_ffff
    if bits > 0x7f80_0000 { return sign | 0x7e00 | (bits >> 13 & 0x3ff) }
    if bits >= 0x477f_f000 { return sign | 0x7c00 }
    // A subnormal is a multiple of 2⁻²⁴, as are floats from 0.5 to 1.
    if bits < 0x3880_0000 {
      return sign | (Float(bitPattern: bits) + 0.5).bitPattern &- 0x3f00_0000
    }
    return sign | (bits &+ 0xfff &+ (bits >> 13 & 1) &- 0x3800_0000) >> 13
  }

  /// Returns the number of the lower 16 bits.
  package static func value(_ bits: UInt32) -> Float {
    Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
  }
}
