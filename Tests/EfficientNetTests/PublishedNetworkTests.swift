import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Published networks")
struct PublishedNetworkTests {
  @Test("every name belongs to one network and its framework")
  func names() throws {
    let names = PublishedNetwork.all.map(\.name)
    #expect(Set(names).count == names.count)
    for network in PublishedNetwork.all {
      #expect(try PublishedNetwork(named: network.name) == network)
      #expect(network.architecture.name == network.name)
      #expect(network.architecture.resolution == network.preprocessing.crop)
      switch network.framework {
      case .official: #expect(!network.name.contains("/"))
      case .keras: #expect(network.name.hasPrefix("keras/EfficientNet"))
      case .timm:
        #expect(network.name.hasPrefix("timm/") && !network.name.hasPrefix("timm/tf_"))
      case .timmTensorFlow: #expect(network.name.hasPrefix("timm/tf_"))
      case .torchvision: #expect(network.name.hasPrefix("torchvision/"))
      case .lukemelas: #expect(network.name.hasPrefix("lukemelas/efficientnet-"))
      }
    }
    #expect(
      Framework.allCases.allSatisfy { framework in
        PublishedNetwork.all.contains { $0.framework == framework }
      })
  }

  @Test("every network can be built and has a consistent description")
  func buildable() throws {
    for network in PublishedNetwork.all {
      try network.architecture.validate()
      let description = network.imageNetDescription(provenance: "a test")
      #expect(description.classes.count == description.architecture.classes)
      #expect(description.preprocessing.crop == description.architecture.resolution)
      #expect(description.preprocessing.resize >= description.preprocessing.crop)
    }
  }

  /// Padding, epsilon and TensorFlow's momentum, from the sources of the frameworks.
  static let traits: [(name: String, padding: Padding, epsilon: Double, momentum: Double)] = [
    ("b0", .same, 1e-3, 0.99), ("v2-s", .same, 1e-3, 0.9), ("lite0", .same, 1e-3, 0.99),
    ("keras/EfficientNetB0", .same, 1e-3, 0.99), ("keras/EfficientNetV2S", .same, 1e-3, 0.9),
    ("timm/efficientnet_b0", .symmetric, 1e-5, 0.9),
    ("timm/efficientnetv2_s", .symmetric, 1e-5, 0.9),
    ("timm/tf_efficientnet_b0", .same, 1e-3, 0.9), ("timm/tf_efficientnetv2_l", .same, 1e-3, 0.9),
    ("torchvision/efficientnet_b0", .symmetric, 1e-5, 0.9),
    ("torchvision/efficientnet_b4", .symmetric, 1e-5, 0.9),
    ("torchvision/efficientnet_b5", .symmetric, 1e-3, 0.99),
    ("torchvision/efficientnet_b7", .symmetric, 1e-3, 0.99),
    ("torchvision/efficientnet_v2_m", .symmetric, 1e-3, 0.9),
    ("lukemelas/efficientnet-b3", .same, 1e-3, 0.99),
  ]

  @Test("padding and batch norm are the framework's", arguments: traits)
  func batchNorm(name: String, padding: Padding, epsilon: Double, momentum: Double) throws {
    let architecture = try PublishedNetwork(named: name).architecture
    #expect(architecture.padding == padding)
    #expect(architecture.batchNormEpsilon == epsilon)
    #expect(architecture.batchNormMomentum == momentum)
  }

  /// Resize, crop, filter, and whether ImageNet's mean and deviation are used.
  static let transforms: [(name: String, resize: Int, crop: Int, Interpolation, imageNet: Bool)] = [
    ("b0", 256, 224, .bicubic, true), ("b7", 632, 600, .bicubic, true),
    ("lukemelas/efficientnet-b0", 256, 224, .bicubic, true),
    ("torchvision/efficientnet_b0", 256, 224, .bicubic, true),
    ("torchvision/efficientnet_b1", 255, 240, .bilinear, true),
    ("torchvision/efficientnet_b2", 288, 288, .bicubic, true),
    ("torchvision/efficientnet_b3", 320, 300, .bicubic, true),
    ("torchvision/efficientnet_b4", 384, 380, .bicubic, true),
    ("torchvision/efficientnet_b5", 456, 456, .bicubic, true),
    ("torchvision/efficientnet_v2_l", 480, 480, .bicubic, false),
    ("timm/tf_efficientnet_b0", 256, 224, .bicubic, true),
    ("timm/tf_efficientnet_b1", 272, 240, .bicubic, true),
    ("timm/tf_efficientnet_b2", 292, 260, .bicubic, true),
    ("timm/tf_efficientnet_b3", 331, 300, .bicubic, true),
    ("timm/tf_efficientnet_b4", 412, 380, .bicubic, true),
    ("timm/tf_efficientnet_b5", 488, 456, .bicubic, true),
    ("timm/tf_efficientnet_b6", 560, 528, .bicubic, true),
    ("timm/tf_efficientnet_b7", 632, 600, .bicubic, true),
    ("timm/tf_efficientnet_lite0", 256, 224, .bicubic, false),
  ]

  @Test("preprocessing is the framework's", arguments: transforms)
  func preprocessing(
    name: String, resize: Int, crop: Int, interpolation: Interpolation, imageNet: Bool
  ) throws {
    let preprocessing = try PublishedNetwork(named: name).preprocessing
    #expect(preprocessing.resize == resize)
    #expect(preprocessing.crop == crop)
    #expect(preprocessing.interpolation == interpolation)
    #expect(preprocessing.mean == (imageNet ? [123.675, 116.28, 103.53] : [127.5, 127.5, 127.5]))
    #expect(preprocessing.std == (imageNet ? [58.395, 57.12, 57.375] : [127.5, 127.5, 127.5]))
  }

  @Test(
    "the error for an unknown name suggests the closest names",
    arguments: [
      ("bo", "'b0'"), ("efficientnet_b0", "'timm/efficientnet_b0'"),
      ("timm/efficientnet-b3", "'timm/efficientnet_b3'"),
      ("keras/efficientnetb4", "'keras/EfficientNetB4'"),
      ("torchvision/efficientnet_v2_x", "'torchvision/efficientnet_v2_s'"),
      ("EfficientNet-B0", "'timm/efficientnet_b0'"), ("lite", "'lite0', 'lite1', 'lite2'"),
    ])
  func suggestions(name: String, suggestion: String) {
    let error = #expect(throws: UnknownNetworkError.self) { try PublishedNetwork(named: name) }
    #expect(error?.description.contains(suggestion) == true, "\(String(describing: error))")
    #expect(error?.description.contains("effnet") == false)
  }

  @Test(
    "upper and lower case are the same in a name that a person writes",
    arguments: [
      ("B0", "b0"), ("Lite0", "lite0"), ("B7", "b7"), ("b0", "b0"),
      ("keras/efficientnetb4", "keras/EfficientNetB4"),
    ])
  func anyCase(written: String, name: String) throws {
    #expect(try PublishedNetwork(ignoringCaseOf: written).name == name)
    let error = #expect(throws: UnknownNetworkError.self) {
      try PublishedNetwork(ignoringCaseOf: written + "x")
    }
    #expect(error?.description.contains("'\(written)x'") == true)
  }

  @Test("no two networks have names that differ only in upper and lower case")
  func distinctNames() {
    #expect(
      Set(PublishedNetwork.all.map { $0.name.lowercased() }).count == PublishedNetwork.all.count)
  }

  @Test("the error suggests nothing if no name is similar", arguments: ["", "vgg", "yolov8"])
  func noSuggestions(name: String) {
    let error = #expect(throws: UnknownNetworkError.self) { try PublishedNetwork(named: name) }
    #expect(error?.description == "no network is named '\(name)'")
  }

  @Test(
    "networks name the repository of their weights",
    arguments: [
      ("b0", "timm/tf_efficientnet_b0.ns_jft_in1k"),
      ("l2", "timm/tf_efficientnet_l2.ns_jft_in1k_475"),
      ("v2-b3", "timm/tf_efficientnetv2_b3.in21k_ft_in1k"),
      ("timm/efficientnet_b0", "timm/efficientnet_b0.ra_in1k"),
      ("timm/efficientnet_b6", nil), ("mnasnet-b1", nil), ("article-b0", nil),
      ("torchvision/efficientnet_b0", nil), ("keras/EfficientNetB0", nil),
    ] as [(String, String?)])
  func repositories(name: String, repository: String?) throws {
    #expect(try PublishedNetwork(named: name).repository == repository)
  }

  @Test("hostile names are shortened and stay on one line")
  func hostile() {
    let error = #expect(throws: UnknownNetworkError.self) {
      try PublishedNetwork(named: "a\nb\u{1B}[2J" + String(repeating: "x", count: 100_000))
    }
    let text = error?.description ?? "\n"
    #expect(!text.contains("\n") && !text.contains("\u{1B}"))
    #expect(text.count < 500)
  }

  @Test("a network of one's own has B0's crop at every resolution")
  func standardCrop() throws {
    let b0 = try PublishedNetwork(named: "b0").description(provenance: "")
    for resolution in [1, 32, 33, 48, 224, 600] {
      let published = b0.at(resolution: resolution)
      let own = published.architecture.standardDescription(provenance: "")
      #expect(own.preprocessing == published.preprocessing, "\(resolution)")
    }
  }

  @Test("a custom scale keeps the framework's padding and preprocessing")
  func scaled() throws {
    let network = try PublishedNetwork(named: "timm/efficientnet_b0")
    let plain = network.description(provenance: "")
    #expect(plain == network.imageNetDescription(provenance: ""))
    let half = network.description(width: 0.5, provenance: "")
    #expect(half.architecture.name == "timm/efficientnet_b0-w0.5")
    #expect(half.architecture.padding == .symmetric && half.architecture.batchNormEpsilon == 1e-5)
    #expect(half.architecture.stages.map(\.channels) == [8, 16, 24, 40, 56, 96, 160])
    #expect(half.architecture.stages.map(\.repeats) == plain.architecture.stages.map(\.repeats))
    #expect(half.preprocessing == plain.preprocessing)
    // The scale of B4 gives B4.
    let b4 = try PublishedNetwork(named: "b4").description(width: 1.4, depth: 1.8, provenance: "")
    var expected = try PublishedNetwork(named: "b4").architecture
    expected.name = "b4-w1.4-d1.8"
    #expect(b4.architecture == expected)
  }
}
