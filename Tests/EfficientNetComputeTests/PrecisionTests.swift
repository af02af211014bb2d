import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

@Suite("Precision")
struct PrecisionTests {
  @Test("half is the format whose multiply-adds were measured to be the fastest")
  func half() throws {
    for set in InstructionSet.available {
      let kernels = Kernels(set)
      let speedups = Precision.floatingPoint.map { kernels.speedup(of: $0) }
      #expect(speedups[0] == 1 && speedups.allSatisfy { $0 > 0 && $0 < 100 }, "\(set)")
      let half = try Precision.half(on: set)
      #expect(half == kernels.fastest(of: Precision.floatingPoint), "\(set)")
      if half == .float32 {
        #expect(speedups.allSatisfy { $0 <= 1.2 }, "\(set)")
      } else {
        #expect(kernels.isFaster(half) && kernels.speedup(of: half) == speedups.max(), "\(set)")
      }
      #expect(kernels.fastest(of: Precision.trainingCases) != .float16)
    }
  }

  @Test("an instruction set that was tested in an emulator only is not the default")
  func emulated() {
    #expect(InstructionSet.fastest(of: [.scalar, .neon, .neonfp16]) == .neon)
  }

  @Test("fp16 and int8 are for inference only")
  func training() {
    #expect(Precision.float32.trainingComplaint == nil)
    #expect(Precision.bfloat16.trainingComplaint == nil)
    for precision in [Precision.float16, .int8] {
      #expect(precision.trainingComplaint?.contains("it must be fp32 or bf16") == true)
    }
    #expect(Precision.int8.trainingComplaint?.contains("integers have no gradients") == true)
  }

  @Test("floats are rounded to fp16 as by the processor")
  func rounding() {
    // Each fp16, the floats around the tie to the next one, and random floats.
    var floats = (0..<0x7C00 as Range<UInt32>).flatMap { bits in
      let (here, next) = (FP16.value(bits), FP16.value(bits + 1))
      let tie = next.isFinite ? (here + next) / 2 : 65520
      return [here, tie, tie.nextUp, tie.nextDown, -here, -tie]
    }
    floats += Formula.unit("floats", count: 10_000).map { Float($0) * 70_000 }
    floats += [.infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-8]
    let wrong = floats.filter { FP16.bits($0) != UInt32(Float16($0).bitPattern) }
    #expect(wrong.isEmpty)
    #expect(FP16.value(FP16.bits(.nan)).isNaN)
  }

  /// The error of a long sum: random numbers are rounded to a format, and multiplied in it.
  private func error(_ precision: Precision, _ kernels: Kernels, depth: Int) -> Float {
    let (rows, outputs) = (6, 48)
    let x = KernelTests.random("x", rows * depth)
    let w = KernelTests.random("w", outputs * depth)
    let bias = KernelTests.random("b", outputs)
    let exact = KernelTests.convolve(
      x, KernelTests.pixelwise(rows), inputs: depth, outputs: outputs, weights: w, bias: bias)
    let constants = KernelTests.constants(
      kernels, depth: depth, outputs: outputs, precision: precision, weights: w, bias: bias)
    let xLayout = MapLayout.nhwc(pixels: rows, channels: depth, precision: precision)
    let yLayout = MapLayout.nhwc(pixels: rows, channels: outputs, precision: .float32)
    let memory = KernelMemory([xLayout.count, yLayout.count])
    memory.fill(0, xLayout, x)
    kernels.product(
      ProductLayer(
        depth: depth, outputs: outputs, weights: constants.regions[0],
        bias: constants.regions[1], activation: .identity, precision: precision),
      x: memory.map(0, xLayout), residual: nil, y: memory.map(1, yLayout), rows: 0..<rows,
      panels: 0..<kernels.panels(columns: outputs), memory: memory.arena,
      constants: constants.arena)
    let squares = zip(memory.elements(1, yLayout), exact).map {
      ($0 - Float($1)) * ($0 - Float($1))
    }
    return (squares.reduce(0, +) / Float(squares.count)).squareRoot()
  }

  @Test("sums of products of fp16 have less than two thirds of the error of bfloat16")
  func accuracy() {
    for set in InstructionSet.available {
      let kernels = Kernels(set)
      for depth in [16, 144, 1152, 2304] {
        let (half, brain) = (
          error(.float16, kernels, depth: depth), error(.bfloat16, kernels, depth: depth)
        )
        #expect(half < 0.67 * brain, "\(set), depth \(depth)")
      }
    }
  }
}
