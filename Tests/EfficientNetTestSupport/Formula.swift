package import EfficientNet
package import EfficientNetCompute

/// Weights and images from a formula, so that reference results need no weight file.
/// Tools/reference/formula.py gives bit-identical numbers.
package enum Formula {
  /// Pseudo-random numbers in [−1, 1) that depend only on a name.
  package static func unit(_ name: String, count: Int) -> [Double] {
    var seed: UInt32 = 0x811C_9DC5
    for byte in name.utf8 { seed = (seed ^ UInt32(byte)) &* 0x0100_0193 }
    return (0..<count).map { index in
      var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
      x ^= x >> 16
      x &*= 0x85EB_CA6B
      x ^= x >> 13
      x &*= 0xC2B2_AE35
      x ^= x >> 16
      return Double(x) / 2_147_483_648 - 1
    }
  }

  /// One tensor: its role follows from its shape and the last part of its name.
  package static func tensor(_ name: String, shape: [Int]) -> WeightTensor {
    let unit = unit(name, count: shape.reduce(1, *))
    let leaf = name.split(separator: ".").last ?? ""
    let elements: [Float]
    if leaf == "running_mean" || leaf == "bias" {
      elements = unit.map { Float(0.25 * $0) }
    } else if leaf == "running_var" {
      elements = unit.map { Float(1 + 0.5 * $0) }
    } else if shape.count <= 1 {
      elements = unit.map { Float(1 + 0.25 * $0) }
    } else {
      let scale = (4 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      elements = unit.map { Float($0 * scale) }
    }
    return WeightTensor(shape: shape, elements: elements)
  }

  /// All tensors of a network under the names of `naming`.
  package static func weights(of architecture: Architecture, naming: NameMap = .timm) -> Weights {
    var weights = Weights(source: "the formula")
    for stored in naming.parameters(of: architecture) {
      switch stored.layout {
      case .pyTorch where !stored.name.contains("/"):
        weights.tensors[stored.name] = tensor(stored.name, shape: stored.shape)
      case .pyTorch, .kerasConvolution, .kerasDepthwise, .kerasDense:
        weights.tensors[stored.name] = kerasTensor(
          stored.name, shape: stored.shape, isDepthwise: stored.layout == .kerasDepthwise)
      }
    }
    return weights
  }

  /// The tensor "input": made as (n, c, h, w), returned as NHWC.
  package static func images(_ shape: Shape) -> Tensor {
    let unit = unit("input", count: shape.count)
    var images = Tensor(shape: shape)
    for n in 0..<shape.n {
      for h in 0..<shape.h {
        for w in 0..<shape.w {
          for c in 0..<shape.c {
            let index = ((n * shape.c + c) * shape.h + h) * shape.w + w
            images[n: n, h: h, w: w, c: c] = Float(unit[index])
          }
        }
      }
    }
    return images
  }
}
