import EfficientNet
import EfficientNetTestSupport
import Foundation

/// PyTorch's results for the formula's image and weights: Tools/reference/make_explanation.py.
struct Reference: Decodable {
  struct Network: Decodable {
    struct Sample: Decodable {
      let channel_stride: Int
      let values: [Float]
    }
    struct Stage: Decodable {
      let name: String
      /// The shape as (c, h, w).
      let shape: [Int]
      /// The distance between two values, in the order (c, h, w).
      let stride: Int
      let values: [Float]
    }
    struct Layer: Decodable {
      let layer: String
      /// The shape as (h, w).
      let shape: [Int]
      let values: [Float]
    }
    struct Map: Decodable {
      let `class`: Int
      let logit: Float
      let cam: [Float]
      let grad_cam: [Layer]
    }
    let name: String
    let resolution: Int
    let argmax: Int
    let shape: [Int]
    let features: Sample
    let stages: [Stage]
    let pooled: [Float]
    let maps: [Map]
  }

  let networks: [Network]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "Fixtures/explanation-torch.json")
    self = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }
}

extension Reference.Network {
  /// The network with the formula's weights.
  func model() throws -> Model {
    var description = try PublishedNetwork(named: "timm/\(name)").description(
      provenance: "the formula")
    description = description.at(resolution: resolution)
    return try Model(description, weights: Formula.weights(of: description.architecture))
  }

  var image: Tensor { Formula.images(Shape(n: 1, h: resolution, w: resolution, c: 3)) }
}
