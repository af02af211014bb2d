import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  static let productSizes: [(rows: Int, depth: Int, outputs: Int)] = [
    (1, 1, 1), (1, 7, 65), (2, 65, 64), (3, 64, 47), (5, 3, 16), (6, 16, 17), (6, 49, 33),
    (7, 33, 48), (8, 5, 49), (13, 97, 97), (17, 15, 31), (29, 47, 15), (43, 48, 112),
  ]

  /// One way to call ``Kernels/product``. The first 32 cover every combination of layouts, residual
  /// and weights.
  struct ProductVariant: CustomStringConvertible {
    let activation: Activation
    let xIsSlabbed: Bool
    let yIsSlabbed: Bool
    let hasResidual: Bool
    let isScaled: Bool
    let activatesSum: Bool
    let cut: Int
    let isPadded: Bool

    init(_ number: Int) {
      activation = Activation.allCases[number % 5]
      xIsSlabbed = number & 1 != 0
      yIsSlabbed = number & 2 != 0
      hasResidual = number & 4 != 0
      isScaled = number & 8 != 0
      activatesSum = number & 16 != 0
      cut = 7 * number
      isPadded = number % 3 != 0
    }

    var description: String {
      "\(activation), slabs \(xIsSlabbed) → \(yIsSlabbed), residual \(hasResidual), "
        + "of the sum \(activatesSum), scaled \(isScaled), cut \(cut), padded \(isPadded)"
    }
  }

  @Test("a product equals plain loops", arguments: productSizes, Precision.floatingPoint)
  func product(size: (rows: Int, depth: Int, outputs: Int), precision: Precision) {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let x = Self.random("x", rows * depth, precision)
    let w = Self.random("w", outputs * depth, precision)
    let bias = Self.random("b", outputs)
    let gate = Self.random("gate", depth)
    let scaled = w.indices.map { Self.rounded(w[$0] * gate[$0 % depth], precision) }
    let window = Self.pixelwise(rows)
    let sums = [w, scaled].map {
      Self.convolve(x, window, inputs: depth, outputs: outputs, weights: $0, bias: bias)
    }
    for variant in (0..<32).map(ProductVariant.init) {
      // The network's outputs are 32-bit floats.
      let output = variant.cut % 3 == 1 ? .float32 : precision
      let residual = Self.random("r", rows * columns, precision)
      let expected = sums[variant.isScaled ? 1 : 0].enumerated().map { index, sum in
        let other = variant.hasResidual ? Double(residual[index]) : 0
        return Float(
          variant.activatesSum
            ? variant.activation.exact(sum + other) : variant.activation.exact(sum) + other)
      }
      Self.check("\(variant)", precision, output: output, expected: expected) { kernels in
        let constants = Self.constants(
          kernels, depth: depth, outputs: outputs, precision: precision, weights: w, bias: bias)
        return Self.product(
          kernels, variant, size, precision, output, constants, x: x, residual: residual,
          gate: gate)
      }
    }
  }

  /// Computes a product in pieces.
  ///
  /// - Parameter codes: The zero points of maps of codes.
  static func product(
    _ kernels: Kernels, _ variant: ProductVariant, _ size: (rows: Int, depth: Int, outputs: Int),
    _ precision: Precision, _ output: Precision, _ constants: KernelMemory, x: [Float],
    residual: [Float], gate: [Float] = [], codes: LayerConstants? = nil
  ) -> Outcome {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let xLayout =
      variant.isPadded || variant.xIsSlabbed || precision != .float32
      ? MapLayout.map(
        pixels: rows, channels: depth, precision: precision, isSlabbed: variant.xIsSlabbed
      ).on(kernels)
      : .image(pixels: rows, channels: depth)
    let yLayout = MapLayout.map(
      pixels: rows, channels: columns, precision: output, isSlabbed: variant.yIsSlabbed
    ).on(kernels)
    var residualLayout = yLayout
    residualLayout.precision = precision
    let layer = ProductLayer(
      depth: depth, outputs: outputs, weights: constants.regions[0],
      bias: constants.regions[1], activation: variant.activation,
      activatesSum: variant.activatesSum, precision: precision,
      codesPerWord: kernels.codesPerWord)
    let memory = KernelMemory([
      xLayout.count, residualLayout.count, yLayout.count, Kernels.channelStride(depth),
      constants.regions[0].count,
    ])
    memory.fill(0, xLayout, x, zeroPoint: codes?.inputZeroPoint ?? 0)
    memory.fill(1, residualLayout, residual, zeroPoint: codes?.residualZeroPoint ?? 0)
    memory.fill(3, gate)
    // A word of 16-bit numbers holds two inputs.
    let even = variant.cut % (depth + 1) / 2 * 2
    for range in [0..<even, even..<depth] where variant.isScaled {
      kernels.scaleWeights(
        of: layer, inputs: range, gate: memory.regions[3], y: memory.regions[4],
        memory: memory.arena, constants: constants.arena)
    }
    for rows in pieces(of: rows, cut: variant.cut) {
      for panels in pieces(of: kernels.panels(columns: columns), cut: variant.cut) {
        kernels.product(
          layer, x: memory.map(0, xLayout),
          residual: variant.hasResidual ? memory.regions[1] : nil, y: memory.map(2, yLayout),
          rows: rows, panels: panels,
          scaledWeights: variant.isScaled ? memory.regions[4] : nil, memory: memory.arena,
          constants: constants.arena)
      }
    }
    return Outcome(memory, 2, yLayout, zeroPoint: codes?.zeroPoint ?? 0)
  }

  @Test("a product of floats and codes in bytes equals plain loops", arguments: productSizes)
  func wideningProduct(size: (rows: Int, depth: Int, outputs: Int)) {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let x = Self.random("x", rows * depth)
    let codes = Self.integers("w", outputs * depth, limit: 127)
    let (scales, bias) = (Self.random("s", outputs), Self.random("b", outputs))
    let sums = Self.convolve(
      x, Self.pixelwise(rows), inputs: depth, outputs: outputs, weights: codes,
      bias: Array(repeating: 0, count: outputs))
    let expected = sums.enumerated().map { index, sum in
      let n = index % columns
      return n < outputs ? Float(Double(bias[n]) + Double(scales[n]) * sum) : 0
    }
    let xLayout = MapLayout.nhwc(pixels: rows, channels: depth, precision: .float32)
    let yLayout = MapLayout.nhwc(pixels: rows, channels: columns, precision: .float32)
    for cut in [0, 7, 23] {
      Self.check("\(size), cut \(cut)", .float32, output: .float32, expected: expected) { kernels in
        let memory = KernelMemory([
          xLayout.count, yLayout.count, (depth + 3) / 4 * columns, 2 * columns,
        ])
        let layer = ProductLayer(
          depth: depth, outputs: outputs, weights: memory.regions[2], bias: memory.regions[3],
          activation: .identity, precision: .float32, widensWeights: true)
        memory.fill(0, xLayout, x)
        memory.arena.write(layer.weights) { packed in
          kernels.pack(
            depth: depth, outputs: outputs, columns: columns, precision: .int8, widens: true,
            into: &packed
          ) { _, k, n in codes[n * depth + k] }
        }
        let padding = [Float](repeating: 0, count: columns - outputs)
        memory.fill(3, bias + padding + scales + padding)
        for rows in Self.pieces(of: rows, cut: cut) {
          for panels in Self.pieces(of: kernels.panels(columns: columns), cut: cut) {
            kernels.product(
              layer, x: memory.map(0, xLayout), residual: nil, y: memory.map(1, yLayout),
              rows: rows, panels: panels, memory: memory.arena, constants: memory.arena)
          }
        }
        return Outcome(memory, 1, yLayout)
      }
    }
  }

  @Test("a pooled product equals plain loops", arguments: productSizes, Precision.floatingPoint)
  func pooledProduct(size: (rows: Int, depth: Int, outputs: Int), precision: Precision) {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let x = Self.random("x", rows * depth, precision)
    let w = Self.random("w", outputs * depth, precision)
    let bias = Self.random("b", outputs)
    let sums = Self.convolve(
      x, Self.pixelwise(rows), inputs: depth, outputs: outputs, weights: w, bias: bias)
    for (cut, activation) in Activation.allCases.enumerated() {
      let expected = (0..<columns).map { n in
        Float(
          (0..<rows).reduce(0.0) { $0 + activation.exact(sums[$1 * columns + n]) } / Double(rows))
      }
      Self.check("\(activation)", precision, output: precision, expected: expected) { kernels in
        let constants = Self.constants(
          kernels, depth: depth, outputs: outputs, precision: precision, weights: w, bias: bias)
        return Self.pooledProduct(
          kernels, activation, size, precision, precision, constants, x: x, cut: cut)
      }
    }
  }

  /// Computes a pooled product in pieces.
  static func pooledProduct(
    _ kernels: Kernels, _ activation: Activation, _ size: (rows: Int, depth: Int, outputs: Int),
    _ precision: Precision, _ output: Precision, _ constants: KernelMemory, x: [Float], cut: Int,
    codes: LayerConstants? = nil
  ) -> Outcome {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let xLayout = MapLayout.nhwc(pixels: rows, channels: depth, precision: precision).on(kernels)
    let yLayout = MapLayout.nhwc(pixels: 1, channels: columns, precision: output)
    let layer = ProductLayer(
      depth: depth, outputs: outputs, weights: constants.regions[0],
      bias: constants.regions[1], activation: activation, precision: precision,
      codesPerWord: kernels.codesPerWord)
    let memory = KernelMemory([xLayout.count, Kernels.pooledScratchCount, yLayout.count])
    memory.fill(0, xLayout, x, zeroPoint: codes?.inputZeroPoint ?? 0)
    for panels in pieces(of: kernels.panels(columns: columns), cut: cut) {
      kernels.pooledProduct(
        layer, x: memory.map(0, xLayout), mean: memory.map(2, yLayout),
        scratch: memory.regions[1],
        panels: panels, memory: memory.arena, constants: constants.arena)
    }
    #expect(memory.isIntact(behind: 1))
    return Outcome(memory, 2, yLayout)
  }

  /// `0..<count` in two pieces, one of which may be empty.
  static func pieces(of count: Int, cut: Int) -> [Range<Int>] {
    let cut = cut % (count + 1)
    return [0..<cut, cut..<count]
  }
}
