internal import EfficientNetCompute

extension PixelBuffer {
  /// Rotates the hue by a fraction of a full turn, −½ to ½, as torchvision's `adjust_hue` of a
  /// Pillow picture. It converts to 8-bit HSV and back, so even 0 changes a few bytes.
  mutating func adjustHue(turn: Double) {
    precondition(-0.5...0.5 ~= turn, "the turn is \(turn); it must be −0.5 to 0.5")
    let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
    withMutableBytes { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        var color = HSV(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
        color.hue &+= shift
        (pixels[start], pixels[start + 1], pixels[start + 2]) = color.rgb
      }
    }
  }
}

/// A color in Pillow's mode HSV, with 8 bits for each of hue, saturation and value.
///
/// It matches Pillow's
/// [Convert.c](https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Convert.c) byte for
/// byte. Source of the formulas: Smith 1978, [Color gamut transform
/// pairs](https://doi.org/10.1145/965139.807361).
struct HSV: Equatable {
  /// The angle on the color wheel: 0 is red, 85 green, 170 blue.
  var hue: UInt8
  /// The saturation: 0 is gray, 255 the pure color.
  var saturation: UInt8
  /// The largest of the three channels.
  var value: UInt8

  init(red: UInt8, green: UInt8, blue: UInt8) {
    let brightest = max(red, green, blue)
    let range = Float(brightest - min(red, green, blue))
    value = brightest
    guard range > 0 else {
      (hue, saturation) = (0, 0)
      return
    }
    func distance(_ channel: UInt8) -> Float { Float(brightest - channel) / range }
    let angle: Float =  // in sixths of a turn from red, −1 to 5
      if red == brightest {
        distance(blue) - distance(green)
      } else if green == brightest {
        Float(2 + Double(distance(red)) - Double(distance(blue)))
      } else {
        Float(4 + Double(distance(green)) - Double(distance(red)))
      }
    let turn = Double(angle) / 6 + 1
    hue = UInt8(min(Double(Float(turn >= 1 ? turn - 1 : turn)) * 255, 255))
    saturation = UInt8(min(Double(range / Float(brightest)) * 255, 255))
  }

  var rgb: (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let angle = Double(hue) * 6 / 255
    let sixth = Int(angle)
    let rest = Float(angle - Double(sixth))
    let amount = Float(Double(saturation) / 255)
    func dimmed(by share: Double) -> UInt8 {
      UInt8(min(max((Double(value) * (1 - share)).rounded(), 0), 255))
    }
    let low = dimmed(by: Double(amount))
    let falling = dimmed(by: Double(amount * rest))
    let rising = dimmed(by: Double(amount) * (1 - Double(rest)))
    switch sixth % 6 {
    case 0: return (value, rising, low)
    case 1: return (falling, value, low)
    case 2: return (low, value, rising)
    case 3: return (low, falling, value)
    case 4: return (rising, low, value)
    default: return (value, low, falling)
    }
  }
}
