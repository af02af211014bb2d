internal import CEfficientNetKernels

/// The memory layout of a feature map's channels.
///
/// Channel c of pixel p is element `(c / slab) * slabPixels * slab + p * slab + c % slab`. A single
/// slab of all channels is NHWC. Expanded channels lie in consecutive slabs of 48 channels. A
/// depthwise convolution works on one slab at a time, and a matrix product reads slabs without
/// gaps.
package struct MapLayout: Hashable, Sendable {
  package private(set) var pixels: Int
  /// The pixels from the start of a slab to the start of the next one: `pixels`, or more if the map
  /// is a part of a larger map.
  package private(set) var slabPixels: Int
  /// The channels, including padding; an image has no padding.
  package var channels: Int
  /// The number of adjacent channels.
  package var slab: Int
  package var precision: Precision
  /// ``Kernels/codesPerWord`` of the kernels that use the map, if it is in int8.
  package var codesPerWord = 2

  private init(pixels: Int, channels: Int, slab: Int, precision: Precision) {
    (self.pixels, slabPixels) = (pixels, pixels)
    (self.channels, self.slab, self.precision) = (channels, slab, precision)
  }

  /// The maximum number of channels in a slab of expanded channels.
  package static let slabChannels = Int(EFFNET_SLAB_CHANNELS)

  /// Returns a layout with all channels of a pixel side by side, padded to whole blocks.
  package static func nhwc(pixels: Int, channels: Int, precision: Precision) -> MapLayout {
    let stride = Kernels.channelStride(channels)
    return MapLayout(pixels: pixels, channels: stride, slab: stride, precision: precision)
  }

  /// Returns the layout of an image, without padding.
  package static func image(
    pixels: Int, channels: Int, precision: Precision = .float32
  ) -> MapLayout {
    MapLayout(pixels: pixels, channels: channels, slab: channels, precision: precision)
  }

  /// Returns a layout of expanded channels in slabs. The last slab is as wide as the others, even
  /// if it has fewer channels.
  package static func slabs(pixels: Int, channels: Int, precision: Precision) -> MapLayout {
    let stride = Kernels.channelStride(channels)
    return MapLayout(
      pixels: pixels, channels: stride, slab: min(stride, slabChannels), precision: precision)
  }

  /// Returns the number of slabs for `channels` expanded channels.
  package static func slabCount(_ channels: Int) -> Int {
    (channels + slabChannels - 1) / slabChannels
  }

  package var slabs: Int { (channels + slab - 1) / slab }
  /// The words of 32 bits from the start of a slab to the start of the next one.
  var slabStride: Int { precision.words(slabPixels * slab, codesPerWord: codesPerWord) }
  /// The size of the map in words of 32 bits, from its first element to its last.
  package var count: Int {
    (slabs - 1) * slabStride + precision.words(pixels * slab, codesPerWord: codesPerWord)
  }

  /// Returns the layout of a map of several images: the pixels of each follow those of the one
  /// before, in every slab.
  package func of(images: Int) -> MapLayout {
    var layout = self
    layout.pixels *= images
    layout.slabPixels *= images
    return layout
  }

  /// Returns the layout of a part of a map: the first `count` pixels of each slab.
  fileprivate func prefix(_ count: Int) -> MapLayout {
    precondition(count <= pixels, "\(count) of \(pixels) pixels")
    var layout = self
    layout.pixels = count
    return layout
  }

  /// The number of elements of the whole map, including padding.
  package var elementCount: Int { slabs * pixels * slab }

  /// Returns the channels of slab `index` without the padding of the last slab.
  package func channels(ofSlab index: Int) -> Range<Int> {
    index * slab..<min((index + 1) * slab, channels)
  }
}

/// A feature map: a region of an arena and its layout.
package struct FeatureMap: Hashable, Sendable {
  package var region: Region
  package var layout: MapLayout

  package init(_ region: Region, _ layout: MapLayout) {
    precondition(
      region.count >= layout.count, "a map of \(layout.count) words in \(region.count)")
    (self.region, self.layout) = (region, layout)
  }

  /// Returns the part of the map with some consecutive pixels, such as one image of several.
  ///
  /// - Precondition: In 16 and 8 bits, the part starts at a whole word.
  package func pixels(_ range: Range<Int>) -> FeatureMap {
    precondition(range.upperBound <= layout.pixels, "pixels \(range) of \(layout)")
    let elements = range.lowerBound * layout.slab
    let perWord = layout.precision.elementsPerWord(codesPerWord: layout.codesPerWord)
    precondition(elements.isMultiple(of: perWord), "pixels \(range) of \(layout)")
    let part = layout.prefix(range.count)
    return FeatureMap(
      Region(offset: region.offset + elements / perWord, count: part.count), part)
  }

  func kernelMap(in arena: Arena, codesPerWord: Int = 2) -> effnet_map {
    precondition(
      layout.precision != .int8 || layout.codesPerWord == codesPerWord,
      "\(layout) for \(codesPerWord) codes in a word")
    return unsafe effnet_map(
      data: arena.pointer(region), slab: layout.slab, slab_stride: layout.slabPixels * layout.slab)
  }
}

extension Arena {
  /// Returns the elements of a map in NHWC order, the first `channels` of each pixel; in int8, the
  /// codes without the map's zero point.
  package func elements(of map: FeatureMap, channels: Int, zeroPoint: Int = 0) -> [Float] {
    let layout = map.layout
    precondition(channels <= layout.channels, "\(channels) of \(layout)")
    return read(map.region) { words in
      [Float](capacity: layout.pixels * channels) { output in
        for pixel in 0..<layout.pixels {
          for c in 0..<channels {
            let (slab, place) = c.quotientAndRemainder(dividingBy: layout.slab)
            let element = (slab * layout.slabPixels + pixel) * layout.slab + place
            switch layout.precision {
            case .float32: output.append(words[element])
            case .bfloat16:
              let bits = words[element / 2].bitPattern
              output.append(
                Float(bitPattern: element.isMultiple(of: 2) ? bits << 16 : bits & 0xffff_0000))
            case .float16:
              let bits = words[element / 2].bitPattern
              output.append(FP16.value(element.isMultiple(of: 2) ? bits : bits >> 16))
            case .int8 where layout.codesPerWord == 4:
              let bits = words[element / 4].bitPattern >> (8 * UInt32(element % 4))
              output.append(Float(Int(bits & 0xff) - zeroPoint))
            case .int8:
              let bits = words[element / 2].bitPattern
              output.append(
                Float(Int16(truncatingIfNeeded: element.isMultiple(of: 2) ? bits : bits >> 16)))
            }
          }
        }
      }
    }
  }
}
