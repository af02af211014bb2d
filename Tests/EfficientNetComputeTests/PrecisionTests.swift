import Testing

@testable import EfficientNetCompute

@Suite("Precision")
struct PrecisionTests {
  @Test("half is bfloat16 where its multiply-adds were measured to be faster")
  func half() throws {
    for set in InstructionSet.available {
      let kernels = Kernels(set)
      let speedup = kernels.bfloat16Speedup
      #expect(speedup > 0 && speedup < 100, "\(set)")
      let half = try Precision.half(on: set)
      #expect(half == (kernels.isBFloat16Faster ? .bfloat16 : .float32), "\(set)")
    }
  }
}
