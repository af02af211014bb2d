import EfficientNet
import Testing

@Suite("Stages that read one pixel")
struct OnePixelTests {
  @Test(
    "stages with a depthwise filter over maps of one pixel are counted",
    arguments: [(224, 0), (64, 0), (33, 0), (32, 2), (16, 4)])
  func count(resolution: Int, stages: Int) throws {
    var architecture = try Variant(named: "b0").architecture
    architecture.resolution = resolution
    #expect(architecture.onePixelStages == stages)
  }

  @Test("filters of 1×1 need no neighbors")
  func pointwise() throws {
    var architecture = try Variant(named: "b0").architecture
    architecture.resolution = 32
    for index in 5..<7 { architecture.stages[index].kernel = 1 }
    #expect(architecture.onePixelStages == 0)
  }
}
