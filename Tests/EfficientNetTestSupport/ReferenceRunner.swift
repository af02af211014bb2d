package import EfficientNet
package import EfficientNetCompute

/// Runs a graph node by node in plain Swift and double precision: slow and simple, as the reference
/// for the engine.
///
/// Each node's value is rounded to floats once, when the node is done.
package struct ReferenceRunner: Sendable {
  /// The network.
  package let graph: Graph
  /// The tensors under our names.
  package let weights: Weights

  /// Creates a runner.
  ///
  /// - Throws: ``WeightsError`` if the weights do not fit the network.
  package init(_ architecture: Architecture, weights: Weights) throws(WeightsError) {
    graph = Graph(architecture)
    self.weights = try NameMap.timm.canonical(weights, for: architecture)
  }

  /// Creates a runner of any graph.
  ///
  /// - Precondition: The weights fit the graph.
  package init(_ graph: Graph, weights: Weights) { (self.graph, self.weights) = (graph, weights) }

  /// The logits of a batch: (n, h, w, channels) → (n, 1, 1, classes).
  package func run(_ images: Tensor) -> Tensor {
    values(images).last ?? images
  }

  /// The value of every node.
  ///
  /// - Parameter replace: Returns the value that later nodes read instead of the one of a node.
  package func values(
    _ images: Tensor, replacing replace: (_ node: Int, _ value: Tensor) -> Tensor = { $1 }
  ) -> [Tensor] {
    let shapes = graph.shapes(input: images.shape)
    var values: [Tensor] = []
    for (node, shape) in zip(graph.nodes, shapes) {
      let x = node.inputs.first.map { values[$0] } ?? images
      func tensor(_ leaf: String) -> [Float] {
        weights.tensors["\(node.name).\(leaf)"]?.elements ?? []
      }
      let value: Tensor =
        switch node.operation {
        case .input, .dropout, .stochasticDepth: x
        case .convolution(let c):
          convolve(x, tensor("weight"), bias: tensor("bias"), c, shape, isDepthwise: false)
        case .depthwiseConvolution(let c):
          convolve(x, tensor("weight"), bias: tensor("bias"), c, shape, isDepthwise: true)
        case .averagePool(let c): average(x, c, shape)
        case .batchNorm(_, let epsilon):
          normalize(
            x, mean: tensor("running_mean"), variance: tensor("running_var"),
            weight: tensor("weight"), bias: tensor("bias"), epsilon: epsilon)
        case .activation(let activation):
          Tensor(shape: shape, elements: x.elements.map { Float(activation.exact(Double($0))) })
        case .globalAveragePool: average(x)
        case .scale: multiply(x, byGate: values[node.inputs[1]])
        case .add:
          Tensor(shape: shape, elements: zip(x.elements, values[node.inputs[1]].elements).map(+))
        case .linear(let inputs, _):
          multiply(x, tensor("weight"), bias: tensor("bias"), inputs: inputs, shape)
        }
      values.append(replace(values.count, value))
    }
    return values
  }

  /// `y[n, p, q, o] = bias[o] + Σ_cij x[n, p·s + i − top, q·s + j − left, c] · w[o, c, i, j]`,
  /// where c runs over all channels, or is only o if a filter has one channel.
  private func convolve(
    _ x: Tensor, _ weight: [Float], bias: [Float], _ c: Convolution, _ shape: Shape,
    isDepthwise: Bool
  ) -> Tensor {
    let channelsPerFilter = isDepthwise ? 1 : c.inputs
    var y = Tensor(shape: shape)
    let top = c.padding.extent(size: x.shape.h, kernel: c.kernel, stride: c.stride).before
    let left = c.padding.extent(size: x.shape.w, kernel: c.kernel, stride: c.stride).before
    for n in 0..<shape.n {
      for p in 0..<shape.h {
        for q in 0..<shape.w {
          for o in 0..<shape.c {
            var sum = bias.isEmpty ? 0 : Double(bias[o])
            for i in 0..<c.kernel {
              let h = p * c.stride + i - top
              guard x.shape.h > h, h >= 0 else { continue }
              for j in 0..<c.kernel {
                let w = q * c.stride + j - left
                guard x.shape.w > w, w >= 0 else { continue }
                for k in 0..<channelsPerFilter {
                  let channel = isDepthwise ? o : k
                  let tap = ((o * channelsPerFilter + k) * c.kernel + i) * c.kernel + j
                  sum += Double(x[n: n, h: h, w: w, c: channel]) * Double(weight[tap])
                }
              }
            }
            y[n: n, h: p, w: q, c: o] = Float(sum)
          }
        }
      }
    }
    return y
  }

  private func normalize(
    _ x: Tensor, mean: [Float], variance: [Float], weight: [Float], bias: [Float], epsilon: Double
  ) -> Tensor {
    var y = x
    for index in y.elements.indices {
      let c = index % x.shape.c
      let normal =
        (Double(x.elements[index]) - Double(mean[c])) / (Double(variance[c]) + epsilon).squareRoot()
      y.elements[index] = Float(normal * Double(weight[c]) + Double(bias[c]))
    }
    return y
  }

  /// `y[n, p, q, c] = (Σ_ij x[n, p·s + i − top, q·s + j − left, c]) / kernel²`
  private func average(_ x: Tensor, _ c: Convolution, _ shape: Shape) -> Tensor {
    var y = Tensor(shape: shape)
    let top = c.padding.extent(size: x.shape.h, kernel: c.kernel, stride: c.stride).before
    let left = c.padding.extent(size: x.shape.w, kernel: c.kernel, stride: c.stride).before
    for n in 0..<shape.n {
      for p in 0..<shape.h {
        for q in 0..<shape.w {
          for channel in 0..<shape.c {
            var sum = 0.0
            for h in p * c.stride - top..<p * c.stride - top + c.kernel {
              for w in q * c.stride - left..<q * c.stride - left + c.kernel {
                guard 0..<x.shape.h ~= h, 0..<x.shape.w ~= w else { continue }
                sum += Double(x[n: n, h: h, w: w, c: channel])
              }
            }
            y[n: n, h: p, w: q, c: channel] = Float(sum / Double(c.kernel * c.kernel))
          }
        }
      }
    }
    return y
  }

  private func average(_ x: Tensor) -> Tensor {
    let shape = x.shape
    var y = Tensor(shape: Shape(n: shape.n, h: 1, w: 1, c: shape.c))
    for n in 0..<shape.n {
      for c in 0..<shape.c {
        var sum = 0.0
        for h in 0..<shape.h {
          for w in 0..<shape.w { sum += Double(x[n: n, h: h, w: w, c: c]) }
        }
        y[n: n, h: 0, w: 0, c: c] = Float(sum / Double(shape.h * shape.w))
      }
    }
    return y
  }

  private func multiply(_ x: Tensor, byGate gate: Tensor) -> Tensor {
    var y = x
    for index in y.elements.indices {
      let image = index / (x.shape.h * x.shape.w * x.shape.c)
      y.elements[index] *= gate[n: image, h: 0, w: 0, c: index % x.shape.c]
    }
    return y
  }

  /// `y[n, o] = bias[o] + Σ_i x[n, i] · w[o, i]`
  private func multiply(
    _ x: Tensor, _ weight: [Float], bias: [Float], inputs: Int, _ shape: Shape
  ) -> Tensor {
    var y = Tensor(shape: shape)
    for n in 0..<shape.n {
      for o in 0..<shape.c {
        var sum = Double(bias[o])
        for i in 0..<inputs {
          sum += Double(x.elements[n * inputs + i]) * Double(weight[o * inputs + i])
        }
        y.elements[n * shape.c + o] = Float(sum)
      }
    }
    return y
  }
}
