import EfficientNet
import EfficientNetCompute
import EfficientNetSearch
import EfficientNetTestSupport
import Testing

@Suite("Latency settings")
struct LatencySettingsTests {
  @Test("the memory of int8 depends on the kernels")
  func memory() throws {
    let kernels = Kernels(try InstructionSet.preferred())
    let plan = Plan(.tiny[1], precision: .int8, codesPerWord: kernels.codesPerWord)
    let settings = LatencySettings(threads: 1, batch: 1, precision: .int8)
    #expect(
      try settings.memory(of: .tiny[1])
        == plan.weightBytes + plan.sessionBytes(maximumBatch: 1, threads: 1))
  }
}
