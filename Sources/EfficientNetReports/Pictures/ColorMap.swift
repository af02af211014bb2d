/// A map from numbers between 0 and 1 to colors. Brightness rises with the number, so that the
/// maps are readable in gray and with color vision deficiency.
///
/// Source: Stéfan van der Walt and Nathaniel Smith's maps of
/// [matplotlib](https://bids.github.io/colormap/) (CC0) at 33 positions. Interpolated colors are
/// within two levels of the originals.
public enum ColorMap: String, Hashable, Sendable, CaseIterable {
  /// From black through red to pale yellow.
  case inferno
  /// From violet through green to yellow.
  case viridis

  /// Returns the color of a number. Numbers outside 0...1 have the colors of the ends; NaN is
  /// gray (128), which neither map contains.
  ///
  /// - Parameter value: A number from 0 to 1.
  public func color(at value: Float) -> (red: UInt8, green: UInt8, blue: UInt8) {
    if value.isNaN { return (128, 128, 128) }
    let anchors = anchors
    let place = min(max(value, 0), 1) * Float(anchors.count - 1)
    let first = min(Int(place), anchors.count - 2)
    let share = place - Float(first)
    func mixed(_ shift: UInt32) -> UInt8 {
      let from = Float(anchors[first] >> shift & 0xFF)
      let to = Float(anchors[first + 1] >> shift & 0xFF)
      return UInt8((from + share * (to - from)).rounded())
    }
    return (mixed(16), mixed(8), mixed(0))
  }

  /// Colors as 0xRRGGBB at equal distances.
  private var anchors: [UInt32] {
    switch self {
    case .inferno: Self.infernoAnchors
    case .viridis: Self.viridisAnchors
    }
  }

  private static let infernoAnchors: [UInt32] = [
    0x000004, 0x040312, 0x0B0724, 0x150B37, 0x210C4A, 0x2E0A5A, 0x3C0965, 0x4A0C6B,
    0x57106D, 0x63146E, 0x70196E, 0x7D1E6D, 0x89226A, 0x962766, 0xA32B61, 0xAF315C,
    0xBB3755, 0xC63E4D, 0xD14644, 0xDB4F3B, 0xE35932, 0xEB6528, 0xF1711E, 0xF67F14,
    0xF98D0A, 0xFB9C06, 0xFCAB0F, 0xFBBA1F, 0xF9CA32, 0xF5D949, 0xF2E865, 0xF3F586, 0xFCFFA4,
  ]

  private static let viridisAnchors: [UInt32] = [
    0x440154, 0x470D60, 0x48186A, 0x482374, 0x472D7B, 0x453681, 0x424086, 0x3F4989,
    0x3B528B, 0x375A8D, 0x33638D, 0x2F6A8E, 0x2C728E, 0x297A8E, 0x26818E, 0x23898E,
    0x21908C, 0x1F988B, 0x1F9F88, 0x21A685, 0x28AE80, 0x31B57B, 0x3EBC74, 0x4CC26C,
    0x5DC963, 0x6ECE58, 0x82D34C, 0x96D83F, 0xABDC32, 0xC0DF24, 0xD5E21A, 0xEAE51A, 0xFDE725,
  ]
}
