import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  /// The source of the depthwise convolution's input, and its value as (pixels, channels) without
  /// padding.
  private struct SeparableInput {
    enum Kind: CaseIterable { case stored, expansion, stem }

    let kind: Kind
    let x: [Float]
    let xLayout: MapLayout
    let values: [Double]
    // The convolution or product that makes the rows; unused for stored rows.
    let window: Window
    let depth: Int
    let precision: Precision
    let weights: [Float]
    let bias: [Float]
    /// The constants in int8, if a convolution or product makes the rows.
    let codes: LayerConstants?
    let activation: Activation

    init(
      _ kind: Kind, height: Int, width: Int, channels: Int, precision: Precision, isSlabbed: Bool
    ) {
      self.kind = kind
      let pixels = height * width
      switch kind {
      case .stored, .expansion: window = KernelTests.pixelwise(pixels)
      case .stem:
        window = KernelTests.window(
          height: 2 * height - 1, width: 2 * width, kernel: 3, stride: 2, isSame: true)
      }
      // The stem takes images, which are 32-bit floats.
      self.precision = kind == .stem ? .float32 : precision
      depth =
        switch kind {
        case .stored: channels
        case .expansion: channels / 3 + 2
        case .stem: 3
        }
      activation =
        switch kind {
        case .stored: .identity
        case .expansion: .silu
        case .stem: .relu6
        }
      let taps = window.kernel * window.kernel
      let isStemOfCodes = kind == .stem && precision == .int8
      let inputs = window.inputPixels * depth
      x =
        isStemOfCodes
        ? KernelTests.fractions("x", inputs) : KernelTests.random("x", inputs, self.precision)
      xLayout =
        switch kind {
        case .stored:
          .map(pixels: pixels, channels: channels, precision: precision, isSlabbed: isSlabbed)
        case .expansion: .nhwc(pixels: pixels, channels: depth, precision: precision)
        case .stem: .image(pixels: window.inputPixels, channels: depth)
        }
      // Scaled to unit size, so that sums do not depend on the depth.
      let size = 1 / Float(taps * depth).squareRoot()
      let weightCount = channels * taps * depth
      weights =
        if kind == .stored {
          []
        } else if isStemOfCodes {
          KernelTests.fractions("w", weightCount)
        } else if precision == .int8 {
          KernelTests.integers("w", weightCount, limit: 127)
        } else {
          KernelTests.random("w", weightCount).map {
            KernelTests.rounded($0 * size, kind == .stem ? .float32 : precision)
          }
        }
      codes =
        precision == .int8 && kind != .stored
        ? KernelTests.codes(channels, depth: depth, zeroPoint: 100)
          .layer(activation, readsCodes: kind == .expansion) : nil
      bias = codes?.bias ?? KernelTests.random("b", channels)
      if kind == .stored {
        values = x.map { Double($0) }
      } else {
        let columns = Kernels.channelStride(channels)
        // Sums of integers get the bias later.
        let sums = KernelTests.convolve(
          x, window, inputs: depth, outputs: channels, weights: weights,
          bias: self.precision == .int8 ? Array(repeating: 0, count: channels) : bias)
        let padded =
          codes?.outputs(of: sums, columns: columns).map { Double($0) }
          ?? sums.map { [activation] in activation.exact($0) }
        values = (0..<pixels * channels).map { padded[$0 / channels * columns + $0 % channels] }
      }
    }

    func source(
      _ constants: KernelMemory, _ kernels: Kernels, channels: Int
    ) -> SeparableLayer.Source {
      let product = ProductLayer(
        depth: depth, outputs: channels, weights: constants.regions[0], bias: constants.regions[1],
        activation: activation, precision: precision, codesPerWord: kernels.codesPerWord)
      return switch kind {
      case .stored: .stored
      case .expansion: .expansion(product)
      case .stem: .stem(ConvolutionLayer(window: window, product: product))
      }
    }

    func constants(_ kernels: Kernels, channels: Int, more: [[Float]]) -> KernelMemory {
      KernelTests.constants(
        kernels, taps: window.kernel * window.kernel, depth: kind == .stored ? 0 : depth,
        outputs: channels, precision: precision, weights: weights, bias: bias, codes: codes,
        more: more)
    }
  }

  @Test(
    "a separable convolution equals plain loops", arguments: [1, 3, 5, 7],
    [
      (1, 1, 3), (2, 3, 49), (7, 13, 64), (9, 8, 1), (8, 23, 65), (16, 33, 17), (15, 14, 47),
      (33, 31, 97), (3, 10, 48),
    ])
  func separable(kernel: Int, size: (height: Int, width: Int, channels: Int)) {
    for precision in Precision.allCases {
      for kind in SeparableInput.Kind.allCases {
        let input = SeparableInput(
          kind, height: size.height, width: size.width, channels: size.channels,
          precision: precision, isSlabbed: kernel % 4 == 1)
        for number in 0..<4 {
          let window = Self.window(
            height: size.height, width: size.width, kernel: kernel, stride: 1 + number % 2,
            isSame: number < 2)
          let activation = Activation.allCases[(number + kernel) % 5]
          separable(
            input, window, channels: size.channels, activation, precision,
            wantsSums: (number < 2) != (kind == .stem), isSlabbed: number % 3 < 2,
            cut: size.height + number)
        }
      }
    }
  }

  private func separable(
    _ input: SeparableInput, _ window: Window, channels: Int, _ activation: Activation,
    _ precision: Precision, wantsSums: Bool, isSlabbed: Bool, cut: Int
  ) {
    let columns = Kernels.channelStride(channels)
    let taps = window.kernel * window.kernel
    let codes =
      precision == .int8
      ? Self.codes(channels, depth: taps, zeroPoint: 17 * cut % 256).layer(activation) : nil
    let filters =
      codes == nil
      ? Self.random("filters", taps * channels)
      : Self.integers("filters", taps * channels, limit: 127)
    let bias =
      codes == nil ? Self.random("bias", channels) : Array(repeating: 0, count: channels)
    let sums = Self.depthwise(
      input.values, window, channels: channels, weights: filters, bias: bias)
    // Padded channels have no bias and no filter.
    let padded = (0..<window.outputPixels * columns).map { index in
      let (pixel, c) = index.quotientAndRemainder(dividingBy: columns)
      return c < channels ? sums[pixel * channels + c] : 0
    }
    let exact =
      codes?.outputs(of: padded, columns: columns).map { Double($0) }
      ?? padded.map { activation.exact($0) }
    let expected = exact.map { Float($0) }
    let expectedSums = (0..<window.outputHeight * columns).map { index in
      let (row, c) = index.quotientAndRemainder(dividingBy: columns)
      let sum = (0..<window.outputWidth).reduce(0.0) { sum, q in
        sum + exact[(row * window.outputWidth + q) * columns + c]
      }
      return codes.map { Float(sum) * $0.scale } ?? Float(sum)
    }
    // One slab after the other, each with one tap after the other.
    let width = MapLayout.slabChannels
    var packed = Array(repeating: Float(0), count: window.filterCount(channels: columns))
    for c in 0..<channels {
      for tap in 0..<taps {
        packed[(c / width * taps + tap) * width + c % width] = filters[tap * channels + c]
      }
    }
    var layerCodes = codes
    layerCodes?.weightSums = (0..<channels).map { c in
      (0..<taps).reduce(0) { $0 + Int(filters[$1 * channels + c]) }
    }
    let constantRows =
      layerCodes?.rows(columns: columns) ?? bias + Array(repeating: 0, count: columns - channels)
    let yLayout = MapLayout.map(
      pixels: window.outputPixels, channels: channels, precision: precision, isSlabbed: isSlabbed)
    let sumLayout = MapLayout.nhwc(
      pixels: window.outputHeight, channels: channels, precision: .float32)
    let what = "\(input.kind), \(window), \(channels) channels, \(activation)"
    func run(_ kernels: Kernels) -> KernelMemory {
      let constants = input.constants(kernels, channels: channels, more: [packed, constantRows])
      let layer = SeparableLayer(
        source: input.source(constants, kernels, channels: channels), window: window,
        channels: columns, filters: constants.regions[2], bias: constants.regions[3],
        activation: activation)
      let (xLayout, yLayout) = (input.xLayout.on(kernels), yLayout.on(kernels))
      let memory = KernelMemory([
        xLayout.count, window.ringCount, sumLayout.count, yLayout.count,
      ])
      memory.fill(0, xLayout, input.x)
      for rows in Self.pieces(of: window.outputHeight, cut: cut) {
        for slab in 0..<layer.slabs {
          kernels.separable(
            layer, x: memory.map(0, xLayout), y: memory.map(3, yLayout),
            sums: wantsSums ? memory.regions[2] : nil, ring: memory.regions[1], slab: slab,
            rows: rows, memory: memory.arena, constants: constants.arena)
        }
      }
      #expect(memory.isIntact(behind: 0) && memory.isIntact(behind: 1), "\(what)")
      return memory
    }
    // Inputs and filters are of unit size: the error stays where sums of them cancel.
    Self.check(what, precision, output: precision, expected: expected, magnitude: 1) {
      Outcome(run($0), 3, yLayout.on($0), zeroPoint: codes?.zeroPoint ?? 0)
    }
    if wantsSums {
      Self.check(
        "sums of \(what)", precision, output: .float32, expected: expectedSums,
        magnitude: Float(window.outputWidth)
      ) {
        Outcome(run($0), 2, sumLayout)
      }
    } else {
      let untouched = run(Kernels(.scalar)).words(2).allSatisfy { $0 == KernelMemory.poison }
      #expect(untouched, "\(what)")
    }
  }
}
