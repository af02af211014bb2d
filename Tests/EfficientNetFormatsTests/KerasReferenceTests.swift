import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Whole EfficientNets that Keras 3.15 saved with the formula's weights. They are not in the
/// repository; without them, the tests are skipped.
@Suite struct KerasReferenceTests {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared/reference/keras").path
  static var isThere: Bool { FileManager.default.fileExists(atPath: folder) }

  /// The formula's values of a Keras tensor. Its roles and fan-in are those of make_keras.py beside
  /// the files.
  private func expected(_ name: String, shape: [Int]) -> [Float]? {
    let unit = Formula.unit(name, count: shape.reduce(1, *))
    let variable = name.split(separator: "/").last.map(String.init) ?? ""
    switch variable {
    case "beta", "bias", "moving_mean": return unit.map { Float(0.25 * $0) }
    case "moving_variance": return unit.map { Float(1 + 0.5 * $0) }
    case "gamma": return unit.map { Float(1 + 0.25 * $0) }
    case "kernel":
      let isDepthwise = shape.count == 4 && shape[3] == 1 && name.contains("dwconv")
      let fan = isDepthwise ? shape[0] * shape[1] : shape.dropLast().reduce(1, *)
      let scale = (4 / Double(fan)).squareRoot()
      return unit.map { Float($0 * scale) }
    default: return nil
    }
  }

  @Test(
    .enabled(if: isThere, "no folder ../shared/reference/keras beside the repository"),
    arguments: ["small.keras", "small.weights.h5", "small_legacy.h5"])
  func readsTheSmallNetwork(name: String) throws {
    let weights = try Weights(kerasFile: "\(Self.folder)/\(name)")
    #expect(weights.metadata["keras_names"] == "layers")
    if !name.contains("weights") {
      #expect(weights.metadata["keras_config_name"] == "small")
      #expect(weights.metadata["keras_input"] == "64,64,3")
    }
    #expect(weights.tensors["stem_conv/kernel"]?.shape == [3, 3, 3, 8])
    #expect(weights.tensors["block1a_dwconv/kernel"]?.shape == [3, 3, 8, 1])
    #expect(weights.tensors["predictions/kernel"]?.shape == [320, 10])
    var compared = 0
    for (name, tensor) in weights.tensors where !name.hasPrefix("normalization") {
      #expect(tensor.elements == expected(name, shape: tensor.shape), "\(name)")
      compared += 1
    }
    // All tensors except the mean and the variance of the identity.
    #expect(weights.tensors.count == 199)
    #expect(compared == 197)
  }

  /// Layers without names: both formats hold the same tensors under the same names.
  @Test(.enabled(if: isThere, "no folder ../shared/reference/keras beside the repository"))
  func readsTheArticlesNetwork() throws {
    let new = try Weights(kerasFile: "\(Self.folder)/article_small.weights.h5")
    let legacy = try Weights(kerasFile: "\(Self.folder)/article_small_legacy.h5")
    #expect(new.names == legacy.names)
    #expect(new.tensors["conv2d/kernel"] != nil)
    for (name, tensor) in new.tensors {
      #expect(tensor.shape == legacy.tensors[name]?.shape)
      #expect(tensor.elements == legacy.tensors[name]?.elements)
    }
  }
}
