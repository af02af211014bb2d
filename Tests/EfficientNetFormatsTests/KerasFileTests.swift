import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Files of Keras 3.15 and h5py 3.14 (Tools/reference/make_keras.py) with the formula's values by
/// "layer/variable".
@Suite struct KerasFileTests {
  private func load(_ name: String) throws(WeightsError) -> Weights {
    try Weights(kerasFile: KerasFixture.bytes(name), source: name)
  }

  /// The values that a file must hold under a name.
  static func expected(_ name: String, count: Int) -> [Float] {
    Formula.unit(name, count: count).map { Float(name.hasSuffix("variance") ? 1 + 0.5 * $0 : $0) }
  }

  private static let network: [String: [Int]] = [
    "normalization/mean": [3], "normalization/variance": [3],
    "stem_conv/kernel": [3, 3, 3, 4],
    "stem_bn/gamma": [4], "stem_bn/beta": [4],
    "stem_bn/moving_mean": [4], "stem_bn/moving_variance": [4],
    "block1a_dwconv/kernel": [3, 3, 4, 1],
    "block1a_bn/gamma": [4], "block1a_bn/beta": [4],
    "block1a_bn/moving_mean": [4], "block1a_bn/moving_variance": [4],
    "block1a_se_reduce/kernel": [1, 1, 4, 2], "block1a_se_reduce/bias": [2],
    "block1a_se_expand/kernel": [1, 1, 2, 4], "block1a_se_expand/bias": [4],
    "predictions/kernel": [4, 5], "predictions/bias": [5],
  ]

  @Test(arguments: [
    "tiny.keras", "tiny.weights.h5", "tiny_legacy.h5", "tiny_unnamed.keras",
  ])
  func readsEveryForm(name: String) throws {
    let weights = try load(name)
    #expect(weights.source == name)
    #expect(weights.tensors.mapValues(\.shape) == Self.network)
    for (name, tensor) in weights.tensors {
      #expect(tensor.elements == Self.expected(name, count: tensor.count), "\(name)")
    }
    #expect(weights.metadata["keras_names"] == "layers")
    if !name.contains("weights") {
      #expect(weights.metadata["keras_config_name"] == "tiny")
      #expect(weights.metadata["keras_input"] == "16,16,3")
    }
  }

  @Test func namesLayersByOrder() throws {
    let weights = try load("tiny_order.weights.h5")
    #expect(weights.metadata == ["keras_names": "order"])
    let own = [
      "conv2d": "stem_conv", "conv2d_1": "block1a_se_reduce", "conv2d_2": "block1a_se_expand",
      "batch_normalization": "stem_bn", "batch_normalization_1": "block1a_bn",
      "depthwise_conv2d": "block1a_dwconv", "dense": "predictions",
      "normalization": "normalization",
    ]
    #expect(weights.tensors.count == Self.network.count)
    for (name, tensor) in weights.tensors {
      let parts = name.split(separator: "/").map(String.init)
      let layer = try #require(own[parts[0]])
      #expect(Self.network["\(layer)/\(parts[1])"] == tensor.shape)
      #expect(
        tensor.elements == Self.expected("\(layer)/\(parts[1])", count: tensor.count), "\(name)")
    }
  }

  @Test(arguments: ["tuned.keras", "tuned_legacy.h5"])
  func flattensModelsInModels(name: String) throws {
    let weights = try load(name)
    var network = Self.network
    network["predictions/kernel"] = nil
    network["predictions/bias"] = nil
    network["head/kernel"] = [4, 3]
    network["head/bias"] = [3]
    #expect(weights.tensors.mapValues(\.shape) == network)
    for (name, tensor) in weights.tensors {
      #expect(tensor.elements == Self.expected(name, count: tensor.count), "\(name)")
    }
    #expect(weights.metadata["keras_config_name"] == "tuned")
  }

  @Test func readsOldNames() throws {
    let two = try load("keras2.h5")
    #expect(
      two.names == [
        "dw/kernel", "normalization/mean", "normalization/variance", "predictions/bias",
        "predictions/kernel", "stem_bn/beta", "stem_bn/gamma", "stem_bn/moving_mean",
        "stem_bn/moving_variance", "stem_conv/kernel",
      ])
    let one = try load("keras1.h5")
    #expect(
      one.names == [
        "batchnormalization_1/beta", "batchnormalization_1/gamma",
        "batchnormalization_1/moving_mean", "batchnormalization_1/moving_variance",
        "convolution2d_1/bias", "convolution2d_1/kernel",
      ])
    for weights in [one, two] {
      for (name, tensor) in weights.tensors {
        #expect(tensor.elements == Self.expected(name, count: tensor.count), "\(name)")
      }
    }
  }

  @Test func tellsBatchNormsApartByTheConfiguration() throws {
    let weights = try load("norms.keras")
    #expect(
      weights.names == [
        "neither/moving_mean", "neither/moving_variance", "no_beta/gamma", "no_beta/moving_mean",
        "no_beta/moving_variance", "no_gamma/beta", "no_gamma/moving_mean",
        "no_gamma/moving_variance",
      ])
    for (name, tensor) in weights.tensors {
      #expect(tensor.elements == Self.expected(name, count: 2), "\(name)")
    }
  }

  /// Half, double and big-endian numbers; chunks with and without filters, whose extents do not
  /// divide the tensor's.
  @Test func readsTypesAndLayouts() throws {
    let tensors = try load("types.weights.h5").tensors
    #expect(tensors.count == 5)
    for (name, tensor) in tensors {
      let expected = Self.expected(name, count: tensor.count)
      #expect(
        tensor.elements
          == (name == "half/kernel" ? expected.map { Float(Float16($0)) } : expected),
        "\(name)")
    }
    #expect(tensors["packed/kernel"]?.shape == [3, 3, 7, 11])
  }

  /// HDF5 skips a filter that fails, for example one that does not make a chunk smaller.
  @Test func readsChunksThatLeaveFiltersOut() throws {
    let tensors = try load("masks.weights.h5").tensors
    #expect(tensors.mapValues(\.shape) == ["masks/kernel": [16, 5]])
    #expect(tensors["masks/kernel"]?.elements == Self.expected("masks/kernel", count: 80))
  }

  @Test(arguments: [
    (
      "latest.weights.h5",
      "has a newer HDF5 format (superblock 3) than Keras writes; copy it with h5py's default libver"
    ),
    (
      "links.weights.h5",
      "has a group 'layers/dense/vars' in the newer HDF5 format or with links to other files; "
        + "save it with Keras"
    ),
    (
      "soft.weights.h5",
      "has a link 'layers/dense/vars/0', which Keras does not write; save it with Keras"
    ),
    ("external.weights.h5", "stores the elements of 'layers/dense/vars/0' in another file"),
    (
      "virtual.weights.h5",
      "stores the elements of 'layers/dense/vars/0' in a layout that Keras does not write; save it with Keras"
    ),
    ("bomb.weights.h5", "is damaged: 'layers/dense/vars/0' has no elements"),
    // Its nine chunks of 8 MB hold nine numbers of the tensor.
    ("wide.weights.h5", "unpacks to more than 64 MB, the limit for a file of its size"),
    ("cycle.weights.h5", "is damaged: the block at byte 800 is used twice or lies behind the end"),
    (
      "norms.weights.h5",
      "does not state whether 'layers/batch_normalization' has gamma or beta; "
        + "save the whole model as .keras"
    ),
    (
      "twins.weights.h5",
      "has two tensors 'twin/kernel', in nested models; give the layers different names"
    ),
    (
      "integer.weights.h5",
      "has a tensor 'layers/dense/vars/0' that is not of 16-, 32- or 64-bit floating-point numbers"
    ),
  ])
  func refuses(name: String, expected: String) {
    do {
      let weights = try load(name)
      Issue.record("loaded: \(weights.names)")
    } catch {
      #expect(error.description == "\(name) \(expected)")
    }
  }

  @Test func refusesOtherFiles() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try Data("neither this nor that, but long enough".utf8).write(to: URL(filePath: path))
      #expect(throws: WeightsError.self) { try Weights(kerasFile: path) }
      #expect(throws: WeightsError.self) { try Weights(kerasFile: "\(folder)/none.h5") }
      // The readers recognize both formats, but the tensors fit no known network.
      for name in ["tiny.keras", "tiny_legacy.h5"] {
        let path = "\(folder)/\(name)"
        try Data(KerasFixture.bytes(name)).write(to: URL(filePath: path))
        #expect(try Weights(kerasFile: path).tensors.count == Self.network.count)
        #expect(throws: (any Error).self) { try Model(weightFile: path) }
      }
    }
  }

  /// Several files can be read at the same time.
  @Test func readsOnSeveralThreads() async throws {
    await withTaskGroup(of: Int.self) { group in
      for index in 0..<16 {
        let name = index % 2 == 0 ? "tiny.weights.h5" : "tiny_legacy.h5"
        group.addTask {
          (try? Weights(kerasFile: KerasFixture.bytes(name), source: name))?.tensors.count ?? 0
        }
      }
      for await count in group { #expect(count == Self.network.count) }
    }
  }
}
