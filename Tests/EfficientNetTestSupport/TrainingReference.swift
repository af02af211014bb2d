package import EfficientNet
package import EfficientNetCompute

/// The forward pass of a network in training, node by node in double precision: slow and simple,
/// for checking gradients by finite differences.
package struct TrainingReference {
  package let graph: Graph
  /// The tensors by name, in double precision, so that small steps count.
  package var tensors: [String: [Double]]
  /// Factors for stochastic depth and dropout by the node's name: one for each element of the
  /// value, or one for each image of the batch. Without factors, both do nothing.
  package var factors: [String: [Double]] = [:]
  /// Batch norms that use the running statistics.
  package var frozen: Set<String> = []

  package init(_ architecture: Architecture, weights: Weights) {
    graph = Graph(architecture)
    tensors = weights.tensors.mapValues { $0.elements.map(Double.init) }
  }

  /// The logits as rows of classes.
  package func logits(_ images: Tensor) -> [Double] {
    let shapes = graph.shapes(input: images.shape)
    var values: [[Double]] = []
    for (index, node) in graph.nodes.enumerated() {
      let x = node.inputs.first.map { values[$0] } ?? images.elements.map(Double.init)
      let from = node.inputs.first.map { shapes[$0] } ?? images.shape
      values.append(value(of: node, x, from, shapes[index], values))
    }
    return values.last ?? []
  }

  private func value(
    of node: Graph.Node, _ x: [Double], _ from: Shape, _ to: Shape, _ values: [[Double]]
  ) -> [Double] {
    func tensor(_ leaf: String) -> [Double] { tensors["\(node.name).\(leaf)"] ?? [] }
    switch node.operation {
    case .input: return x
    case .convolution(let c):
      return convolve(x, from, to, c, tensor("weight"), tensor("bias"), isDepthwise: false)
    case .depthwiseConvolution(let c):
      return convolve(x, from, to, c, tensor("weight"), tensor("bias"), isDepthwise: true)
    case .averagePool(let c):
      let share = 1 / Double(c.kernel * c.kernel)
      let filters = [Double](repeating: share, count: c.outputs * c.kernel * c.kernel)
      return convolve(x, from, to, c, filters, [], isDepthwise: true)
    case .linear(let inputs, let outputs):
      let c = Convolution(
        inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: .same, hasBias: true)
      return convolve(x, from, to, c, tensor("weight"), tensor("bias"), isDepthwise: false)
    case .batchNorm(let channels, let epsilon):
      return normalize(node.name, x, channels: channels, epsilon: epsilon)
    case .activation(let activation): return x.map(activation.exact)
    case .globalAveragePool:
      var mean = [Double](repeating: 0, count: to.count)
      for (index, value) in x.enumerated() {
        mean[index / (from.h * from.w * from.c) * from.c + index % from.c] +=
          value / Double(from.h * from.w)
      }
      return mean
    case .scale:
      let gate = values[node.inputs[1]]
      return x.indices.map { x[$0] * gate[$0 / (to.h * to.w * to.c) * to.c + $0 % to.c] }
    case .add: return zip(x, values[node.inputs[1]]).map(+)
    case .dropout, .stochasticDepth:
      guard let factors = factors[node.name] else { return x }
      let share = x.count / factors.count
      return x.indices.map { x[$0] * factors[$0 / share] }
    }
  }

  private func normalize(
    _ name: String, _ x: [Double], channels: Int, epsilon: Double
  ) -> [Double] {
    func tensor(_ leaf: String) -> [Double] { tensors["\(name).\(leaf)"] ?? [] }
    var (mean, variance) = (tensor("running_mean"), tensor("running_var"))
    if !frozen.contains(name) {
      let count = Double(x.count / channels)
      mean = [Double](repeating: 0, count: channels)
      variance = mean
      for (index, value) in x.enumerated() { mean[index % channels] += value / count }
      for (index, value) in x.enumerated() {
        let distance = value - mean[index % channels]
        variance[index % channels] += distance * distance / count
      }
    }
    let (gamma, beta) = (tensor("weight"), tensor("bias"))
    return x.indices.map { index in
      let c = index % channels
      return (x[index] - mean[c]) / (variance[c] + epsilon).squareRoot() * gamma[c] + beta[c]
    }
  }

  private func convolve(
    _ x: [Double], _ from: Shape, _ to: Shape, _ c: Convolution, _ weight: [Double],
    _ bias: [Double], isDepthwise: Bool
  ) -> [Double] {
    let inputs = isDepthwise ? 1 : c.inputs
    let top = c.padding.extent(size: from.h, kernel: c.kernel, stride: c.stride).before
    let left = c.padding.extent(size: from.w, kernel: c.kernel, stride: c.stride).before
    var y = [Double](repeating: 0, count: to.count)
    for n in 0..<to.n {
      for p in 0..<to.h {
        for q in 0..<to.w {
          for o in 0..<to.c {
            var sum = bias.isEmpty ? 0 : bias[o]
            for i in 0..<c.kernel {
              let h = p * c.stride + i - top
              guard 0..<from.h ~= h else { continue }
              for j in 0..<c.kernel {
                let w = q * c.stride + j - left
                guard 0..<from.w ~= w else { continue }
                for k in 0..<inputs {
                  let channel = isDepthwise ? o : k
                  sum +=
                    x[from.offset(n: n, h: h, w: w, c: channel)]
                    * weight[((o * inputs + k) * c.kernel + i) * c.kernel + j]
                }
              }
            }
            y[to.offset(n: n, h: p, w: q, c: o)] = sum
          }
        }
      }
    }
    return y
  }
}
