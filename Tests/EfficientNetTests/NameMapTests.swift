import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNet

@Suite("Names of other frameworks")
struct NameMapTests {
  /// A published network and a naming of its weights.
  struct Case: CustomTestStringConvertible {
    let network: PublishedNetwork
    let naming: NameMap
    var testDescription: String { "\(network.name) as \(naming.rawValue)" }

    static let all = PublishedNetwork.all.flatMap { network in
      namings(of: network).map { Case(network: network, naming: $0) }
    }

    private static func namings(of network: PublishedNetwork) -> [NameMap] {
      let architecture = network.architecture
      switch network.framework {
      case .official: return [.timm, .kerasNumbered]
      case .keras:
        let isV2 = network.name.contains("V2")
        return [isV2 ? .kerasV2 : .keras, .kerasNumbered]
      case .timm, .timmTensorFlow: return [.timm]
      case .torchvision: return [NameMap.torchvision(for: architecture)].compactMap(\.self)
      case .lukemelas: return [.lukemelas]
      }
    }
  }

  /// Tensors of the right shapes. Their elements are never read or written, so large tensors take
  /// no memory.
  private func shapes(of architecture: Architecture, naming: NameMap) throws -> Weights {
    var weights = Weights(source: "tensors without values")
    for stored in naming.parameters(of: architecture) {
      let elements = unsafe [Float](
        unsafeUninitializedCapacity: max(1, stored.shape.reduce(1, *))
      ) { _, count in count = stored.shape.reduce(1, *) }
      weights.tensors[stored.name] = WeightTensor(shape: stored.shape, elements: elements)
    }
    return weights
  }

  @Test("names of every network are unique and identify the framework")
  func distinct() throws {
    for item in Case.all {
      let parameters = item.naming.parameters(of: item.network.architecture)
      #expect(Set(parameters.map(\.name)).count == parameters.count, "\(item.testDescription)")
      #expect(
        parameters.reduce(0) { $0 + ($1.parameter.isTrainable ? $1.parameter.count : 0) }
          == Graph(item.network.architecture).parameterCount)
      let weights = try shapes(of: item.network.architecture, naming: item.naming)
      #expect(NameMap.detected(in: weights) == item.naming, "\(item.testDescription)")
    }
    // Each of torchvision's networks has a name map.
    #expect(
      Case.all.count { $0.network.framework == .torchvision }
        == PublishedNetwork.all.count { $0.framework == .torchvision })
  }

  @Test("stored names are read back")
  func roundTrip() throws {
    for item in Case.all {
      // Narrow and shallow, with the same kinds of blocks.
      var architecture = item.network.description(
        width: 0.05, depth: 0.3, provenance: ""
      ).architecture
      architecture.classes = 3
      var weights = Weights(source: "a test")
      for stored in NameMap.timm.parameters(of: architecture) {
        let shape = stored.parameter.shape
        weights.tensors[stored.name] = WeightTensor(
          shape: shape, elements: (0..<shape.reduce(1, *)).map(Float.init))
      }
      let stored = try item.naming.stored(weights, for: architecture)
      #expect(stored.tensors.count == weights.tensors.count)
      let back = try item.naming.canonical(stored, for: architecture)
      #expect(back.names == weights.names)
      for name in weights.names {
        #expect(
          back.tensors[name]?.shape == weights.tensors[name]?.shape
            && back.tensors[name]?.elements == weights.tensors[name]?.elements,
          "\(item.testDescription): \(name)")
      }
    }
  }

  @Test("Keras' layout is height, width, in, out; a depthwise filter's last axis is 1")
  func layouts() throws {
    let architecture = Architecture.tiny[0]
    var weights = Formula.weights(of: architecture)
    // Element (o, i, h, w) encodes its own index.
    let elements = (0..<324).map { index -> Float in
      let (o, i, h, w) = (index / 27, index / 9 % 3, index / 3 % 3, index % 3)
      return Float(o * 1000 + i * 100 + h * 10 + w)
    }
    weights.tensors["conv_stem.weight"] = WeightTensor(shape: [12, 3, 3, 3], elements: elements)
    let stored = try NameMap.keras.stored(weights, for: architecture)
    let stem = try #require(stored.tensors["stem_conv/kernel"])
    #expect(stem.shape == [3, 3, 3, 12])
    for (index, element) in stem.elements.enumerated() {
      let (h, w, i, o) = (index / 108, index / 36 % 3, index / 12 % 3, index % 12)
      #expect(element == Float(o * 1000 + i * 100 + h * 10 + w))
    }
    #expect(stored.tensors["block1a_dwconv/kernel"]?.shape == [3, 3, 12, 1])
    #expect(stored.tensors["predictions/kernel"]?.shape == [50, 17])
    #expect(stored.tensors["stem_bn/moving_variance"]?.shape == [12])
  }

  @Test("errors name tensors as the file does")
  func errors() throws {
    let architecture = Architecture.tiny[0]
    let good = try NameMap.lukemelas.stored(Formula.weights(of: architecture), for: architecture)
    func error(_ change: (inout Weights) -> Void) -> WeightsError? {
      var weights = good
      change(&weights)
      do throws(WeightsError) {
        _ = try NameMap.lukemelas.canonical(weights, for: architecture)
        return nil
      } catch { return error }
    }
    #expect(error { _ in } == nil)
    let name = "_blocks.1._expand_conv.weight"
    #expect(error { $0.tensors[name] = nil } == .missing(name: name, source: "the formula"))
    #expect(
      error { $0.tensors["_aux.weight"] = WeightTensor(shape: [1], elements: [0]) }
        == .unknown(name: "_aux.weight", source: "the formula"))
    #expect(
      error { $0.tensors[name] = WeightTensor(shape: [2, 1], elements: [0, 0]) }?.description
        .contains("tensor '\(name)' is 2×1, the network needs 60×10×1×1") == true)
    #expect(
      error {
        $0.tensors["_bn0.weight"] = WeightTensor(
          shape: [12], elements: Array(repeating: .infinity, count: 12))
      }
        == .nonFinite(name: "_bn0.weight", source: "the formula"))
    #expect(throws: WeightsError.self) {
      try NameMap.keras.stored(Weights(source: "nothing"), for: architecture)
    }
  }

  // MARK: Which network

  /// Networks of one variant that differ only in settings have the same tensors: one of them stands
  /// for all.
  private static let fitted: [Case] = {
    var seen: Set<String> = []
    return Case.all.filter { item in
      guard item.network.uses(item.naming) else { return false }
      // B0's numbered layers have the same names in official and Keras' networks.
      if item.naming == .kerasNumbered, item.network.variant.family != .article {
        return item.network.name == "keras/EfficientNetB0"
      }
      return seen.insert("\(item.naming) \(item.network.variant.name)").inserted
    }
  }()

  @Test(
    "a file's tensors identify the variant, whatever its classes and channels", arguments: fitted)
  func publishedNetworks(item: Case) throws {
    var architecture = item.network.architecture
    (architecture.classes, architecture.inputChannels) = (7, 1)
    let fits = try shapes(of: architecture, naming: item.naming).publishedNetworks()
    #expect(fits.contains { $0.network == item.network })
    for (network, fit) in fits {
      #expect(fit.isExact && fit.share == 1 && fit.naming == item.naming)
      #expect(fit.architecture.classes == 7 && fit.architecture.inputChannels == 1)
      // The other matches have the same tensors.
      var other = network.architecture
      (other.classes, other.inputChannels) = (7, 1)
      #expect(
        item.naming.parameters(of: other) == item.naming.parameters(of: architecture),
        "\(network.name)")
    }
  }

  @Test("differences are counted, and unknown names fit no network")
  func differences() throws {
    let network = try PublishedNetwork(named: "lukemelas/efficientnet-b0")
    var weights = try shapes(of: network.architecture, naming: .lukemelas)
    weights.tensors["_bn1.weight"] = nil
    weights.tensors["extra"] = WeightTensor(shape: [], elements: [1])
    weights.tensors["_blocks.0._se_reduce.bias"] = WeightTensor(
      shape: [9], elements: Array(repeating: 0, count: 9))
    let fits = weights.publishedNetworks()
    #expect(fits.map(\.network) == [network])
    let fit = try #require(fits.first?.fit)
    #expect(!fit.isExact && fit.share < 1 && fit.share > 0.98)
    #expect(fit.missing == ["_bn1.weight"] && fit.extra == ["extra"])
    #expect(
      fit.mismatches == [
        WeightsFit.Mismatch(name: "_blocks.0._se_reduce.bias", found: [9], expected: [8])
      ])
    #expect(Weights(source: "nothing").publishedNetworks().isEmpty)
    let odd = Weights(source: "odd", tensors: ["w": WeightTensor(shape: [1], elements: [1])])
    #expect(odd.publishedNetworks().isEmpty && NameMap.detected(in: odd) == nil)
    // A known name with an unexpected shape is not an exact fit.
    let stem = Weights(
      source: "odd", tensors: ["conv_stem.weight": WeightTensor(shape: [], elements: [1])])
    #expect(stem.publishedNetworks().allSatisfy { !$0.fit.isExact })
  }
}
