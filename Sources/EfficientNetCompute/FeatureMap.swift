internal import CEfficientNetKernels

/// How the channels of a feature map lie in memory.
///
/// Channel c of pixel p is element `(c / slab) * pixels * slab + p * slab + c % slab`: one slab of all channels is NHWC.
/// Expanded channels lie in slabs of 48, one behind the other: a slab is what a depthwise convolution works on at a
/// time, and what a matrix product reads without gaps.
package struct MapLayout: Hashable, Sendable {
  package var pixels: Int
  /// Channels with their padding, or those of an image without.
  package var channels: Int
  /// Channels that lie side by side.
  package var slab: Int
  package var precision: Precision

  /// The most channels of a slab of expanded channels.
  package static let slabChannels = Int(EFFNET_SLAB_CHANNELS)

  /// All channels of a pixel side by side, padded to whole blocks.
  package static func nhwc(pixels: Int, channels: Int, precision: Precision) -> MapLayout {
    let stride = Kernels.channelStride(channels)
    return MapLayout(pixels: pixels, channels: stride, slab: stride, precision: precision)
  }

  /// An image, without padding.
  package static func image(
    pixels: Int, channels: Int, precision: Precision = .float32
  ) -> MapLayout {
    MapLayout(pixels: pixels, channels: channels, slab: channels, precision: precision)
  }

  /// Expanded channels in slabs. The last one is as wide as the others, whatever it holds.
  package static func slabs(pixels: Int, channels: Int, precision: Precision) -> MapLayout {
    let stride = Kernels.channelStride(channels)
    return MapLayout(
      pixels: pixels, channels: stride, slab: min(stride, slabChannels), precision: precision)
  }

  /// Slabs of `channels` expanded channels.
  package static func slabCount(_ channels: Int) -> Int {
    (channels + slabChannels - 1) / slabChannels
  }

  package var slabs: Int { (channels + slab - 1) / slab }
  /// Words of the whole map.
  package var count: Int { slabs * precision.words(pixels * slab) }

  /// Elements of the whole map, those of padding included.
  package var elementCount: Int { slabs * pixels * slab }

  /// Channels of slab `index` that count.
  package func channels(ofSlab index: Int) -> Range<Int> {
    index * slab..<min((index + 1) * slab, channels)
  }
}

/// A feature map's place in an arena.
package struct FeatureMap: Hashable, Sendable {
  package var region: Region
  package var layout: MapLayout

  package init(_ region: Region, _ layout: MapLayout) {
    precondition(
      region.count >= layout.count, "a map of \(layout.count) words in \(region.count)")
    (self.region, self.layout) = (region, layout)
  }

  func kernelMap(in arena: Arena) -> effnet_map {
    unsafe effnet_map(
      data: arena.pointer(region), slab: layout.slab, slab_stride: layout.pixels * layout.slab)
  }
}

extension Arena {
  /// The elements of a map in NHWC order, the first `channels` of each pixel.
  ///
  /// - Precondition: the map is no slabs.
  package func elements(of map: FeatureMap, channels: Int) -> [Float] {
    let layout = map.layout
    precondition(layout.slabs == 1 && channels <= layout.channels, "\(channels) of \(layout)")
    return read(map.region) { words in
      [Float](capacity: layout.pixels * channels) { output in
        for pixel in 0..<layout.pixels {
          for c in 0..<channels {
            let element = pixel * layout.slab + c
            switch layout.precision {
            case .float32: output.append(words[element])
            case .bfloat16:
              let bits = words[element / 2].bitPattern
              output.append(
                Float(bitPattern: element.isMultiple(of: 2) ? bits << 16 : bits & 0xffff_0000))
            }
          }
        }
      }
    }
  }
}
