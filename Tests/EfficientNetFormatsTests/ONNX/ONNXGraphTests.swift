import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNet
@testable import EfficientNetFormats

/// Graphs that no architecture has yet.
@Suite("ONNX graphs")
struct ONNXGraphTests {
  private static func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Padding = .same,
    hasBias: Bool = false
  ) -> Convolution {
    Convolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding,
      hasBias: hasBias)
  }

  /// Biases before batch norm, a convolution that two nodes read, batch norm that follows no
  /// convolution, fully connected layers inside the network, every activation, strides larger than
  /// the filter, pooling, and dropout between layers.
  private static let graph: Graph = {
    var graph = Graph(name: "odd")
    let norm = Graph.Operation.batchNorm(channels: 6, epsilon: 1e-3)
    var x = graph.add("input", .input, [])
    x = graph.add("stem", .convolution(convolution(3, 6, kernel: 3, stride: 2, hasBias: true)), [x])
    x = graph.add("stem_bn", norm, [x])
    x = graph.add("stem_act", .activation(.identity), [x])
    let twice = graph.add("twice", .convolution(convolution(6, 6)), [x])
    x = graph.add("twice_bn", norm, [twice])
    x = graph.add("sum", .add, [x, twice])
    x = graph.add("sum_bn", norm, [x])
    x = graph.add("drop_path", .stochasticDepth(rate: 0.5), [x])
    x = graph.add(
      "dw", .depthwiseConvolution(convolution(6, 6, kernel: 5, stride: 2, hasBias: true)), [x])
    x = graph.add("dw_bn", norm, [x])
    x = graph.add("dw_act", .activation(.silu), [x])
    var gate = graph.add("se_pool", .globalAveragePool, [x])
    gate = graph.add("se_reduce", .linear(inputs: 6, outputs: 2), [gate])
    gate = graph.add("se_act", .activation(.relu6), [gate])
    gate = graph.add("se_expand", .linear(inputs: 2, outputs: 6), [gate])
    gate = graph.add("se_gate", .activation(.sigmoid), [gate])
    x = graph.add("se_scale", .scale, [x, gate])
    x = graph.add("skip", .convolution(convolution(6, 6, kernel: 1, stride: 3)), [x])
    x = graph.add("symmetric", .convolution(convolution(6, 6, kernel: 3, padding: .symmetric)), [x])
    x = graph.add("average", .averagePool(convolution(6, 6, kernel: 3, stride: 2)), [x])
    x = graph.add("head_act", .activation(.relu), [x])
    x = graph.add("pool", .globalAveragePool, [x])
    _ = graph.add("classifier", .linear(inputs: 6, outputs: 4), [x])
    return graph
  }()

  @Test(
    "written graphs compute the reference runner's values", arguments: [true, false], [23, 24, 31])
  func computes(folds: Bool, resolution: Int) throws {
    let graph = Self.graph
    var weights = Weights(source: "the formula")
    for parameter in graph.parameters {
      weights.tensors[parameter.name] = Formula.tensor(parameter.name, shape: parameter.shape)
    }
    var input = Shape(n: 1, h: resolution, w: resolution + 5, c: 3)
    let onnx = try ONNXGraph(
      graph, input: input, weights: weights, options: ONNXOptions(foldsBatchNorm: folds))
    // Two of the four batch norms can be folded.
    #expect(onnx.nodes.count { $0.type == .batchNormalization } == (folds ? 2 : 4))
    try withTemporaryFolder { folder in
      let path = folder + "/odd.onnx"
      try ProtobufMessage(onnx: onnx, opset: 17, metadata: []).write(to: path)
      input.n = 2
      let images = Formula.images(input)
      let values = ReferenceRunner(graph, weights: weights).values(images)
      let expected = try #require(values.last)
      let (logits, _) = try ONNXFile(contentsOf: path).run(ONNXTests.nchw(images))
      #expect(logits.shape == [2, 4])
      #expect(relativeError(logits.elements, expected.elements) < 1e-5)
    }
  }
}

extension Graph {
  /// Appends a node that belongs to no block.
  fileprivate mutating func add(_ name: String, _ operation: Graph.Operation, _ inputs: [Int])
    -> Int
  {
    add(name, in: .stem, operation, inputs)
  }
}
