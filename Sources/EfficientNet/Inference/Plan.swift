package import EfficientNetCompute

/// A network made ready to run: its steps in order, the buffers they read and write, and the place of
/// every packed weight. Pure data; ``Engine`` adds the weights, ``Session`` the memory.
package struct Plan: Sendable {
  /// One call of a kernel, with all that is fused into it.
  package struct Step: Sendable {
    /// The name of the layer.
    package let name: String
    /// The kernel and its constants.
    package let kernel: Kernel
    /// The layers of the graph that it stands for.
    let layer: FusedLayer
    /// The buffer it reads.
    package let input: Int
    /// The buffer of the residual, or of the gate.
    package let second: Int?
    /// The buffer it writes.
    package let output: Int
    /// The shape of its output for one image.
    package let shape: Shape
  }

  /// What a step calls.
  package enum Kernel: Sendable {
    case convolution(ConvolutionLayer)
    /// Rows are pixels; `pixels` of them an image.
    case pointwise(PointwiseLayer, pixels: Int)
    case depthwise(DepthwiseLayer)
    case averagePool(pixels: Int, channels: Int)
    case scale(pixels: Int, channels: Int, activation: Activation)
  }

  /// Memory for one value, for as long as steps need it.
  package struct Buffer: Sendable {
    /// Floats for one image.
    package let count: Int
    /// The step that writes it, −1 for the input.
    package let firstStep: Int
    /// The last step that reads it.
    package fileprivate(set) var lastStep: Int
  }

  /// The name of the network.
  package let name: String
  /// One image as the network takes it.
  package let inputShape: Shape
  /// The steps.
  package private(set) var steps: [Step] = []
  /// The buffers.
  package private(set) var buffers: [Buffer] = []
  /// The buffer of the images: their channels are not padded.
  package let inputBuffer = 0
  /// Floats of all packed weights.
  package private(set) var constantCount = 0

  /// Plans `graph` for images of `inputShape`.
  package init(_ graph: Graph, inputShape: Shape) {
    name = graph.name
    self.inputShape = inputShape
    var planner = Planner(graph: graph, shapes: graph.shapes(input: inputShape))
    for layer in graph.fusedLayers() { plan(layer, with: &planner) }
    // The logits are read after the last step.
    buffers[planner.buffer(graph.nodes.count - 1)].lastStep = steps.count
  }

  /// What is known of the graph's values while they are planned.
  private struct Planner {
    let graph: Graph
    let shapes: [Shape]
    /// The buffer of each node's value.
    var buffers: [Int: Int] = [:]
    /// The buffer of a node that was planned.
    func buffer(_ node: Int) -> Int {
      guard let buffer = buffers[node] else {
        preconditionFailure("\(graph.nodes[node].name) is read before it is computed")
      }
      return buffer
    }

    /// Floats from pixel to pixel: the input's channels have no padding.
    func channelStride(_ node: Int) -> Int {
      graph.nodes[node].operation == .input
        ? shapes[node].c : Kernels.channelStride(shapes[node].c)
    }
  }

  private mutating func plan(_ layer: FusedLayer, with planner: inout Planner) {
    let node = planner.graph.nodes[layer.node]
    let shape = planner.shapes[layer.output]
    let channels = Kernels.channelStride(shape.c)
    guard let input = node.inputs.first else {
      planner.buffers[layer.node] = addBuffer(count: inputShape.count)
      return
    }
    let inputShape = planner.shapes[input]
    func window(_ c: Convolution) -> Window {
      let rows = c.padding.extent(size: inputShape.h, kernel: c.kernel, stride: c.stride)
      let columns = c.padding.extent(size: inputShape.w, kernel: c.kernel, stride: c.stride)
      return Window(
        inputHeight: inputShape.h, inputWidth: inputShape.w, outputHeight: rows.outputs,
        outputWidth: columns.outputs, kernel: c.kernel, stride: c.stride, top: rows.before,
        left: columns.before)
    }
    func product(depth: Int) -> PointwiseLayer {
      PointwiseLayer(
        depth: depth, columns: channels, inputStride: planner.channelStride(input),
        weights: addConstants(depth * channels), bias: addConstants(channels),
        activation: layer.activation)
    }
    let kernel: Kernel
    var second = layer.residual
    switch node.operation {
    case .convolution(let c) where c.kernel == 1 && c.stride == 1:
      kernel = .pointwise(product(depth: c.inputs), pixels: shape.h * shape.w)
    case .convolution(let c):
      kernel = .convolution(
        ConvolutionLayer(
          window: window(c), inputChannels: c.inputs,
          product: product(depth: c.kernel * c.kernel * c.inputs)))
    case .depthwiseConvolution(let c):
      kernel = .depthwise(
        DepthwiseLayer(
          window: window(c), channels: channels,
          weights: addConstants(c.kernel * c.kernel * channels), bias: addConstants(channels),
          activation: layer.activation))
    case .linear(let inputs, _):
      kernel = .pointwise(product(depth: inputs), pixels: 1)
    case .globalAveragePool:
      kernel = .averagePool(pixels: inputShape.h * inputShape.w, channels: channels)
    case .scale:
      kernel = .scale(
        pixels: shape.h * shape.w, channels: channels, activation: layer.activation)
      second = node.inputs[1]
    case .dropout, .stochasticDepth:
      planner.buffers[layer.output] = planner.buffer(input)
      return
    case .input, .batchNorm, .activation, .add:
      preconditionFailure("\(node.name) does not follow a convolution")
    }
    let inputBuffer = planner.buffer(input)
    let secondBuffer = second.map { planner.buffer($0) }
    for buffer in [inputBuffer, secondBuffer].compactMap(\.self) {
      buffers[buffer].lastStep = steps.count
    }
    // The gate is applied in place.
    let isInPlace = if case .scale = kernel { true } else { false }
    let output = isInPlace ? inputBuffer : addBuffer(count: shape.h * shape.w * channels)
    planner.buffers[layer.output] = output
    steps.append(
      Step(
        name: node.name, kernel: kernel, layer: layer, input: inputBuffer, second: secondBuffer,
        output: output, shape: shape))
  }

  private mutating func addBuffer(count: Int) -> Int {
    buffers.append(
      Buffer(
        count: count, firstStep: steps.isEmpty && buffers.isEmpty ? -1 : steps.count,
        lastStep: steps.count))
    return buffers.count - 1
  }

  private mutating func addConstants(_ count: Int) -> Region {
    let region = Region(offset: constantCount, count: count)
    let alignment = Arena.alignment
    constantCount += (count + alignment - 1) / alignment * alignment
    return region
  }
}
