import EfficientNetTestSupport

@testable import EfficientNetCompute

/// Memory of a kernel test: one region for each of the given counts. All words are poisoned, and
/// poisoned words follow each region, so that unwritten places and writes outside a region show.
struct KernelMemory {
  /// As a float, and either half of it as a bfloat16, about 1.2e30.
  static let poison: UInt32 = 0x7171_7171

  let arena: Arena
  let regions: [Region]

  init(_ counts: [Int]) {
    var offset = 0
    regions = counts.map { count in
      defer { offset += (count + 63) / 16 * 16 }
      return Region(offset: offset, count: count)
    }
    arena = Arena(count: offset)
    arena.write(Region(offset: 0, count: offset)) { all in
      for index in all.indices { all[index] = Float(bitPattern: Self.poison) }
    }
  }

  func map(_ index: Int, _ layout: MapLayout) -> FeatureMap {
    FeatureMap(regions[index], layout)
  }

  func words(_ index: Int) -> [UInt32] {
    arena.read(regions[index]) { span in span.indices.map { span[$0].bitPattern } }
  }

  func fill(_ index: Int, _ values: [Float]) {
    arena.write(regions[index]) { span in
      for i in values.indices { span[i] = values[i] }
    }
  }

  /// Writes the channels of a map: `values` are (pixels, channels) without padding; padding becomes
  /// zero.
  ///
  /// - Parameter zeroPoint: The zero point of the map's codes in int8.
  func fill(_ index: Int, _ layout: MapLayout, _ values: [Float], zeroPoint: Int = 100) {
    let channels = values.count / layout.pixels
    arena.write(regions[index]) { span in
      for pixel in 0..<layout.pixels {
        for c in 0..<layout.channels {
          let value = c < channels ? values[pixel * channels + c] : 0
          let element = layout.element(pixel, c)
          switch layout.precision {
          case .float32: span[element] = value
          case .int8 where layout.codesPerWord == 4:
            let shift = UInt32(element % 4 * 8)
            let others = span[element / 4].bitPattern & ~(0xff << shift)
            let bits = UInt32(Int(value) + zeroPoint)
            span[element / 4] = Float(bitPattern: others | bits << shift)
          case .bfloat16, .float16, .int8:
            let shift = UInt32(element % 2 * 16)
            let others = span[element / 2].bitPattern & ~(0xffff << shift)
            let bits =
              switch layout.precision {
              case .float32, .bfloat16: BFloat16.bits(value)
              case .float16: FP16.bits(value)
              case .int8: UInt32(UInt16(bitPattern: Int16(value)))
              }
            span[element / 2] = Float(bitPattern: others | bits << shift)
          }
        }
      }
    }
  }

  /// The channels of a map, padding included: (pixels, layout.channels).
  func elements(_ index: Int, _ layout: MapLayout, zeroPoint: Int = 100) -> [Float] {
    let words = words(index)
    return (0..<layout.pixels * layout.channels).map {
      layout.value(words, $0 / layout.channels, $0 % layout.channels, zeroPoint: zeroPoint)
    }
  }

  /// Whether the words behind a region are still poisoned.
  func isIntact(behind index: Int) -> Bool {
    let end = regions[index].offset + regions[index].count
    let next = index + 1 < regions.count ? regions[index + 1].offset : arena.count
    return arena.read(Region(offset: end, count: next - end)) { span in
      span.indices.allSatisfy { span[$0].bitPattern == Self.poison }
    }
  }

  /// Whether the words outside the map's channels are still poisoned: the rest of the last slab and
  /// the words behind the region.
  func isIntact(around index: Int, _ layout: MapLayout, zeroPoint: Int = 100) -> Bool {
    let words = words(index)
    let poison =
      switch layout.precision {
      case .float32: Float(bitPattern: Self.poison)
      case .bfloat16: Float(bitPattern: 0x7171_0000)
      case .float16: FP16.value(0x7171)
      case .int8: layout.codesPerWord == 4 ? Float(0x71 - zeroPoint) : Float(0x7171)
      }
    return isIntact(behind: index)
      && (0..<layout.pixels).allSatisfy { pixel in
        (layout.channels..<layout.slabs * layout.slab).allSatisfy {
          layout.value(words, pixel, $0, zeroPoint: zeroPoint) == poison
        }
      }
  }
}

extension MapLayout {
  /// A layout with the channels in slabs, or NHWC.
  static func map(pixels: Int, channels: Int, precision: Precision, isSlabbed: Bool) -> MapLayout {
    isSlabbed
      ? .slabs(pixels: pixels, channels: channels, precision: precision)
      : .nhwc(pixels: pixels, channels: channels, precision: precision)
  }

  func element(_ pixel: Int, _ channel: Int) -> Int {
    channel / slab * slabPixels * slab + pixel * slab + channel % slab
  }

  /// The layout in the memory of some kernels.
  func on(_ kernels: Kernels) -> MapLayout {
    var layout = self
    layout.codesPerWord = kernels.codesPerWord
    return layout
  }

  func value(_ words: [UInt32], _ pixel: Int, _ channel: Int, zeroPoint: Int) -> Float {
    let element = element(pixel, channel)
    switch precision {
    case .float32: return Float(bitPattern: words[element])
    case .bfloat16:
      let word = words[element / 2]
      return Float(bitPattern: element.isMultiple(of: 2) ? word << 16 : word & 0xffff_0000)
    case .float16:
      let word = words[element / 2]
      return FP16.value(element.isMultiple(of: 2) ? word : word >> 16)
    case .int8 where codesPerWord == 4:
      return Float(Int(words[element / 4] >> UInt32(element % 4 * 8) & 0xff) - zeroPoint)
    case .int8:
      let word = words[element / 2]
      return Float(Int16(truncatingIfNeeded: element.isMultiple(of: 2) ? word : word >> 16))
    }
  }
}
