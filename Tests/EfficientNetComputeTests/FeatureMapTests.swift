import Testing

@testable import EfficientNetCompute

@Suite("Feature maps")
struct FeatureMapTests {
  @Test(
    "a kernel on one image of several reads and changes this image only", arguments: [false, true])
  func parts(isSlabbed: Bool) {
    // Two whole slabs and a part of one.
    let (pixels, channels, images) = (5, 112, 3)
    let count = pixels * channels
    for precision in Precision.allCases {
      let values = KernelTests.random("x", images * count, precision)
      let gate = KernelTests.random("gate", channels)
      var gateCodes = LayerConstants(
        bias: [], multiplier: [], scale: 0.017, zeroPoint: 100, inputZeroPoint: 100)
      (gateCodes.inputScale, gateCodes.activation, gateCodes.isGate) = (0.02, .silu, true)
      let codes = gateCodes.rows(columns: channels)
      for isa in InstructionSet.available {
        let kernels = Kernels(isa)
        let one = MapLayout.map(
          pixels: pixels, channels: channels, precision: precision, isSlabbed: isSlabbed
        ).on(kernels)
        let all = one.of(images: images)
        /// Computes the mean of a part of a map and scales the part.
        func run(_ layout: MapLayout, _ values: [Float], _ part: Range<Int>) -> KernelMemory {
          let memory = KernelMemory([layout.count, channels, channels, codes.count])
          memory.fill(0, layout, values)
          memory.fill(1, gate)
          memory.fill(3, codes)
          let part = memory.map(0, layout).pixels(part)
          kernels.mean(
            x: part, count: pixels, zeroPoint: 100, y: memory.regions[2], memory: memory.arena)
          for slab in 0..<layout.slabs {
            kernels.scale(
              part, slab: slab, gate: memory.regions[1], activation: .silu,
              codes: precision == .int8 ? memory.regions[3] : nil, memory: memory.arena,
              constants: memory.arena)
          }
          return memory
        }
        for image in 0..<images {
          let elements = image * count..<(image + 1) * count
          let alone = run(one, Array(values[elements]), 0..<pixels)
          let found = run(all, values, image * pixels..<(image + 1) * pixels)
          #expect(found.words(2) == alone.words(2), "\(isa), \(precision), image \(image)")
          var expected = values
          expected.replaceSubrange(elements, with: alone.elements(0, one))
          #expect(found.elements(0, all) == expected, "\(isa), \(precision), image \(image)")
          #expect(found.isIntact(around: 0, all))
        }
      }
    }
  }
}
