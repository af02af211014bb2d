import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  @Test(
    "the mean equals plain loops", arguments: [1, 3, 16, 47, 48, 49, 65, 112], [1, 4, 33, 196])
  func mean(channels: Int, rows: Int) {
    let columns = Kernels.channelStride(channels)
    let yLayout = MapLayout.nhwc(pixels: 1, channels: channels, precision: .float32)
    for precision in Precision.allCases {
      let scale: Float = precision == .int8 ? 0.037 : 1
      let x = Self.random("x", rows * channels, precision)
      for isSlabbed in [false, true] {
        // A row may be the sum of several pixels.
        let count = isSlabbed ? rows : 7 * rows
        let layout = MapLayout.map(
          pixels: rows, channels: channels, precision: precision, isSlabbed: isSlabbed)
        let expected = (0..<columns).map { c in
          guard c < channels else { return Float(0) }
          let sum = (0..<rows).reduce(0.0) { $0 + Double(x[$1 * channels + c]) }
          // A sum of codes is exact.
          return precision == .int8
            ? Float(sum) / Float(count) * scale : Float(sum / Double(count))
        }
        Self.check("slabs \(isSlabbed)", precision, output: .float32, expected: expected) {
          let layout = layout.on($0)
          let memory = KernelMemory([layout.count, columns])
          memory.fill(0, layout, x)
          $0.mean(
            x: memory.map(0, layout), count: count, scale: scale, zeroPoint: 100,
            y: memory.regions[1], memory: memory.arena)
          return Outcome(memory, 1, yLayout)
        }
      }
    }
  }

  @Test(
    "scaling by a gate equals plain loops", arguments: [1, 15, 17, 48, 49, 64, 112],
    Activation.allCases)
  func scale(channels: Int, activation: Activation) {
    let pixels = 5
    let columns = Kernels.channelStride(channels)
    let gate =
      Self.random("gate", channels).map(abs) + Array(repeating: 0, count: columns - channels)
    for precision in Precision.allCases {
      let y = Self.random("y", pixels * channels, precision)
      var codes = LayerConstants(
        bias: [], multiplier: [], scale: 0.0071, zeroPoint: 100, inputZeroPoint: 100)
      (codes.inputScale, codes.activation, codes.isGate) = (0.023, activation, true)
      let gatedCodes = (0..<pixels * columns).map { index in
        let (pixel, c) = index.quotientAndRemainder(dividingBy: columns)
        return codes.gated(c < channels ? y[pixel * channels + c] : 0, by: gate[c])
      }
      for isSlabbed in [false, true] {
        let layout = MapLayout.map(
          pixels: pixels, channels: channels, precision: precision, isSlabbed: isSlabbed)
        // Scales one slab at a time; the other slabs must not change.
        for slab in 0..<layout.slabs {
          let scaled = layout.channels(ofSlab: slab)
          let expected = (0..<pixels * columns).map { index in
            let (pixel, c) = index.quotientAndRemainder(dividingBy: columns)
            let value = c < channels ? y[pixel * channels + c] : 0
            guard scaled.contains(c) else { return value }
            return precision == .int8
              ? gatedCodes[index] : Float(activation.exact(Double(value) * Double(gate[c])))
          }
          Self.check(
            "slab \(slab) of \(layout)", precision, output: precision, expected: expected
          ) {
            let layout = layout.on($0)
            let rows = codes.rows(columns: columns)
            let memory = KernelMemory([columns, layout.count, rows.count])
            memory.fill(0, gate)
            memory.fill(1, layout, y)
            memory.fill(2, rows)
            $0.scale(
              memory.map(1, layout), slab: slab, gate: memory.regions[0], activation: activation,
              codes: precision == .int8 ? memory.regions[2] : nil, memory: memory.arena,
              constants: memory.arena)
            return Outcome(memory, 1, layout)
          }
        }
      }
    }
  }

  @Test(
    "scaled packed weights equal packed scaled weights", arguments: InstructionSet.available,
    [(1, 1), (3, 65), (16, 16), (33, 48), (48, 49), (65, 97)])
  func scaleWeights(isa: InstructionSet, size: (depth: Int, outputs: Int)) {
    let kernels = Kernels(isa)
    let (depth, outputs) = size
    for precision in Precision.floatingPoint {
      let w = Self.random("w", outputs * depth, precision)
      let gate = Self.random("gate", depth)
      let bias = Self.random("b", outputs)
      func constants(_ weights: [Float]) -> KernelMemory {
        Self.constants(
          kernels, depth: depth, outputs: outputs, precision: precision, weights: weights,
          bias: bias)
      }
      let (plain, scaled) = (constants(w), constants(w.indices.map { w[$0] * gate[$0 % depth] }))
      let layer = ProductLayer(
        depth: depth, outputs: outputs, weights: plain.regions[0],
        bias: plain.regions[1], activation: .identity, precision: precision)
      for cut in stride(from: 0, through: depth, by: 2) {
        let memory = KernelMemory([Kernels.channelStride(depth), plain.regions[0].count])
        memory.fill(0, gate + Array(repeating: 0, count: Kernels.channelStride(depth) - depth))
        for inputs in [0..<cut, cut..<depth] {
          kernels.scaleWeights(
            of: layer, inputs: inputs, gate: memory.regions[0], y: memory.regions[1],
            memory: memory.arena, constants: plain.arena)
        }
        // Compares numbers, not bits: zero times a negative gate is −0.
        func values(_ words: [UInt32]) -> [Float] {
          switch precision {
          case .float32: words.map { Float(bitPattern: $0) }
          case .bfloat16:
            words.flatMap { [Float(bitPattern: $0 << 16), Float(bitPattern: $0 & 0xffff_0000)] }
          case .float16: words.flatMap { [FP16.value($0), FP16.value($0 >> 16)] }
          case .int8: preconditionFailure("a gate scales maps of codes")
          }
        }
        let isEqual = values(memory.words(1)) == values(scaled.words(0))
        #expect(isEqual && memory.isIntact(behind: 1), "\(precision), cut at \(cut)")
      }
    }
  }

  @Test(
    "activations are within 8e-7 of double precision for |x| ≤ 10, and stay finite beyond",
    arguments: InstructionSet.available)
  func activations(isa: InstructionSet) {
    let kernels = Kernels(isa)
    let inputs: [Float] =
      (-2000...2000).map { Float($0) / 50 } + [
        -0.0, 1e-30, -1e-30, 88, -88, 1e4, -1e4, 1e30, -1e30,
      ]
    let columns = Kernels.channelStride(1)
    let xLayout = MapLayout.image(pixels: inputs.count, channels: 1)
    let yLayout = MapLayout.nhwc(pixels: inputs.count, channels: 1, precision: .float32)
    let constants = Self.constants(
      kernels, depth: 1, outputs: 1, precision: .float32, weights: [1], bias: [0])
    for activation in Activation.allCases {
      let memory = KernelMemory([xLayout.count, yLayout.count])
      memory.fill(0, inputs)
      kernels.product(
        ProductLayer(
          depth: 1, outputs: 1, weights: constants.regions[0], bias: constants.regions[1],
          activation: activation, precision: .float32),
        x: memory.map(0, xLayout), residual: nil, y: memory.map(1, yLayout),
        rows: 0..<inputs.count, panels: 0..<1, memory: memory.arena, constants: constants.arena)
      let values = memory.elements(1, yLayout)
      for (index, input) in inputs.enumerated() {
        let exact = activation.exact(Double(input))
        let error = abs(Double(values[index * columns]) - exact)
        // Beyond 10, the rounding of x · log2(e) shows. Below −87, exp stays at exp(87): 1.6e-38 of
        // x.
        let bound = abs(input) <= 10 ? 8e-7 : 2e-6
        let isClose = error <= bound * abs(exact) || error <= 2e-38 * max(1, abs(Double(input)))
        #expect(isClose, "\(activation)(\(input))")
      }
    }
  }
}

extension LayerConstants {
  /// Returns the code of a code times a gate.
  fileprivate func gated(_ code: Float, by gate: Float) -> Float {
    guard case .limits = form else {
      let value = KernelTests.activated([code * (gate * inputScale)], activation)[0]
      return self.code(ofRaw: value * (1 / scale))
    }
    func product(_ a: Int, _ b: Int) -> Int { (a * b + 0x4000) >> 15 }
    let ratio = inputScale / scale  // at most 4
    let word = min((gate * (32768 * ratio / 4)).rounded(.toNearestOrEven), 32767)
    return self.code(ofRaw: Float(product(product(128 * Int(code), Int(word)), 1 << 10)))
  }
}
