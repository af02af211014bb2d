import CEfficientNetKernels
import EfficientNetTestSupport
import Glibc
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  /// A product whose inputs, weights and sums are powers of two around the smallest normal number,
  /// 2⁻¹²⁶.
  private static func tinyProduct(
    _ kernels: Kernels, x: [Float], w: [Float], bias: [Float], residual: [Float]? = nil
  ) -> [UInt32] {
    let (depth, outputs) = (x.count, bias.count)
    let columns = Kernels.channelStride(outputs)
    let constants = Self.constants(
      kernels, depth: depth, outputs: outputs, precision: .float32, weights: w, bias: bias)
    let layer = ProductLayer(
      depth: depth, outputs: outputs, weights: constants.regions[0],
      bias: constants.regions[1], activation: .identity, precision: .float32)
    let xLayout = MapLayout.nhwc(pixels: 1, channels: depth, precision: .float32)
    let yLayout = MapLayout.nhwc(pixels: 1, channels: columns, precision: .float32)
    let memory = KernelMemory([xLayout.count, yLayout.count, yLayout.count])
    memory.fill(0, xLayout, x)
    memory.fill(2, yLayout, residual ?? [])
    kernels.product(
      layer, x: memory.map(0, xLayout), residual: residual == nil ? nil : memory.regions[2],
      y: memory.map(1, yLayout), rows: 0..<1, panels: 0..<kernels.panels(columns: columns),
      memory: memory.arena, constants: constants.arena)
    return Array(memory.words(1).prefix(outputs))
  }

  @Test(
    "subnormal inputs, weights, biases and results count as zero",
    arguments: InstructionSet.available)
  func subnormalNumbers(isa: InstructionSet) {
    let kernels = Kernels(isa)
    let (one, tiny, half) = (Float(1), Float(0x1p-126), Float(0x1p-127))
    func product(_ x: Float, _ w: Float, bias: Float, residual: Float? = nil) -> Float {
      Float(
        bitPattern: Self.tinyProduct(
          kernels, x: [x], w: [w], bias: [bias], residual: residual.map { [$0] })[0])
    }
    #expect(product(tiny, one, bias: 0) == tiny)
    #expect(product(half, 2, bias: 0) == 0, "an input")
    #expect(product(2, half, bias: 0) == 0, "a weight")
    #expect(product(0, 1, bias: half) == 0, "a bias")
    #expect(product(half, 1, bias: 1) == 1)
    #expect(product(tiny, 0.5, bias: 0) == 0, "a result")
    #expect(product(-tiny, 1.5, bias: tiny) == 0, "a difference")
    #expect(product(tiny, 1, bias: 0, residual: half) == tiny, "a residual")
    #expect(product(one, .infinity, bias: 0) == .infinity)
  }

  @Test("every instruction set gives the same bits for products of tiny numbers")
  func tinyNumbers() {
    let (depth, outputs) = (49, 97)
    let x = Self.random("x", depth).map { $0 * 0x1p-100 }
    // The sums get smaller from output to output, to below the smallest normal number.
    let w = Self.random("w", outputs * depth).enumerated().map { index, value in
      value * Float(sign: .plus, exponent: -(index / depth % 40), significand: 1)
    }
    let bias = Array(repeating: Float(0), count: outputs)
    let scalar = Self.tinyProduct(Kernels(.scalar), x: x, w: w, bias: bias)
    #expect(scalar.contains { $0 & 0x7fff_ffff == 0 })
    #expect(scalar.contains { $0 & 0x7fff_ffff != 0 })
    #expect(scalar.allSatisfy { !Float(bitPattern: $0).isSubnormal })
    for isa in InstructionSet.available {
      #expect(Self.tinyProduct(Kernels(isa), x: x, w: w, bias: bias) == scalar, "\(isa)")
    }
  }

  @Test("kernels neither use nor change the caller's floating-point mode")
  func callersMode() {
    let x = Self.random("x", 33)
    let w = Self.random("w", 17 * 33)
    let bias = Self.random("b", 17)
    func product() -> [UInt32] { Self.tinyProduct(Kernels(.scalar), x: x, w: w, bias: bias) }
    let expected = product()
    let mode = effnet_begin_kernel()
    effnet_end_kernel(mode)
    for rounding in [FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO] as [Int32] {
      fesetround(rounding)
      let result = product()
      #expect(fegetround() == rounding)
      fesetround(FE_TONEAREST as Int32)
      #expect(result == expected)
    }
    _ = product()
    let after = effnet_begin_kernel()
    effnet_end_kernel(after)
    #expect(after == mode)
  }
}
