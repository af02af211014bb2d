import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

extension KernelTests {
  /// A network with a damaged weight or input must answer NaN, not a confident class.
  ///
  /// Rounding these NaNs to 16 bits like numbers would turn the last two into infinity and zero.
  @Test(
    "activations keep NaN and infinity", arguments: Activation.allCases,
    [0x7FC0_0000, 0x7F80_0001, 0x7FFF_FFFF] as [UInt32])
  func activationsKeepNaN(activation: Activation, payload: UInt32) {
    for precision in Precision.floatingPoint {
      activationsKeepNaN(activation: activation, payload: payload, precision: precision)
    }
  }

  private func activationsKeepNaN(activation: Activation, payload: UInt32, precision: Precision) {
    let (rows, depth, outputs) = (9, 5, 33)
    var x = Self.random("x", rows * depth, precision)
    x[2 * depth + 1] = Float(bitPattern: payload)
    x[7 * depth + 4] = .infinity
    let w = Self.random("w", outputs * depth, precision).map { abs($0) + 0.5 }
    let bias = Self.random("b", outputs)
    let columns = Kernels.channelStride(outputs)
    let xLayout = MapLayout.nhwc(pixels: rows, channels: depth, precision: precision)
    let yLayout = MapLayout.nhwc(pixels: rows, channels: columns, precision: precision)
    for isa in InstructionSet.available {
      let kernels = Kernels(isa)
      let constants = Self.constants(
        kernels, depth: depth, outputs: outputs, precision: precision, weights: w, bias: bias)
      let layer = ProductLayer(
        depth: depth, outputs: outputs, weights: constants.regions[0],
        bias: constants.regions[1], activation: activation, precision: precision)
      let memory = KernelMemory([xLayout.count, yLayout.count])
      memory.fill(0, xLayout, x)
      kernels.product(
        layer, x: memory.map(0, xLayout), residual: nil, y: memory.map(1, yLayout),
        rows: 0..<rows, panels: 0..<kernels.panels(columns: columns), scaledWeights: nil,
        memory: memory.arena, constants: constants.arena)
      let y = memory.elements(1, yLayout)
      for row in 0..<rows {
        let values = y[row * columns..<row * columns + outputs]
        let isRight =
          switch row {
          case 2: values.allSatisfy { $0.isNaN }
          // In fp16, infinity is an overflow that no limit may hide.
          case 7 where precision == .float16: values.allSatisfy { !$0.isFinite }
          case 7: values.allSatisfy { $0 == activation.limit }
          default: values.allSatisfy { $0.isFinite }
          }
        #expect(isRight, "\(isa), row \(row)")
      }
    }
  }
}

extension Activation {
  /// The activation's value at infinity.
  fileprivate var limit: Float {
    switch self {
    case .identity, .relu, .silu: .infinity
    case .relu6: 6
    case .sigmoid: 1
    }
  }
}
