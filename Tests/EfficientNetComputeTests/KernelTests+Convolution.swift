import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  struct ConvolutionSize: Sendable {
    let height: Int
    let width: Int
    let kernel: Int
    let stride: Int
    let inputs: Int
    let outputs: Int

    init(_ height: Int, _ width: Int, _ kernel: Int, _ stride: Int, _ inputs: Int, _ outputs: Int) {
      (self.height, self.width, self.kernel, self.stride) = (height, width, kernel, stride)
      (self.inputs, self.outputs) = (inputs, outputs)
    }
  }

  static let convolutionSizes = [
    ConvolutionSize(1, 1, 3, 2, 3, 21), ConvolutionSize(8, 9, 3, 2, 3, 64),
    ConvolutionSize(33, 31, 3, 2, 3, 33), ConvolutionSize(7, 7, 5, 1, 15, 48),
    ConvolutionSize(5, 6, 1, 2, 17, 49), ConvolutionSize(4, 33, 3, 1, 1, 65),
    ConvolutionSize(6, 5, 7, 1, 16, 31), ConvolutionSize(10, 11, 5, 2, 33, 16),
    ConvolutionSize(9, 13, 3, 1, 47, 97), ConvolutionSize(2, 2, 7, 2, 48, 1),
    ConvolutionSize(11, 16, 4, 3, 5, 47),
  ]

  @Test("convolution equals plain loops", arguments: convolutionSizes, Precision.floatingPoint)
  func convolution(size: ConvolutionSize, precision: Precision) {
    let columns = Kernels.channelStride(size.outputs)
    let taps = size.kernel * size.kernel
    let x = Self.random("x", size.height * size.width * size.inputs, precision)
    let w = Self.random("w", size.outputs * taps * size.inputs, precision)
    let bias = Self.random("b", size.outputs)
    for isSame in [true, false] {
      let window = Self.window(
        height: size.height, width: size.width, kernel: size.kernel, stride: size.stride,
        isSame: isSame)
      let sums = Self.convolve(
        x, window, inputs: size.inputs, outputs: size.outputs, weights: w, bias: bias)
      let residual = Self.random("r", window.outputPixels * columns, precision)
      for number in 0..<8 {
        let hasResidual = number & 1 != 0
        let isSlabbed = number & 2 != 0
        let activatesSum = number & 4 != 0
        let activation = Activation.allCases[(number % 4 + size.height) % 5]
        let expected = sums.enumerated().map { index, sum in
          let other = hasResidual ? Double(residual[index]) : 0
          return Float(activatesSum ? activation.exact(sum + other) : activation.exact(sum) + other)
        }
        Self.check(
          "\(window), \(activation), of the sum \(activatesSum), slabs \(isSlabbed), residual \(hasResidual)",
          precision, output: precision, expected: expected
        ) { kernels in
          let constants = Self.constants(
            kernels, taps: taps, depth: size.inputs, outputs: size.outputs, precision: precision,
            weights: w, bias: bias)
          return Self.convolution(
            kernels, window, size, activation, precision, precision, constants, x: x,
            residual: hasResidual ? residual : nil, activatesSum: activatesSum,
            isSlabbed: isSlabbed, cut: number)
        }
      }
    }
  }

  /// Computes a convolution in pieces.
  static func convolution(
    _ kernels: Kernels, _ window: Window, _ size: ConvolutionSize, _ activation: Activation,
    _ precision: Precision, _ output: Precision, _ constants: KernelMemory, x: [Float],
    residual: [Float]?, activatesSum: Bool, isSlabbed: Bool, cut: Int,
    codes: LayerConstants? = nil
  ) -> Outcome {
    let columns = Kernels.channelStride(size.outputs)
    let xLayout =
      cut % 3 == 0 && precision == .float32
      ? MapLayout.image(pixels: window.inputPixels, channels: size.inputs)
      : .nhwc(pixels: window.inputPixels, channels: size.inputs, precision: precision).on(kernels)
    let yLayout = MapLayout.map(
      pixels: window.outputPixels, channels: columns, precision: output, isSlabbed: isSlabbed
    ).on(kernels)
    var residualLayout = yLayout
    residualLayout.precision = precision
    let layer = ConvolutionLayer(
      window: window,
      product: ProductLayer(
        depth: size.inputs, outputs: size.outputs, weights: constants.regions[0],
        bias: constants.regions[1], activation: activation, activatesSum: activatesSum,
        precision: precision, codesPerWord: kernels.codesPerWord))
    let memory = KernelMemory([xLayout.count, residualLayout.count, yLayout.count])
    memory.fill(0, xLayout, x, zeroPoint: codes?.inputZeroPoint ?? 0)
    if let residual {
      memory.fill(1, residualLayout, residual, zeroPoint: codes?.residualZeroPoint ?? 0)
    }
    for rows in pieces(of: window.outputHeight, cut: cut + 1) {
      for panels in pieces(of: kernels.panels(columns: columns), cut: cut) {
        kernels.convolution(
          layer, x: memory.map(0, xLayout), residual: residual == nil ? nil : memory.regions[1],
          y: memory.map(2, yLayout), rows: rows, panels: panels, memory: memory.arena,
          constants: constants.arena)
      }
    }
    return Outcome(memory, 2, yLayout, zeroPoint: codes?.zeroPoint ?? 0)
  }
}
