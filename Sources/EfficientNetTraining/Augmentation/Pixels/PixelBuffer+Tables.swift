internal import EfficientNetCompute

/// Operations that map each byte independently of its neighbors, in place.
extension PixelBuffer {
  /// `y = value(x)` for each byte.
  mutating func map(_ value: (UInt8) -> UInt8) {
    let table = (0...255).map { value(UInt8($0)) }
    map(red: table, green: table, blue: table)
  }

  /// `y = table[x]`, with one table of 256 values per channel, made from the channel's histogram;
  /// nil leaves the channel unchanged.
  private mutating func mapChannels(_ table: (_ counts: [Int]) -> [UInt8]?) {
    let tables = (0..<3).map { table(histogram(channel: $0)) ?? Array(0...255) }
    map(red: tables[0], green: tables[1], blue: tables[2])
  }

  private mutating func map(red: [UInt8], green: [UInt8], blue: [UInt8]) {
    let (red, green, blue) = (red.span, green.span, blue.span)
    withMutableBytes { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        pixels[start] = red[Int(pixels[start])]
        pixels[start + 1] = green[Int(pixels[start + 1])]
        pixels[start + 2] = blue[Int(pixels[start + 2])]
      }
    }
  }

  /// The negative, `y = 255 − x`: Pillow's `ImageOps.invert`.
  mutating func invert() { map { 255 - $0 } }

  /// Keeps the upper bits of each byte: Pillow's `ImageOps.posterize`.
  mutating func posterize(bits: Int) {
    precondition(1...8 ~= bits, "bits are \(bits); they must be 1 to 8")
    map { $0 & (0xFF << UInt8(8 - bits)) }
  }

  /// Inverts bytes at or above the threshold, 256 for none: Pillow's `ImageOps.solarize`.
  mutating func solarize(threshold: Int) { map { Int($0) < threshold ? $0 : 255 - $0 } }

  /// Adds a value to the bytes below the threshold, up to 255.
  ///
  /// Source: `solarize_add` in `autoaugment.py` of the [official EfficientNet code][code].
  ///
  /// [code]: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet
  mutating func solarize(adding value: Int, threshold: Int = 128) {
    map { Int($0) < threshold ? UInt8(min(max(Int($0) + value, 0), 255)) : $0 }
  }

  /// The number of pixels with each value in a channel: 0 for red, 1 for green, 2 for blue.
  func histogram(channel: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    let pixels = bytes.span
    for place in stride(from: channel, to: pixels.count, by: 3) { counts[Int(pixels[place])] += 1 }
    return counts
  }

  /// Stretches each channel so that its darkest byte becomes 0 and its brightest 255: Pillow's
  /// `ImageOps.autocontrast`.
  mutating func autocontrast() {
    mapChannels { counts in
      let low = counts.firstIndex { $0 > 0 } ?? 0
      let high = counts.lastIndex { $0 > 0 } ?? 0
      guard high > low else { return nil }
      let scale = 255.0 / Double(high - low)
      let offset = -Double(low) * scale
      return (0...255).map { UInt8(min(max(Int(Double($0) * scale + offset), 0), 255)) }
    }
  }

  /// Equalizes the histogram of each channel: Pillow's `ImageOps.equalize`.
  ///
  /// A channel with fewer than 255 bytes below its brightest value does not change.
  mutating func equalize() {
    mapChannels { counts in
      let brightest = counts.last { $0 > 0 } ?? 0
      let step = (counts.reduce(0, +) - brightest) / 255
      guard step > 0 else { return nil }
      var sum = step / 2
      return counts.map { count in
        defer { sum += count }
        return UInt8(min(sum / step, 255))
      }
    }
  }
}
