import EfficientNet
import Testing

@Suite("Variants")
struct VariantTests {
  /// The published number of parameters, and MACs in units of 100,000 at the network's resolution.
  static let costs: [(name: String, parameters: Int, macsInTenthMillions: Int)] = [
    ("b0", 5_288_548, 3858), ("b1", 7_794_184, 6868), ("b2", 9_109_994, 9936),
    ("b3", 12_233_232, 18271), ("b4", 19_341_616, 43938), ("b5", 30_389_784, 102_664),
    ("b6", 43_040_704, 190_676), ("b7", 66_347_960, 377_459),
    ("lite0", 4_652_008, 3852), ("lite1", 5_416_680, 6002), ("lite2", 6_092_072, 8597),
    ("lite3", 8_197_096, 13833), ("lite4", 13_006_568, 25530),
    ("b8", 87_413_142, 625_975), ("l2", 480_309_308, 4_757_037),
    ("edgetpu-s", 5_438_392, 17887), ("edgetpu-m", 6_899_496, 30133),
    ("edgetpu-l", 10_589_712, 79361),
    ("v2-b0", 7_139_704, 7181), ("v2-b1", 8_141_052, 11968), ("v2-b2", 10_096_086, 16975),
    ("v2-b3", 14_358_406, 30115), ("v2-s", 21_458_488, 83656), ("v2-m", 54_139_356, 245_825),
    ("v2-l", 118_515_272, 560_797), ("v2-xl", 208_119_808, 933_535),
    ("mnasnet-a1", 3_887_038, 3116), ("mnasnet-b1", 4_383_312, 3144),
    ("mnasnet-small", 2_030_264, 683), ("mobilenet-v2", 3_504_872, 3008),
    ("mobilenet-v1", 4_231_976, 5687), ("resnet-50-style", 25_549_352, 40314),
    ("article-b0", 12_208_856, 4056), ("article-b1", 23_596_576, 10296),
    ("article-b2", 32_733_312, 18965), ("article-b3", 53_697_156, 45320),
    ("article-b4", 87_147_400, 105_027), ("article-b5", 125_448_676, 195_112),
    ("article-b6", 197_406_232, 385_219), ("article-b7", 262_186_924, 637_041),
  ]

  @Test("variants have the published parameters and multiply-adds", arguments: costs)
  func cost(name: String, parameters: Int, macsInTenthMillions: Int) throws {
    let architecture = try Variant(named: name).architecture
    let graph = Graph(architecture)
    #expect(graph.parameterCount == parameters)
    let macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
    #expect((macs + 50_000) / 100_000 == macsInTenthMillions)
  }

  @Test("the list of costs has every variant")
  func completeness() {
    #expect(Variant.all.map(\.name).sorted() == Self.costs.map(\.name).sorted())
  }

  @Test("B0 is table 1 of the paper")
  func tableOne() throws {
    let b0 = try Variant(named: "b0").architecture
    let graph = Graph(b0)
    let shapes = graph.shapes(input: b0.inputShape)
    func shape(_ name: String) -> String? {
      graph.nodes.firstIndex { $0.name == name }.map { "\(shapes[$0])" }
    }
    #expect(shape("conv_stem") == "1×112×112×32")
    #expect(shape("blocks.0.0.conv_pw") == "1×112×112×16")
    #expect(shape("blocks.1.1.conv_pwl") == "1×56×56×24")
    #expect(shape("blocks.2.1.conv_pwl") == "1×28×28×40")
    #expect(shape("blocks.3.2.conv_pwl") == "1×14×14×80")
    #expect(shape("blocks.4.2.conv_pwl") == "1×14×14×112")
    #expect(shape("blocks.5.3.conv_pwl") == "1×7×7×192")
    #expect(shape("blocks.6.0.conv_pwl") == "1×7×7×320")
    #expect(shape("conv_head") == "1×7×7×1280")
    #expect(shape("classifier") == "1×1×1×1000")
  }

  @Test("a bottleneck's shapes are ResNet-50's")
  func bottlenecks() throws {
    let network = try Variant(named: "resnet-50-style").architecture
    let graph = Graph(network)
    let shapes = graph.shapes(input: network.inputShape)
    func shape(_ name: String) -> String? {
      graph.nodes.firstIndex { $0.name == name }.map { "\(shapes[$0])" }
    }
    #expect(shape("blocks.0.0.conv1") == "1×112×112×64")
    #expect(shape("blocks.0.0.conv2") == "1×56×56×64")
    #expect(shape("blocks.0.0.downsample.1") == "1×56×56×256")
    #expect(shape("blocks.0.1.downsample.0") == nil)
    #expect(shape("blocks.3.2.conv2") == "1×7×7×512")
    #expect(shape("blocks.3.2.act3") == "1×7×7×2048")
    #expect(shape("conv_head") == nil)
    #expect(graph.nodes.count { if case .convolution = $0.operation { true } else { false } } == 53)
    // Channels that are not a multiple of the expansion give the nearest width.
    let widths = [(30, 4), (60, 7), (12, 50), (256, 4), (280, 4)].map { channels, expand in
      var network = network
      network.stages = [
        .bottleneck(expand: expand, stride: 1, channels: channels, repeats: 1)
      ]
      return Graph(network).parameters.first { $0.name == "blocks.0.0.conv1.weight" }?.shape[0]
    }
    #expect(widths == [8, 9, 1, 64, 70])
  }

  @Test("widths and repeats are those of the released code")
  func rounding() throws {
    let b2 = try Variant(named: "b2").architecture
    #expect(b2.stages.map(\.channels) == [16, 24, 48, 88, 120, 208, 352])
    #expect(b2.stages.map(\.repeats) == [2, 3, 3, 4, 4, 5, 2])
    #expect(b2.stem == 32 && b2.head == 1408)
    let b7 = try Variant(named: "b7").architecture
    #expect(b7.stages.map(\.channels) == [32, 48, 80, 160, 224, 384, 640])
    #expect(b7.stages.map(\.repeats) == [4, 7, 7, 10, 10, 13, 4])
    #expect(b7.stem == 64 && b7.head == 2560)
    // 90 % rule: 0.25 · 40 = 10 would round to 8, which is below 9.
    let quarter = CompoundScale(width: 0.25, depth: 0.5, resolution: 64, dropout: 0)
    #expect(
      [16, 24, 40, 80, 112, 192, 320].map { quarter.channels($0) } == [8, 8, 16, 24, 32, 48, 80])
    #expect([1, 2, 3, 4].map { quarter.repeats($0) } == [1, 1, 2, 2])
  }

  @Test("the error for an unknown name suggests the closest names")
  func unknownName() {
    let error = #expect(throws: UnknownNetworkError.self) { try Variant(named: "b17") }
    #expect(error?.description.contains("'b17'") == true)
    #expect(error?.description.contains("'b1', 'b7'") == true)
  }

  @Test("the error for an impossible architecture names the field")
  func impossible() throws {
    var architecture = try Variant(named: "b0").architecture
    architecture.stages[2].kernel = 4
    let error = #expect(throws: ArchitectureError.self) { try architecture.validate() }
    #expect(error?.field == "stages[2].kernel")
    architecture = try Variant(named: "b0").architecture
    architecture.resolution = 8192
    let large = #expect(throws: ArchitectureError.self) { try architecture.validate() }
    #expect(large?.field == "memory for feature maps")
  }
}
