import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("ONNX files")
struct ONNXTests {
  /// The tiny networks as networks for photos, with formula weights.
  static let models: [Model] = Architecture.tiny.compactMap { architecture in
    try? Model(
      ModelDescription(
        architecture: architecture,
        preprocessing: Preprocessing(
          resize: 48, crop: architecture.resolution, interpolation: .bilinear,
          mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]),
        classes: (0..<architecture.classes).map { ClassLabel(name: "class \"\($0)\" ü") },
        provenance: "the formula"),
      weights: Formula.weights(of: architecture))
  }

  /// The ONNX file of `model`.
  private func written(_ model: Model, _ options: ONNXOptions = ONNXOptions()) throws -> ONNXFile {
    var file: ONNXFile?
    try withTemporaryFolder { folder in
      try model.write(onnx: folder + "/model.onnx", options: options)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files == ["model.onnx"])
      file = try ONNXFile(contentsOf: folder + "/model.onnx")
    }
    return try #require(file)
  }

  /// Converts NHWC to NCHW.
  static func nchw(_ images: Tensor) -> ONNXFile.Array4 {
    let shape = images.shape
    var array = ONNXFile.Array4(shape: [shape.n, shape.c, shape.h, shape.w], elements: [])
    for n in 0..<shape.n {
      for c in 0..<shape.c {
        for h in 0..<shape.h {
          for w in 0..<shape.w { array.elements.append(images[n: n, h: h, w: w, c: c]) }
        }
      }
    }
    return array
  }

  @Test("every tiny network is a model")
  func fixture() { #expect(Self.models.count == Architecture.tiny.count) }

  @Test("a file computes the network's logits", arguments: models.indices, [true, false])
  func computes(model: Int, folds: Bool) throws {
    let model = Self.models[model]
    let file = try written(model, ONNXOptions(foldsBatchNorm: folds))
    #expect(file.nodes.contains { $0.type == "BatchNormalization" } == !folds)
    let architecture = model.description.architecture
    var shape = architecture.inputShape
    shape.n = 2
    let images = Formula.images(shape)
    let expected = try ReferenceRunner(architecture, weights: model.weights).run(images)
    let (logits, shapes) = try file.run(Self.nchw(images))
    #expect(logits.shape == [2, architecture.classes])
    #expect(relativeError(logits.elements, expected.elements) < 1e-5)
    // The shapes in the file are those of the computed values.
    for value in file.inputs + file.intermediates + file.outputs {
      let found = try #require(shapes[value.name])
      #expect(value.type == 1)
      #expect(value.shape == ["batch"] + found.dropFirst().map(String.init), "\(value.name)")
    }
  }

  @Test("files are well-formed", arguments: models.indices, [true, false])
  func structure(model: Int, folds: Bool) throws {
    let model = Self.models[model]
    let file = try written(model, ONNXOptions(foldsBatchNorm: folds))
    var known = Set(file.inputs.map(\.name))
    for tensor in file.initializers {
      #expect(tensor.type == 1)
      #expect(tensor.bytes.count == 4 * tensor.shape.reduce(1, *), "\(tensor.name)")
      let isNew = known.insert(tensor.name).inserted
      #expect(isNew, "\(tensor.name)")
    }
    #expect(Set(file.nodes.map(\.name)).count == file.nodes.count)
    var read: Set<String> = []
    for node in file.nodes {
      #expect(known.isSuperset(of: node.inputs), "\(node.name)")
      read.formUnion(node.inputs)
      for output in node.outputs {
        let isNew = known.insert(output).inserted
        #expect(isNew, "\(output)")
      }
    }
    // Nodes read every value except the logits, and every weight is there.
    #expect(known.subtracting(read) == ["logits"])
    let initializers = Set(file.initializers.map(\.name))
    if !folds { #expect(initializers.isSuperset(of: model.weights.names)) }
    let hasBias = model.description.architecture.convolutionBias
    #expect(initializers.contains("conv_stem.bias") == (folds || hasBias))
    #expect(initializers.isSuperset(of: ["conv_stem.weight", "classifier.weight"]))
  }

  @Test("a file describes its model")
  func description() throws {
    let model = Self.models[0]
    let file = try written(model)
    #expect(file.producer == "swift-efficientnet")
    #expect(file.name == "tiny-silu")
    #expect(file.inputs == [.init(name: "input", type: 1, shape: ["batch", "3", "33", "33"])])
    #expect(file.outputs == [.init(name: "logits", type: 1, shape: ["batch", "17"])])
    #expect(file.metadata["variant"] == "tiny-silu")
    #expect(file.metadata["provenance"] == "the formula")
    #expect(file.metadata["resize"] == "48")
    #expect(file.metadata["crop"] == "33")
    #expect(file.metadata["probabilities"] == "softmax of logits")
    #expect(file.metadata["output"] == nil)
    #expect(file.metadata["interpolation"] == "bilinear")
    #expect(file.metadata["mean"] == "[123.675,116.28,103.53]")
    #expect(file.metadata["std"] == "[58.395,57.12,57.375]")
    let classes = try JSONDecoder().decode(
      [String].self, from: Data(try #require(file.metadata["classes"]).utf8))
    #expect(classes == model.description.classes.map(\.name))
  }

  @Test(
    "a file has the opset and the matching IR version",
    arguments: zip(17...24, [8, 8, 9, 9, 10, 10, 11, 12]))
  func versions(opset: Int, irVersion: Int) throws {
    let file = try written(Self.models[1], ONNXOptions(opset: opset))
    #expect(file.opset == opset)
    #expect(file.irVersion == irVersion)
  }

  @Test("a file has the requested batch size")
  func batch() throws {
    let file = try written(Self.models[0], ONNXOptions(batch: .fixed(300)))
    #expect(file.inputs[0].shape == ["300", "3", "33", "33"])
    #expect(file.outputs[0].shape == ["300", "17"])
    #expect(file.intermediates.allSatisfy { $0.shape[0] == "300" })
  }

  @Test("files are written bit-identical")
  func isDeterministic() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] { try Self.models[0].write(onnx: "\(folder)/\(name)") }
      #expect(FileManager.default.contentsEqual(atPath: folder + "/a", andPath: folder + "/b"))
    }
  }

  @Test("models and options that cannot be written are refused")
  func refuses() throws {
    func message(_ model: Model, _ options: ONNXOptions = ONNXOptions()) throws -> String {
      var message = "written"
      try withTemporaryFolder { folder in
        do throws(WeightsError) {
          try model.write(onnx: folder + "/model.onnx", options: options)
        } catch {
          message = error.description.replacing(folder + "/", with: "")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.isEmpty)
      }
      return message
    }
    var model = Self.models[0]
    #expect(
      try message(model, ONNXOptions(opset: 16))
        == "model.onnx cannot be written for opset 16: choose 17 to 24")
    #expect(
      try message(model, ONNXOptions(batch: .fixed(0)))
        == "model.onnx cannot be written for a batch of 0: choose 1 or more")
    var headless = model
    headless.description.architecture.classes = 0
    #expect(try message(headless).contains("has no classifier"))
    let channels = model.description.architecture.stem
    func set(_ name: String, _ value: Float) {
      model.weights.tensors[name] = WeightTensor(
        shape: [channels], elements: Array(repeating: value, count: channels))
    }
    set("bn1.weight", 3e38)
    set("bn1.running_var", 1e-3)
    set("bn1.running_mean", 0)
    #expect(try message(model).contains("the batch norm 'bn1' overflows 32-bit floats"))
    // The product of a finite factor and finite weights is not finite.
    set("bn1.weight", 1e37)
    let stem = try #require(model.weights.tensors["conv_stem.weight"])
    model.weights.tensors["conv_stem.weight"] = WeightTensor(
      shape: stem.shape, elements: Array(repeating: 10, count: stem.count))
    #expect(try message(model).contains("'conv_stem.weight' has an element that is not a finite"))
    model.weights.tensors["bn1.weight"] = nil
    #expect(try message(model).contains("has no tensor 'bn1.weight'"))
  }

  @Test("an unwritable path is an error")
  func unwritable() {
    #expect(throws: WeightsError.file(FileError(path: "/none/m.onnx", code: ENOENT))) {
      try Self.models[0].write(onnx: "/none/m.onnx")
    }
  }
}
