@testable import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("ONNX files of int8 networks")
struct ONNXCodesTests {
  static let networks = Architecture.tiny
  typealias Runtime = ONNXOptions.Runtime

  private func written(
    _ model: Model, _ options: ONNXOptions = ONNXOptions()
  ) throws -> ONNXFile {
    var file: ONNXFile?
    try withTemporaryFolder { folder in
      try model.write(onnx: folder + "/model.onnx", options: options)
      file = try ONNXFile(contentsOf: folder + "/model.onnx")
    }
    return try #require(file)
  }

  @Test(
    "each convolution of codes has its weights, bias and output as codes",
    arguments: networks, Runtime.allCases)
  func structure(architecture: Architecture, runtime: Runtime) throws {
    let model = try Formula.int8Model(architecture)
    let file = try written(model, ONNXOptions(runtime: runtime))
    let makers = Dictionary(uniqueKeysWithValues: file.nodes.map { ($0.outputs[0], $0) })
    let tensors = Dictionary(uniqueKeysWithValues: file.initializers.map { ($0.name, $0) })
    func readers(_ value: String) -> [ONNXFile.Node] {
      file.nodes.filter { $0.inputs.contains(value) }
    }
    /// The integers, scales and zero points of a constant with an axis of outputs.
    func constants(_ value: String) throws -> [ONNXFile.Tensor] {
      let node = try #require(makers[value], "\(value) has no codes")
      #expect(node.type == "DequantizeLinear" && node.integers["axis"] == 0)
      return try node.inputs.map { try #require(tensors[$0]) }
    }
    let coded = Set(Graph(architecture).weightsWithCodes())
    for layer in file.nodes where ["Conv", "Gemm"].contains(layer.type) {
      let isCoded = coded.contains("\(layer.name).weight")
      #expect(isCoded == (tensors[layer.inputs[1]] == nil), "\(layer.name)")
      guard isCoded else { continue }
      let weight = try constants(layer.inputs[1])
      let outputs = [weight[0].shape[0]]
      #expect(weight.map(\.type) == [3, 1, 3])
      #expect(weight[1].shape == outputs && weight[2].shape == outputs)
      #expect(weight[1].elements.allSatisfy { $0 > 0 } && weight[2].elements.allSatisfy { $0 == 0 })
      // The classifier and squeeze-and-excitation compute in floats.
      guard layer.type == "Conv", !layer.name.contains(".se.") else { continue }
      let input = try #require(makers[layer.inputs[0]])
      let scale = try #require(tensors[input.inputs[1]])
      let zeroPoint = try #require(tensors[input.inputs[2]])
      #expect(input.type == "DequantizeLinear" && scale.shape == [] && zeroPoint.shape == [])
      #expect(scale.type == 1 && zeroPoint.type == 2)
      switch runtime {
      case .onnxRuntime:
        let bias = try constants(layer.inputs[2])
        #expect(bias.map(\.type) == [6, 1, 6])
        #expect(bias[1].elements == weight[1].elements.map { scale.elements[0] * $0 })
        var next = readers(layer.outputs[0])
        if next.count == 1, ["Relu", "Clip"].contains(next[0].type) {
          next = readers(next[0].outputs[0])
        }
        #expect(next.map(\.type) == ["QuantizeLinear"], "\(layer.name)")
      case .openVINO:
        #expect(tensors[layer.inputs[2]]?.type == 1)
      }
    }
    // The maps have the codes of the network.
    let stored = Set(
      file.nodes.filter { $0.type == "QuantizeLinear" }.map { node in
        [1, 2].map { tensors[node.inputs[$0]]?.elements.first ?? -1 }
      })
    let maps = try #require(model.description.quantization).maps.values
    #expect(stored.isSuperset(of: maps.map { [$0.scale, Float($0.zeroPoint)] }))
    #expect(runtime == .onnxRuntime || stored.count <= maps.count)
    #expect(file.metadata["calibration"] == "the formula")
  }

  @Test("a file computes the engine's logits", arguments: networks, Runtime.allCases)
  func computes(architecture: Architecture, runtime: Runtime) throws {
    let model = try Formula.int8Model(architecture)
    let image = Formula.images(architecture.inputShape)
    let engine = try Engine(
      architecture, weights: model.weights, precision: .int8,
      quantization: model.description.quantization)
    var session = engine.makeSession(pool: ThreadPool(threads: 1))
    let expected = session.run(image).elements
    let logits = try written(model, ONNXOptions(runtime: runtime))
      .run(ONNXTests.nchw(image)).logits.elements
    // SiLU before codes is 0.0018 off in the engine, so some codes differ by one.
    #expect(relativeError(logits, expected) < (runtime == .openVINO ? 0.02 : 0.05))
  }

  @Test("negative and tiny factors of batch norm give positive scales and the same bias")
  func factors() throws {
    var model = try Formula.int8Model(.tiny[1])
    let name = "blocks.1.0.bn1.weight"
    var factors = try #require(model.weights.tensors[name]).elements
    factors.replaceSubrange(0..<4, with: [-factors[0], 0, 1e-20, -1e-12])
    model.weights.tensors[name] = WeightTensor(shape: [factors.count], elements: factors)
    let file = try written(model)
    func elements(_ name: String) throws -> [Float] {
      try #require(file.initializers.first { $0.name == "blocks.1.0.conv_pw.\(name)" }).elements
    }
    let codes = try #require(model.weights.tensors["blocks.1.0.conv_pw.weight"]?.codes)
    let inputs = codes.count / factors.count
    #expect(try elements("weight").prefix(inputs) == codes.prefix(inputs).map { -Float($0) }[...])
    #expect(try elements("weight")[inputs..<3 * inputs].allSatisfy { $0 == 0 })
    #expect(try elements("weight_scale").allSatisfy { $0 > 0 && $0.isFinite })
    let biases = zip(try elements("bias"), try elements("bias_scale")).map { $0 * $1 }
    let fold = try BatchNormFold(
      "blocks.1.0.bn1", epsilon: 1e-5, bias: nil, weights: model.weights)
    #expect(relativeError(biases, fold.bias) < 1e-4)
  }

  @Test("int8 needs folded batch norms")
  func refuses() throws {
    try withTemporaryFolder { folder in
      #expect(
        throws: WeightsError.unsupported(
          source: folder + "/m.onnx",
          reason: "cannot be written in int8 without folding the batch norms")
      ) {
        try Formula.int8Model(.tiny[0])
          .write(onnx: folder + "/m.onnx", options: ONNXOptions(foldsBatchNorm: false))
      }
    }
  }
}
