import Testing

@testable import EfficientNetCompute

/// Compares the preprocessing kernels on every instruction set with plain loops, on sizes that fit
/// no tile. Memory around the outputs is poisoned, so that a write outside shows.
@Suite("Resize kernels")
struct ResizeKernelTests {
  /// Returns what `body` appends to `count` places between poisoned ones; nil if it wrote outside
  /// or did not fill them.
  static func appended<Element: BitwiseCopyable & Equatable>(
    _ count: Int, poison: Element, _ body: (inout OutputSpan<Element>) -> Void
  ) -> [Element]? {
    let margin = 128
    let all = UnsafeMutableBufferPointer<Element>.allocate(capacity: count + 2 * margin)
    defer { all.deallocate() }
    all.initialize(repeating: poison)
    let middle = UnsafeMutableBufferPointer(rebasing: all[margin..<(margin + count)])
    var output = OutputSpan(buffer: middle, initializedCount: 0)
    body(&output)
    let written = output.finalize(for: middle)
    let isIntact =
      all[..<margin].allSatisfy { $0 == poison }
      && all[(margin + count)...].allSatisfy { $0 == poison }
    return isIntact && written == count ? Array(middle) : nil
  }

  /// A deterministic generator of noise.
  struct Noise {
    var state: UInt32 = 7
    mutating func next(_ bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(next(256)) } }
  }

  /// Taps anywhere in `input` pixels. The sums of their weights are from −1 to 2, so that results
  /// are clipped.
  static func taps(_ noise: inout Noise, input: Int, outputs: Int) -> ResizingTaps {
    let stride = min(input, 9)
    var taps = ResizingTaps(outputs: outputs, stride: stride)
    for _ in 0..<outputs {
      let count = 1 + noise.next(stride)
      taps.append(
        first: noise.next(input - count + 1),
        weights: (0..<count).map { _ in Int32((noise.next(3 << 22) - 1 << 22) / count) })
    }
    return taps
  }

  static func byte(_ taps: ResizingTaps, _ output: Int, _ source: (Int) -> UInt8) -> UInt8 {
    let sum = (0..<taps.count[output]).reduce(1 << 21) { sum, j in
      sum + Int(taps.weights[output * taps.stride + j]) * Int(source(taps.first[output] + j))
    }
    return UInt8(min(max(sum >> 22, 0), 255))
  }

  @Test(
    "resizing down equals plain loops", arguments: InstructionSet.available,
    [1, 2, 3, 47, 48, 49, 51, 95, 96, 97, 144, 671])
  func down(isa: InstructionSet, bytes: Int) {
    var noise = Noise()
    for rows in [1, 2, 5, 23] {
      let stride = bytes + rows
      let x = noise.bytes((rows - 1) * stride + bytes)
      let taps = Self.taps(&noise, input: rows, outputs: 4)
      for output in 0..<4 {
        let y = Self.appended(bytes, poison: 0xA5) { y in
          Kernels(isa).resizeDown(
            x.span, stride: stride, bytes: bytes, taps: taps, index: output, to: &y)
        }
        let expected = (0..<bytes).map { n in Self.byte(taps, output) { x[$0 * stride + n] } }
        #expect(y == expected, "\(rows) rows")
      }
    }
  }

  @Test(
    "resizing along rows equals plain loops", arguments: InstructionSet.available,
    Array(1...Kernels.resizeRows))
  func along(isa: InstructionSet, rows: Int) {
    var noise = Noise()
    for (columns, outputs) in [
      (1, 1), (1, 40), (2, 5), (5, 6), (6, 5), (16, 16), (33, 21), (90, 1),
    ] {
      let stride = 3 * columns + rows % 4
      let x = noise.bytes((rows - 1) * stride + 3 * columns)
      let taps = Self.taps(&noise, input: columns, outputs: outputs)
      let y = Self.appended(3 * outputs * rows, poison: 0xA5) { y in
        Kernels(isa).resizeAlong(x.span, stride: stride, rows: rows, taps: taps, to: &y)
      }
      let expected = (0..<(3 * outputs * rows)).map { n in
        let (row, output, channel) = (n / (3 * outputs), n / 3 % outputs, n % 3)
        return Self.byte(taps, output) { x[row * stride + 3 * $0 + channel] }
      }
      #expect(y == expected, "\(columns) to \(outputs) columns")
    }
  }

  @Test(
    "normalizing equals a subtraction and a division", arguments: InstructionSet.available,
    [0, 3, 45, 48, 51, 96, 99, 768])
  func normalize(isa: InstructionSet, bytes: Int) {
    let (mean, std): ([Float], [Float]) = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
    for first in [0, 85, 170] {
      let x = (0..<bytes).map { UInt8(truncatingIfNeeded: first + $0 / 3) }
      let y = Self.appended(bytes, poison: Float(1e30)) { y in
        Kernels(isa).normalize(x.span, mean: mean, std: std, to: &y)
      }
      #expect(y == x.indices.map { (Float(x[$0]) - mean[$0 % 3]) / std[$0 % 3] })
    }
  }

  @Test func tooLittleRoomTraps() async {
    await #expect(processExitsWith: .failure) {
      var taps = ResizingTaps(outputs: 1, stride: 1)
      taps.append(first: 0, weights: [1 << 22])
      let x: [UInt8] = [1, 2, 3]
      _ = [UInt8](capacity: 2) { y in
        Kernels(.scalar).resizeDown(x.span, stride: 3, bytes: 3, taps: taps, index: 0, to: &y)
      }
    }
  }

  @Test func sourceTooSmallTraps() async {
    await #expect(processExitsWith: .failure) {
      var taps = ResizingTaps(outputs: 1, stride: 2)
      taps.append(first: 0, weights: [1 << 21, 1 << 21])
      let x: [UInt8] = [1, 2, 3]
      _ = [UInt8](capacity: 3) { y in
        Kernels(.scalar).resizeAlong(x.span, stride: 3, rows: 1, taps: taps, to: &y)
      }
    }
  }
}
