@testable import EfficientNet
@testable import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Reading ONNX files")
struct ONNXReadingTests {
  /// Returns the logits of the formula's image.
  private func logits(_ model: Model) throws -> [Float] {
    let engine = try Engine(
      model.description.architecture, weights: model.weights,
      precision: model.description.ownPrecision(),
      quantization: model.description.quantization)
    var session = engine.makeSession(pool: ThreadPool(threads: 1))
    return session.run(Formula.images(model.description.architecture.inputShape)).elements
  }

  private func roundTrip(_ model: Model, _ options: ONNXOptions) throws -> Model {
    var result: Model?
    try withTemporaryFolder { folder in
      try model.write(onnx: folder + "/model.onnx", options: options)
      result = try Model(weightFile: folder + "/model.onnx")
    }
    return try #require(result)
  }

  @Test("our files of floats give the same network", arguments: Architecture.tiny, [true, false])
  func floats(architecture: Architecture, folds: Bool) throws {
    let model = try Formula.model(architecture)
    let copy = try roundTrip(model, ONNXOptions(foldsBatchNorm: folds))
    #expect(copy.description == model.description)
    if !folds {
      for (name, tensor) in model.weights.tensors {
        #expect(copy.weights.tensors[name]?.elements == tensor.elements, "\(name)")
      }
    }
    #expect(try relativeError(logits(copy), logits(model)) < 1e-4)
  }

  @Test(
    "our int8 files give the same codes", arguments: Architecture.tiny,
    ONNXOptions.Runtime.allCases)
  func codes(architecture: Architecture, runtime: ONNXOptions.Runtime) throws {
    let model = try Formula.int8Model(architecture)
    let copy = try roundTrip(model, ONNXOptions(runtime: runtime))
    #expect(copy.description == model.description)
    for name in Graph(architecture).weightsWithCodes() {
      let tensor = try #require(model.weights.tensors[name])
      #expect(copy.weights.tensors[name]?.codes == tensor.codes, "\(name)")
    }
    // The biases of ONNX Runtime are integers.
    #expect(try relativeError(logits(copy), logits(model)) < 0.02)
  }

  @Test(
    "blocks in floats stay in floats", arguments: Architecture.tiny, ONNXOptions.Runtime.allCases)
  func floatBlocks(architecture: Architecture, runtime: ONNXOptions.Runtime) throws {
    let names = architecture.roundedNames
    let floats = names.indices.filter { $0 % 2 == 1 }.map { names[$0] }
    let model = try Formula.int8Model(architecture, floats: floats)
    let copy = try roundTrip(model, ONNXOptions(runtime: runtime))
    #expect(copy.description == model.description)
    #expect(try relativeError(logits(copy), logits(model)) < 0.02)
  }

  @Test(
    "networks of ONNX Runtime and NNCF give their logits",
    arguments: [("relu6-u8", 1), ("silu-s8", 0), ("relu6-nncf", 1)])
  func others(name: String, network: Int) throws {
    let expected: [String: [Float]] = try JSONDecoder().decode(
      [String: [Float]].self, from: Data(Fixture.bytes("onnx/logits.json")))
    let model = try Model(
      weightFile: Fixture.path("onnx/\(name).onnx"),
      for: Formula.model(Architecture.tiny[network]).description)
    let quantization = try #require(model.description.quantization)
    #expect(quantization.calibration == "another program")
    #expect(try relativeError(logits(model), #require(expected[name])) < 0.02)
  }

  /// Reads a file that a test wrote with nodes or tensors that no network has.
  ///
  /// - Parameter parts: Nodes to add behind the others, and initializers.
  private func message(
    _ architecture: Architecture = .tiny[1],
    adding parts: [(ONNXFormat.Graph, ProtobufMessage)] = [],
    _ change: (inout ONNXGraph) throws -> Void = { _ in }
  ) throws -> String {
    let model = try Formula.int8Model(architecture)
    var graph = try ONNXGraph(
      Graph(architecture), input: architecture.inputShape, weights: model.weights,
      quantization: model.description.quantization, options: ONNXOptions())
    try change(&graph)
    var message = "read"
    try withTemporaryFolder { folder in
      let path = folder + "/m.onnx"
      var file = ProtobufMessage(onnx: graph, opset: 17, metadata: [])
      if !parts.isEmpty {
        var graph = ProtobufMessage()
        for (field, part) in parts { graph.add(field, message: part) }
        file.add(ONNXFormat.Model.graph, message: graph)
      }
      try file.write(to: path)
      do {
        _ = try Model(weightFile: path, for: model.description)
      } catch {
        message = "\(error)".replacing(folder + "/", with: "")
      }
    }
    return message
  }

  @Test("constants without numbers or with too many are refused")
  func hostileConstants() throws {
    func message(_ tensor: ONNXGraph.Initializer, _ nodes: [ONNXGraph.Node] = []) throws -> String {
      try self.message { graph in
        graph.initializers += [
          tensor,
          .init(name: "one", shape: [], data: .stored(WeightTensor(shape: [], elements: [1]))),
          .init(name: "zero", shape: [], data: .int8([0])),
        ]
        graph.nodes += nodes
      }
    }
    let nan = WeightTensor(shape: [1], elements: [.nan])
    #expect(
      try message(
        .init(name: "nan", shape: [1], data: .stored(nan)),
        [.init(name: "q", type: .quantizeLinear, inputs: ["nan", "one", "zero"], output: "q")]
      ).hasPrefix("m.onnx has a node 'q' ('QuantizeLinear')"))
    #expect(
      try message(.init(name: "empty", shape: [1 << 40, 0], data: .int8([])))
        .hasPrefix("m.onnx has a tensor 'empty' without elements"))
    let large = [Int8](repeating: 1, count: 1_000_000)
    #expect(
      try message(
        .init(name: "large", shape: [large.count], data: .int8(large)),
        (0..<8).map {
          .init(
            name: "\($0)", type: .dequantizeLinear, inputs: ["large", "one", "zero"],
            output: "\($0)")
        }
      ).hasPrefix("m.onnx unpacks to more than"))
  }

  @Test("too many attributes, or one without a name, are refused")
  func hostileAttributes() throws {
    let text = try message { graph in
      graph.nodes[0].attributes += (0..<250_000).map { ("\($0)", .integer(0)) }
    }
    #expect(text.hasPrefix("m.onnx unpacks to more than"))
    var (attribute, node) = (ProtobufMessage(), ProtobufMessage())
    attribute.add(ONNXFormat.Attribute.integer, integer: 0)
    attribute.add(ONNXFormat.Attribute.name, string: "axis")
    node.add(ONNXFormat.Node.attribute, message: attribute)
    #expect(
      try message(adding: [(.node, node)])
        .hasPrefix("m.onnx has an attribute whose value comes before its name"))
  }

  @Test("a file that does not fit its network is refused, with the name of the node")
  func refusals() throws {
    #expect(try message { _ in } == "read")
    let layer = "blocks.1.0.conv_dw"
    let refusal =
      "m.onnx has a node '\(layer)' ('Conv') that tiny-relu6 does not have there or that cannot be "
      + "read"
    for (name, value) in [
      ("pads", ONNXGraph.Attribute.integers([1, 1, 2, 1])), ("strides", .integers([1, 1])),
      ("group", .integer(1)),
    ] {
      let text = try message { graph in
        guard let node = graph.nodes.firstIndex(where: { $0.name == layer }),
          let place = graph.nodes[node].attributes.firstIndex(where: { $0.name == name })
        else { return }
        graph.nodes[node].attributes[place].value = value
      }
      #expect(text == refusal, "\(name)")
    }
    #expect(
      try message { graph in
        guard let node = graph.nodes.firstIndex(where: { $0.name == layer }) else { return }
        graph.nodes[node].type = .sigmoid
      }.contains("'\(layer)' ('Sigmoid')"))
    #expect(
      try message { $0.nodes.removeLast() }
        .hasPrefix("m.onnx ends before the classifier of tiny-relu6"))
    #expect(
      try message { graph in
        guard
          let place = graph.initializers.firstIndex(where: { $0.name == "\(layer).weight" })
        else { return }
        graph.initializers[place].name = "other"
      }.contains("'\(layer).weight.dequantized' ('DequantizeLinear')"))
    // A file of another program does not name its network.
    try withTemporaryFolder { folder in
      let path = folder + "/m.onnx"
      try Data(Fixture.bytes("onnx/relu6-u8.onnx")).write(to: URL(filePath: path))
      #expect(
        throws: WeightsError.network(
          source: path, reason: "does not say which network it is for")
      ) { try Model(weightFile: path) }
    }
  }

  @Test("outputs that a node reads without rounding are refused, whatever else rounds them")
  func unrounded() throws {
    /// Lets nodes read what QuantizeLinear reads.
    func bypass(_ graph: inout ONNXGraph, _ isReader: (ONNXGraph.Node) -> Bool) {
      func source(_ value: String) -> String {
        let maker = graph.nodes.first { $0.output == value }
        guard let maker, [.quantizeLinear, .dequantizeLinear].contains(maker.type) else {
          return value
        }
        return source(maker.inputs[0])
      }
      for index in graph.nodes.indices where isReader(graph.nodes[index]) {
        graph.nodes[index].inputs = graph.nodes[index].inputs.map(source)
      }
    }
    // A residual in floats.
    let sum = try message { graph in bypass(&graph) { $0.type == .add } }
    #expect(sum.hasPrefix("m.onnx does not round the outputs of 'conv_stem' for all nodes"))
    // The last ReLU is a rounding that nothing reads.
    let pool = try message(.tiny[2]) { graph in bypass(&graph) { $0.name == "global_pool" } }
    #expect(pool.hasPrefix("m.onnx does not round the outputs of 'act2' for all nodes"), "\(pool)")
  }

  @Test("a batch norm that nothing reads does not become one of the network")
  func deadNorm() throws {
    let text = try message(.tiny[0]) { graph in
      let bias = try #require(graph.initializers.first { $0.name == "conv_stem.bias" })
      graph.initializers.append(
        .init(
          name: "ones", shape: bias.shape,
          data: .stored(
            WeightTensor(
              shape: bias.shape, elements: Array(repeating: 1, count: bias.shape[0])))))
      graph.nodes.append(
        .init(
          name: "dead", type: .batchNormalization,
          inputs: ["conv_stem"] + Array(repeating: "ones", count: 4), output: "dead",
          attributes: [("epsilon", .float(Float(Architecture.tiny[0].batchNormEpsilon)))]))
    }
    #expect(text.hasPrefix("m.onnx has a node 'dead' ('BatchNormalization')"))
  }

  /// A node of a type that our writer does not have.
  private func node(_ type: String, _ inputs: [String], _ output: String) -> ProtobufMessage {
    var node = ProtobufMessage()
    for input in inputs { node.add(ONNXFormat.Node.input, string: input) }
    node.add(ONNXFormat.Node.output, string: output)
    node.add(ONNXFormat.Node.operatorType, string: type)
    return node
  }

  @Test("attributes and inputs that change a result are refused; a node without a name has one")
  func settings() throws {
    let blocks = try message { graph in
      let place = try #require(graph.nodes.firstIndex { $0.type == .dequantizeLinear })
      graph.nodes[place].attributes.append(("block_size", .integer(2)))
      (graph.nodes[place].name, graph.nodes[place].output) = ("", "blocks")
    }
    #expect(blocks.hasPrefix("m.onnx has a node 'blocks' ('DequantizeLinear')"))
    for (flag, text) in [(0 as UInt8, "read"), (1, "m.onnx has a node 'dropped' ('Dropout')")] {
      #expect(
        try message(adding: [(.node, node("Dropout", ["logits", "", "flag"], "dropped"))]) {
          $0.initializers.append(.init(name: "flag", shape: [], data: .uint8([flag])))
        }.hasPrefix(text))
    }
    #expect(
      try message(adding: [(.node, node("Identity", ["input"], "logits"))])
        .contains("'logits' has two values"))
  }

  @Test("a mean over the axes of an input is the pool")
  func axes() throws {
    for (last, text) in [(3 as UInt8, "read"), (1, "m.onnx has a node 'mean' ('ReduceMean')")] {
      var axes = ProtobufMessage()
      axes.add(ONNXFormat.Tensor.dimensions, integer: 2)
      axes.add(ONNXFormat.Tensor.dataType, integer: ONNXFormat.DataType.int64.rawValue)
      axes.add(ONNXFormat.Tensor.name, string: "axes")
      let bytes = [2, last].flatMap { [$0] + [UInt8](repeating: 0, count: 7) }
      axes.add(ONNXFormat.Tensor.rawData, data: .uint8(bytes))
      let parts: [(ONNXFormat.Graph, ProtobufMessage)] = [
        (.initializer, axes), (.node, node("ReduceMean", ["act2.dequantized", "axes"], "mean")),
        (
          .node,
          node("Conv", ["mean", "classifier.weight.dequantized", "classifier.bias"], "logits")
        ),
      ]
      let message = try message(adding: parts) { graph in
        graph.nodes.removeAll {
          ["global_pool", "classifier.flatten", "classifier"].contains($0.name)
        }
        let weight = try #require(
          graph.initializers.firstIndex { $0.name == "classifier.weight" })
        graph.initializers[weight].shape += [1, 1]
      }
      #expect(message.hasPrefix(text), "\(message)")
    }
  }

  @Test("a coded classifier may be a 1×1 convolution, with the strides and pads of one")
  func convolutionalClassifier() throws {
    for (attributes, text) in [
      ([], "read"),
      ([("pads", .integers([1, 1, 1, 1]))], "m.onnx has a node 'classifier' ('Conv')"),
    ] as [(ONNXGraph.Attributes, String)] {
      #expect(
        try message { graph in
          let weight = try #require(
            graph.initializers.firstIndex { $0.name == "classifier.weight" })
          graph.initializers[weight].shape += [1, 1]
          let node = graph.nodes.count - 1
          (graph.nodes[node].type, graph.nodes[node].attributes) = (.convolution, attributes)
        }.hasPrefix(text))
    }
  }

  @Test("a bias before a batch norm becomes a part of its mean; a norm in training is refused")
  func biasBeforeNorm() throws {
    let model = try Formula.model(.tiny[1])
    var graph = try ONNXGraph(
      Graph(.tiny[1]), input: Architecture.tiny[1].inputShape, weights: model.weights,
      options: ONNXOptions(foldsBatchNorm: false))
    let layer = try #require(graph.nodes.firstIndex { $0.name == "conv_stem" })
    graph.nodes[layer].inputs.append("ones")
    let means = try #require(model.weights.tensors["bn1.running_mean"])
    let ones = WeightTensor(shape: means.shape, elements: means.elements.map { _ in 1 })
    graph.initializers.append(.init(name: "ones", shape: ones.shape, data: .stored(ones)))
    try withTemporaryFolder { folder in
      let path = folder + "/m.onnx"
      try ProtobufMessage(onnx: graph, opset: 17, metadata: []).write(to: path)
      let copy = try Model(weightFile: path, for: model.description)
      #expect(
        copy.weights.tensors["bn1.running_mean"]?.elements == means.elements.map { $0 - 1 })
      let norm = try #require(graph.nodes.firstIndex { $0.name == "bn1" })
      // The second one is of an old operator set, and means another result.
      for name in ["training_mode", "spatial"] {
        var graph = graph
        graph.nodes[norm].attributes.append((name, .integer(1)))
        try ProtobufMessage(onnx: graph, opset: 17, metadata: []).write(to: path)
        let error = #expect(throws: WeightsError.self) {
          try Model(weightFile: path, for: model.description)
        }
        #expect(error?.description.contains("'bn1'") == true)
      }
    }
  }

  @Test("a damaged file loads, or fails with an error of one line", arguments: [true, false])
  func survives(isOurs: Bool) throws {
    try withTemporaryFolder { folder in
      let damaged = folder + "/damaged.onnx"
      let model = try Formula.int8Model(.tiny[1])
      if isOurs { try model.write(onnx: damaged) }
      let original =
        isOurs
        ? Array(try Data(contentsOf: URL(filePath: damaged)))
        : try Fixture.bytes("onnx/relu6-nncf.onnx")
      var mutations = Mutations(seed: 5)
      for _ in 0..<Mutations.count(150) {
        try Data(mutations.damaged(original)).write(to: URL(filePath: damaged))
        do {
          let model = try Model(weightFile: damaged, for: isOurs ? nil : model.description)
          let expected = Graph(model.description.architecture).parameters
          for parameter in expected {
            #expect(model.weights.tensors[parameter.name]?.shape == parameter.shape)
          }
        } catch {
          #expect(!"\(error)".contains { $0.isNewline })
          #expect("\(error)".contains("damaged.onnx"), "\(error)")
        }
      }
    }
  }
}
