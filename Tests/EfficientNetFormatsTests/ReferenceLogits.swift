import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// The logits of another implementation for the formula's image and weights.
struct ReferenceLogits: Decodable, CustomTestStringConvertible {
  /// Our name of the network: see ``PublishedNetwork``.
  let name: String
  /// Scaling factors that replace the network's, for small networks.
  let width: Double?
  let depth: Double?
  /// A factor for all filters; nil for one.
  let gain: Float?
  /// Whether the values are probabilities.
  let softmax: Bool?
  let resolution: Int
  let parameters: Int
  let classes: Int
  let first: [Double]
  let mean: Double
  let std: Double
  let max: Double
  let argmax: Int

  var testDescription: String {
    width.map { "\(name) with width \($0) at \(resolution)" } ?? "\(name) at \(resolution)"
  }

  /// The files of Tools/reference/make_logits.py and make_keras_logits.py.
  static let all: [ReferenceLogits] = ["logits-torch", "logits-keras"].flatMap { file in
    (try? JSONDecoder().decode(
      [ReferenceLogits].self, from: Data(contentsOf: Fixture.url("\(file).json")))) ?? []
  }

  /// The network with the reference's shape.
  func description() throws -> ModelDescription {
    let network = try PublishedNetwork(named: name)
    var architecture = network.architecture
    if let width, let depth {
      let scale = CompoundScale(width: width, depth: depth, resolution: resolution, dropout: 0)
      architecture = network.variant.family.architecture(name: "small", scale: scale)
    }
    architecture.resolution = resolution
    architecture.classes = classes
    return ModelDescription(
      architecture: architecture,
      preprocessing: network.preprocessing.at(resolution: resolution),
      classes: ClassLabel.numbered(classes), provenance: "the formula")
  }

  /// The formula's weights under the network's names.
  func weights(of architecture: Architecture) throws -> Weights {
    var weights = Formula.weights(of: architecture, naming: try naming())
    guard let gain else { return weights }
    for (name, tensor) in weights.tensors where tensor.shape.count > 1 {
      weights.tensors[name] = WeightTensor(
        shape: tensor.shape, elements: tensor.elements.map { $0 * gain })
    }
    return weights
  }

  /// The image as the network gets it: Keras' EfficientNet-B0 to B7 rescale it in their first
  /// layers.
  func image(_ architecture: Architecture) -> Tensor {
    var image = Formula.images(architecture.inputShape)
    if name.hasPrefix("keras/EfficientNetB") {
      for index in image.elements.indices {
        image.elements[index] = (image.elements[index] * 127.5 + 127.5) / 255
      }
    }
    return image
  }

  /// The names under which the network stores its weights.
  func naming() throws -> NameMap {
    switch try PublishedNetwork(named: name).framework {
    case .official: name.hasPrefix("article") ? .kerasNumbered : .timm
    case .keras: name.contains("V2") ? .kerasV2 : .keras
    case .timm, .timmTensorFlow: .timm
    case .torchvision:
      name.contains("mobilenet")
        ? .torchvisionMobileNet : name.contains("mnasnet") ? .torchvisionMnasNet : .torchvision
    case .lukemelas: .lukemelas
    }
  }

  /// The largest difference from the stored values, relative to the largest logit.
  func error(of logits: [Float]) -> Double {
    var values = logits.map(Double.init)
    if softmax == true {
      let exponentials = values.map { exp($0 - (values.max() ?? 0)) }
      values = exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    var differences = zip(values, first).map { abs($0 - $1) }
    differences.append(abs(mean - self.mean))
    differences.append(abs(variance.squareRoot() - std))
    differences.append(abs((values.max() ?? .infinity) - max))
    return (differences.max() ?? .infinity) / abs(max)
  }
}
