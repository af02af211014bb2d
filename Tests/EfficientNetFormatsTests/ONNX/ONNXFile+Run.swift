import Foundation

/// The operators as specified at onnx.ai/onnx/operators, in plain loops and double precision.
/// Values are rounded to floats once per node.
extension ONNXFile {
  struct Array4 {
    var shape: [Int]
    var elements: [Float]

    /// The index of (n, c, h, w).
    func offset(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int {
      ((n * shape[1] + c) * shape[2] + h) * shape[3] + w
    }
  }

  /// The value of "logits" for an NCHW input, and the shapes of all values.
  func run(_ input: Array4) throws(Problem) -> (logits: Array4, shapes: [String: [Int]]) {
    var values: [String: Array4] = [inputs[0].name: input]
    for tensor in initializers {
      values[tensor.name] = Array4(shape: tensor.shape, elements: tensor.elements)
    }
    for node in nodes {
      var arguments: [Array4] = []
      for name in node.inputs {
        guard let value = values[name] else {
          throw Problem(description: "\(node.name) reads \(name), which is not there yet")
        }
        arguments.append(value)
      }
      guard node.outputs.count == 1, values[node.outputs[0]] == nil else {
        throw Problem(description: "\(node.name) writes \(node.outputs)")
      }
      values[node.outputs[0]] = try evaluate(node, arguments)
    }
    guard let logits = values[outputs[0].name] else {
      throw Problem(description: "nothing writes \(outputs[0].name)")
    }
    return (logits, values.mapValues(\.shape))
  }

  private func evaluate(_ node: Node, _ x: [Array4]) throws(Problem) -> Array4 {
    switch node.type {
    case "Conv": return convolve(node, x)
    case "BatchNormalization":
      var y = x[0]
      let epsilon = Double(node.floats["epsilon"] ?? 1e-5)
      let area = y.shape[2] * y.shape[3]
      for index in y.elements.indices {
        let c = index / area % y.shape[1]
        let (scale, bias, mean, variance) = (
          x[1].elements[c], x[2].elements[c], x[3].elements[c], x[4].elements[c]
        )
        let normal =
          (Double(y.elements[index]) - Double(mean)) / (Double(variance) + epsilon).squareRoot()
        y.elements[index] = Float(normal * Double(scale) + Double(bias))
      }
      return y
    case "QuantizeLinear":
      let (scale, zeroPoint) = (x[1].elements[0], x[2].elements[0])
      return Array4(
        shape: x[0].shape,
        elements: x[0].elements.map {
          min(max(($0 / scale).rounded(.toNearestOrEven) + zeroPoint, 0), 255)
        })
    case "DequantizeLinear":
      // One scale, or one for each of the first axis.
      let count = x[0].elements.count / x[1].elements.count
      return Array4(
        shape: x[0].shape,
        elements: x[0].elements.indices.map {
          (x[0].elements[$0] - x[2].elements[$0 / count]) * x[1].elements[$0 / count]
        })
    case "Sigmoid":
      return Array4(
        shape: x[0].shape, elements: x[0].elements.map { Float(1 / (1 + exp(-Double($0)))) })
    case "Relu":
      return Array4(shape: x[0].shape, elements: x[0].elements.map { max($0, 0) })
    case "Clip":
      let (low, high) = (x[1].elements[0], x[2].elements[0])
      return Array4(shape: x[0].shape, elements: x[0].elements.map { min(max($0, low), high) })
    case "Add", "Mul":
      // Equal shapes, or a second operand of shape (n, c, 1, 1).
      let area = x[0].shape[2] * x[0].shape[3]
      guard x[1].shape == x[0].shape || x[1].shape == x[0].shape[..<2] + [1, 1] else {
        throw Problem(description: "\(node.name) has shapes \(x.map(\.shape))")
      }
      var y = x[0]
      for index in y.elements.indices {
        let other = x[1].elements[x[1].shape == x[0].shape ? index : index / area]
        if node.type == "Add" { y.elements[index] += other } else { y.elements[index] *= other }
      }
      return y
    case "AveragePool": return try averagePool(node, x[0])
    case "GlobalAveragePool":
      let area = x[0].shape[2] * x[0].shape[3]
      let means = stride(from: 0, to: x[0].elements.count, by: area).map { start in
        Float(x[0].elements[start..<(start + area)].reduce(0) { $0 + Double($1) } / Double(area))
      }
      return Array4(shape: x[0].shape[..<2] + [1, 1], elements: means)
    case "Flatten":
      guard node.integers["axis"] == 1 else { throw Problem(description: "Flatten of all axes") }
      return Array4(shape: [x[0].shape[0], x[0].shape[1...].reduce(1, *)], elements: x[0].elements)
    case "Gemm":
      guard node.integers["transB"] == 1, x[0].shape[1] == x[1].shape[1] else {
        throw Problem(description: "Gemm of \(x.map(\.shape))")
      }
      let depth = x[0].shape[1]
      var y = Array4(shape: [x[0].shape[0], x[1].shape[0]], elements: [])
      for n in 0..<y.shape[0] {
        for o in 0..<y.shape[1] {
          var sum = Double(x[2].elements[o])
          for k in 0..<depth {
            sum += Double(x[0].elements[n * depth + k]) * Double(x[1].elements[o * depth + k])
          }
          y.elements.append(Float(sum))
        }
      }
      return y
    default: throw Problem(description: "operator \(node.type)")
    }
  }

  /// `y[n, c, p, q] = (Σ x[n, c, p·s + i − top, q·s + j − left]) / (height · width)`; zeros outside
  /// the image count.
  private func averagePool(_ node: Node, _ x: Array4) throws(Problem) -> Array4 {
    guard node.integers["count_include_pad"] == 1, let kernel = node.lists["kernel_shape"],
      let pads = node.lists["pads"], let strides = node.lists["strides"]
    else { throw Problem(description: "\(node.name) leaves something to the default") }
    let height = (x.shape[2] + pads[0] + pads[2] - kernel[0]) / strides[0] + 1
    let width = (x.shape[3] + pads[1] + pads[3] - kernel[1]) / strides[1] + 1
    var y = Array4(shape: x.shape[..<2] + [height, width], elements: [])
    for n in 0..<x.shape[0] {
      for c in 0..<x.shape[1] {
        for p in 0..<height {
          for q in 0..<width {
            var sum = 0.0
            for i in 0..<kernel[0] {
              for j in 0..<kernel[1] {
                let (h, w) = (p * strides[0] + i - pads[0], q * strides[1] + j - pads[1])
                guard 0..<x.shape[2] ~= h, 0..<x.shape[3] ~= w else { continue }
                sum += Double(x.elements[x.offset(n, c, h, w)])
              }
            }
            y.elements.append(Float(sum / Double(kernel[0] * kernel[1])))
          }
        }
      }
    }
    return y
  }

  /// `y[n, o, p, q] = b[o] + Σ x[n, c, p·s + i − top, q·s + j − left] · w[o, c, i, j]` in each group.
  private func convolve(_ node: Node, _ x: [Array4]) -> Array4 {
    let (image, filter) = (x[0], x[1])
    let pads = node.lists["pads"] ?? [0, 0, 0, 0]
    let strides = node.lists["strides"] ?? [1, 1]
    let groups = node.integers["group"] ?? 1
    let (kernelHeight, kernelWidth) = (filter.shape[2], filter.shape[3])
    let height = (image.shape[2] + pads[0] + pads[2] - kernelHeight) / strides[0] + 1
    let width = (image.shape[3] + pads[1] + pads[3] - kernelWidth) / strides[1] + 1
    let (outputs, channels) = (filter.shape[0], filter.shape[1])
    var y = Array4(shape: [image.shape[0], outputs, height, width], elements: [])
    for n in 0..<image.shape[0] {
      for o in 0..<outputs {
        let first = o / (outputs / groups) * channels
        for p in 0..<height {
          for q in 0..<width {
            var sum = x.count > 2 ? Double(x[2].elements[o]) : 0
            for i in 0..<kernelHeight {
              let h = p * strides[0] + i - pads[0]
              guard h >= 0, h < image.shape[2] else { continue }
              for j in 0..<kernelWidth {
                let w = q * strides[1] + j - pads[1]
                guard w >= 0, w < image.shape[3] else { continue }
                for c in 0..<channels {
                  sum +=
                    Double(image.elements[image.offset(n, first + c, h, w)])
                    * Double(filter.elements[filter.offset(o, c, i, j)])
                }
              }
            }
            y.elements.append(Float(sum))
          }
        }
      }
    }
    return y
  }
}
