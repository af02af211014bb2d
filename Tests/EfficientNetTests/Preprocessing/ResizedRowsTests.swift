import EfficientNetCompute
import Testing

@testable import EfficientNet

/// Compares resizing and preprocessing on every instruction set with plain loops that resize the
/// whole picture.
@Suite struct ResizedRowsTests {
  /// Resizes one axis: rows of `row` bytes, weighted and rounded.
  static func resizedDown(
    _ bytes: [UInt8], row: Int, to output: Int, _ interpolation: Interpolation
  ) -> [UInt8] {
    let taps = ResizingTaps(
      input: bytes.count / row, output: output, window: 0..<output, interpolation: interpolation)
    return (0..<(output * row)).map { place in
      let (i, n) = (place / row, place % row)
      let sum = (0..<taps.count[i]).reduce(1 << 21) { sum, j in
        sum + Int(taps.weights[i * taps.stride + j]) * Int(bytes[(taps.first[i] + j) * row + n])
      }
      return UInt8(min(max(sum >> 22, 0), 255))
    }
  }

  /// Transposes columns to rows.
  static func turned(_ picture: PixelBuffer) -> PixelBuffer {
    let (width, height) = (picture.width, picture.height)
    let bytes = (0..<picture.bytes.count).map { place in
      let (x, y) = (place / 3 / height, place / 3 % height)
      return picture.bytes[3 * (y * width + x) + place % 3]
    }
    return PixelBuffer(width: height, height: width, bytes: bytes)
  }

  static func plain(
    _ source: PixelBuffer, width: Int, height: Int, _ interpolation: Interpolation
  ) -> PixelBuffer {
    func down(_ picture: PixelBuffer, to output: Int) -> PixelBuffer {
      let bytes = resizedDown(picture.bytes, row: 3 * picture.width, to: output, interpolation)
      return PixelBuffer(width: picture.width, height: output, bytes: bytes)
    }
    if source.height - height > max(0, 2 * (source.width - width)) {
      return turned(down(turned(down(source, to: height)), to: width))
    }
    return down(turned(down(turned(source), to: width)), to: height)
  }

  @Test(
    arguments: InstructionSet.available,
    [
      (1, 1, 1, 1), (1, 1, 7, 5), (1, 40, 3, 9), (40, 1, 9, 3), (37, 41, 37, 41), (50, 37, 17, 16),
      (37, 90, 33, 20), (16, 16, 33, 50), (19, 5, 5, 19), (130, 8, 1, 1), (8, 130, 2, 1),
      (70_000, 2, 5, 3),
    ])
  func equalsPlainLoops(isa: InstructionSet, size: (Int, Int, Int, Int)) {
    let source = noise(width: size.0, height: size.1, seed: 11)
    let (width, height) = (size.2, size.3)
    for interpolation in Interpolation.allCases {
      let whole = Self.plain(source, width: width, height: height, interpolation)
      for (left, top) in [(0, 0), (width / 3, height / 4), (width - 1, 0), (0, height - 1)] {
        let window = PixelRectangle(
          left: left, top: top, width: max(1, (width - left) * 2 / 3), height: height - top)
        let rows = ResizedRows(
          of: source, width: width, height: height, interpolation: interpolation, window: window,
          kernels: Kernels(isa))
        let bytes = [UInt8](capacity: 3 * window.width * window.height) { output in
          for row in 0..<window.height { rows.append(row..<(row + 1), to: &output) }
        }
        let expected = window.rows.flatMap { y in
          whole.bytes[(3 * (y * width + left))..<(3 * (y * width + left + window.width))]
        }
        #expect(bytes == expected, "\(interpolation) \(window)")
      }
    }
  }

  /// A window of a resized region equals the window of a resized copy of the region.
  @Test(arguments: InstructionSet.available)
  func regionsAreLikeCopies(isa: InstructionSet) {
    let source = noise(width: 53, height: 41, seed: 14)
    for region in [
      PixelRectangle(left: 0, top: 0, width: 53, height: 41),
      PixelRectangle(left: 9, top: 4, width: 31, height: 30),
      PixelRectangle(left: 40, top: 3, width: 13, height: 38),
      PixelRectangle(left: 0, top: 39, width: 53, height: 2),
      PixelRectangle(left: 52, top: 40, width: 1, height: 1),
    ] {
      let bytes = region.rows.flatMap { y in
        let start = 3 * (y * 53 + region.left)
        return source.bytes[start..<(start + 3 * region.width)]
      }
      let copy = PixelBuffer(width: region.width, height: region.height, bytes: bytes)
      for (width, height) in [(17, 20), (70, 33), (12, 50), (50, 12)] {
        let whole = Self.plain(copy, width: width, height: height, .bicubic)
        let window = PixelRectangle(left: 3, top: 2, width: width - 5, height: height - 4)
        let rows = ResizedRows(
          of: source, region: region, width: width, height: height, interpolation: .bicubic,
          window: window, kernels: Kernels(isa))
        let actual = [UInt8](capacity: 3 * window.width * window.height) { output in
          rows.append(0..<window.height, to: &output)
        }
        let expected = window.rows.flatMap { y in
          let start = 3 * (y * width + window.left)
          return whole.bytes[start..<(start + 3 * window.width)]
        }
        #expect(actual == expected, "\(region) to \(width)×\(height)")
      }
    }
  }

  @Test(
    arguments: InstructionSet.available,
    [
      (50, 37, 24, 21), (37, 50, 24, 21), (20, 90, 24, 20), (3, 3, 9, 16), (30, 10, 9, 16),
      (64, 64, 33, 64), (1, 200, 5, 4),
    ])
  func tensorEqualsPlainLoops(isa: InstructionSet, size: (Int, Int, Int, Int)) {
    let source = noise(width: size.0, height: size.1, seed: 12)
    let (mean, std): ([Float], [Float]) = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
    let preprocessing = Preprocessing(
      resize: size.2, crop: size.3, interpolation: .bicubic, mean: mean, std: std)
    let (width, height) = preprocessing.resizedSize(width: source.width, height: source.height)
    let whole = Self.plain(source, width: width, height: height, .bicubic)
    let across = CenterCrop(side: size.3, of: width)
    let down = CenterCrop(side: size.3, of: height)
    var expected = Tensor(shape: Shape(n: 1, h: size.3, w: size.3, c: 3))
    for y in 0..<size.3 {
      for x in 0..<size.3 {
        let (row, column) = (y - down.padding, x - across.padding)
        let isInside =
          down.visible.indices.contains(row + down.visible.lowerBound)
          && across.visible.indices.contains(column + across.visible.lowerBound)
        for c in 0..<3 {
          let place =
            3 * ((row + down.visible.lowerBound) * width + column + across.visible.lowerBound) + c
          let byte = isInside ? whole.bytes[place] : 0
          expected[n: 0, h: y, w: x, c: c] = (Float(byte) - mean[c]) / std[c]
        }
      }
    }
    #expect(preprocessing.tensor(source, kernels: Kernels(isa)) == expected)
  }

  @Test func severalThreadsAtOnce() {
    let source = noise(width: 90, height: 70, seed: 13)
    let preprocessing = PreprocessingTests.b0
    let expected = preprocessing.tensor(source)
    ThreadPool(threads: 4).forEach(count: 32) { _ in
      #expect(preprocessing.tensor(source) == expected)
    }
  }
}
