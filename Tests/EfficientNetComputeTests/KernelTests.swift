import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

/// Compares every kernel on every instruction set with plain loops in double precision, on sizes
/// that fit no tile, in poisoned memory. In 32-bit floats, all instruction sets give the bits of
/// the scalar one, as do in fp16 those that do not sum in fp16. In int8, all give the bits of the
/// plain loops.
@Suite("Kernels")
struct KernelTests {
  /// A kernel's output.
  struct Outcome {
    let words: [UInt32]
    let elements: [Float]
    let isIntact: Bool

    init(_ memory: KernelMemory, _ index: Int, _ layout: MapLayout, zeroPoint: Int = 100) {
      elements = memory.elements(index, layout, zeroPoint: zeroPoint)
      // Kernels store codes in words of two or of four.
      words =
        layout.precision == .int8 ? elements.map(\.bitPattern) : memory.words(index)
      isIntact = memory.isIntact(around: index, layout, zeroPoint: zeroPoint)
    }
  }

  /// Runs a kernel on every instruction set and compares its output with `expected`.
  ///
  /// - Parameters:
  ///   - precision: The number format of the kernel's inputs and weights. They are rounded to it
  ///     before the expected values are computed.
  ///   - output: The number format of the output. In bfloat16 it is a sum of 32-bit floats, rounded
  ///     once by at most 2⁻⁹ of its value; 2⁻⁸ allows for a sum that lies at a tie. Sums of
  ///     products of bfloat16 are 32-bit floats, as exact as those of floats except for the order
  ///     of additions inside an instruction. An fp16 is rounded by at most 2⁻¹², a sum of products
  ///     in fp16 in each of up to 64 steps: 2⁻⁶ is all of them at their worst.
  ///   - magnitude: The value that errors are relative to, if it is larger than the largest
  ///     expected value: the size of summands that cancel.
  static func check(
    _ what: String, _ precision: Precision, output: Precision, expected: [Float],
    magnitude: Float = 0, run: (Kernels) -> Outcome
  ) {
    var scalar: [UInt32] = []
    for isa in InstructionSet.available {
      let kernels = Kernels(isa)
      let sumsInFloat16 = precision == .float16 && kernels.sumsInFloat16
      let tolerance: Float =
        switch (precision, output) {
        case (.int8, _), (_, .int8): 0
        case (.float16, _) where sumsInFloat16: 0x1p-6
        case (.float32, .float32): 2e-6
        case (_, .float32): 1e-5
        case (_, .bfloat16): 0x1p-8
        case (_, .float16): 0x1p-11
        }
      let outcome = run(kernels)
      let error = relativeError(outcome.elements + [magnitude], expected + [magnitude])
      #expect(error <= tolerance, "\(isa): \(what)")
      #expect(outcome.isIntact, "\(isa): \(what)")
      if isa == .scalar { scalar = outcome.words }
      let isSame = precision == .bfloat16 || sumsInFloat16 || outcome.words == scalar
      #expect(isSame, "\(isa): \(what)")
    }
  }

  /// Numbers in [−1, 1), rounded to a precision; in int8, codes of a map with a zero point, a third
  /// of them the lowest or the highest.
  static func random(
    _ name: String, _ count: Int, _ precision: Precision = .float32, zeroPoint: Int = 100
  ) -> [Float] {
    Formula.unit(name, count: count).map {
      precision == .int8
        ? Float(min(max(Int(128 + 192 * $0), 0), 255) - zeroPoint)
        : rounded(Float($0), precision)
    }
  }

  static func rounded(_ x: Float, _ precision: Precision) -> Float {
    switch precision {
    case .float32: x
    case .bfloat16: Float(bitPattern: BFloat16.bits(x) << 16)
    case .float16: FP16.value(FP16.bits(x))
    case .int8: preconditionFailure("a code has a scale")
    }
  }

  /// Packed weights (output, tap, input) and a bias or, around codes, all constants of a layer, as
  /// the arena of constants.
  static func constants(
    _ kernels: Kernels, taps: Int = 1, depth: Int, outputs: Int, precision: Precision,
    weights: [Float], bias: [Float], codes: LayerConstants? = nil, more: [[Float]] = []
  ) -> KernelMemory {
    let columns = Kernels.channelStride(outputs)
    var codes = codes
    if precision == .int8 {
      codes?.weightSums = (0..<outputs).map { n in
        Int(weights[n * taps * depth..<(n + 1) * taps * depth].reduce(0.0) { $0 + Double($1) })
      }
    }
    let rows =
      codes?.rows(columns: columns) ?? bias + Array(repeating: 0, count: columns - outputs)
    let words = precision.words(depth, codesPerWord: kernels.codesPerWord)
    let constants = KernelMemory([taps * words * columns, rows.count] + more.map(\.count))
    constants.arena.write(constants.regions[0]) { packed in
      kernels.pack(
        taps: taps, depth: depth, outputs: outputs, columns: columns, precision: precision,
        into: &packed
      ) { tap, k, n in weights[(n * taps + tap) * depth + k] }
    }
    constants.fill(1, rows)
    for (index, values) in more.enumerated() { constants.fill(2 + index, values) }
    return constants
  }

  /// The window of TensorFlow's or PyTorch's padding.
  static func window(height: Int, width: Int, kernel: Int, stride: Int, isSame: Bool) -> Window {
    func extent(_ size: Int) -> (Int, Int) {
      if isSame {
        let outputs = (size + stride - 1) / stride
        return (outputs, max(0, (outputs - 1) * stride + kernel - size) / 2)
      }
      return ((size + 2 * ((kernel - 1) / 2) - kernel) / stride + 1, (kernel - 1) / 2)
    }
    let (outputHeight, top) = extent(height)
    let (outputWidth, left) = extent(width)
    return Window(
      inputHeight: height, inputWidth: width, outputHeight: outputHeight, outputWidth: outputWidth,
      kernel: kernel, stride: stride, top: top, left: left)
  }

  /// The window of a 1×1 convolution: one pixel.
  static func pixelwise(_ pixels: Int) -> Window {
    window(height: 1, width: pixels, kernel: 1, stride: 1, isSame: true)
  }

  /// `bias[n] + Σ_ijc x[p·s + i − top, q·s + j − left, c] · w[n, i, j, c]` over the taps inside the
  /// image, as (pixels, padded outputs).
  static func convolve(
    _ x: [Float], _ window: Window, inputs: Int, outputs: Int, weights: [Float], bias: [Float]
  ) -> [Double] {
    let columns = Kernels.channelStride(outputs)
    var y = Array(repeating: 0.0, count: window.outputPixels * columns)
    for pixel in 0..<window.outputPixels {
      for n in 0..<outputs { y[pixel * columns + n] = Double(bias[n]) }
      forEachTap(window, pixel) { tap, place in
        for n in 0..<outputs {
          let w = (n * window.kernel * window.kernel + tap) * inputs
          var sum = 0.0
          for c in 0..<inputs { sum += Double(x[place * inputs + c]) * Double(weights[w + c]) }
          y[pixel * columns + n] += sum
        }
      }
    }
    return y
  }

  /// The same with a filter for each channel: w is (tap, channel).
  static func depthwise(
    _ x: [Double], _ window: Window, channels: Int, weights: [Float], bias: [Float]
  ) -> [Double] {
    var y = Array(repeating: 0.0, count: window.outputPixels * channels)
    for pixel in 0..<window.outputPixels {
      for c in 0..<channels { y[pixel * channels + c] = Double(bias[c]) }
      forEachTap(window, pixel) { tap, place in
        for c in 0..<channels {
          y[pixel * channels + c] += x[place * channels + c] * Double(weights[tap * channels + c])
        }
      }
    }
    return y
  }

  /// The taps of an output that are inside the image, and the pixels under them.
  private static func forEachTap(
    _ window: Window, _ output: Int, _ body: (_ tap: Int, _ pixel: Int) -> Void
  ) {
    let (p, q) = output.quotientAndRemainder(dividingBy: window.outputWidth)
    for i in 0..<window.kernel {
      for j in 0..<window.kernel {
        let row = p * window.stride + i - window.top
        let column = q * window.stride + j - window.left
        guard 0..<window.inputHeight ~= row, 0..<window.inputWidth ~= column else { continue }
        body(i * window.kernel + j, row * window.inputWidth + column)
      }
    }
  }
}
