@testable import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

private let python = ProcessInfo.processInfo.environment["EFFNET_PYTHON"]

/// Compares with ONNX Runtime (Tools/interop/check_onnx.py) if EFFNET_PYTHON names a Python that
/// has it.
@Suite(
  "ONNX Runtime", .enabled(if: python != nil, "EFFNET_PYTHON names no Python with onnxruntime"))
struct ONNXInteropTests {
  private static let script = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../Tools/interop/check_onnx.py").path

  static let options: [ONNXOptions] = [true, false].flatMap { folds in
    [ONNXOptions.opsets.lowerBound, ONNXOptions.opsets.upperBound].map {
      ONNXOptions(opset: $0, foldsBatchNorm: folds)
    }
  }

  /// Runs the script on the ONNX files of `model`: one with a free batch for 1 and 3 images, and
  /// one with a fixed batch of 3.
  private func check(
    _ model: Model, _ options: ONNXOptions, tolerance: Double = 1e-4
  ) throws {
    let architecture = model.description.architecture
    let engine = try Engine(
      architecture, weights: model.weights, precision: model.description.ownPrecision(),
      quantization: model.description.quantization)
    var session = engine.makeSession(pool: ThreadPool(), maximumBatch: 3)
    try withTemporaryFolder { folder in
      for (batch, count) in [(.dynamic, 1), (.dynamic, 3), (.fixed(3), 3)]
        as [(ONNXOptions.Batch, Int)]
      {
        var shape = architecture.inputShape
        shape.n = count
        let images = Formula.images(shape)
        let x = ONNXTests.nchw(images)
        try NumPyArray(shape: x.shape, elements: x.elements).write(to: folder + "/x.npy")
        try NumPyArray(
          shape: [count, architecture.classes], elements: session.run(images).elements
        ).write(to: folder + "/y.npy")
        var options = options
        options.batch = batch
        let path = "\(folder)/\(architecture.name)-\(batch)-folds-\(options.foldsBatchNorm).onnx"
        try model.write(onnx: path, options: options)
        let process = Process()
        process.executableURL = URL(filePath: python ?? "")
        process.arguments = [
          Self.script, path, folder + "/x.npy", folder + "/y.npy", "\(tolerance)",
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(path)")
        try FileManager.default.removeItem(atPath: path)
      }
    }
  }

  @Test("it gives our logits for the tiny networks", arguments: ONNXTests.models.indices, options)
  func tiny(model: Int, options: ONNXOptions) throws {
    try check(ONNXTests.models[model], options)
  }

  @Test(
    "it gives our logits for int8 networks", arguments: Architecture.tiny,
    ONNXOptions.Runtime.allCases)
  func int8(architecture: Architecture, runtime: ONNXOptions.Runtime) throws {
    try check(
      try Formula.int8Model(architecture), ONNXOptions(runtime: runtime), tolerance: 0.05)
  }

  @Test("it gives our logits for published networks", arguments: ["b0", "lite0"], options)
  func published(name: String, options: ONNXOptions) throws {
    try check(try Self.model(PublishedNetwork(named: name)), options)
  }

  /// The smallest network of every family except the deep ones: with the formula's weights, their
  /// logits change by percents when the input changes by a millionth, also in ONNX Runtime.
  private static let smallest = Family.allCases.compactMap(\.variants.first).filter {
    Graph($0.architecture).parameterCount < 30_000_000
  }

  @Test("it gives our logits for the smallest network of every family", arguments: smallest)
  func families(variant: Variant) throws {
    try check(try Self.model(PublishedNetwork(variant)), ONNXOptions())
  }

  private static func model(_ network: PublishedNetwork) throws -> Model {
    try Model(
      network.imageNetDescription(provenance: "the formula"),
      weights: Formula.weights(of: network.architecture))
  }

  @Test("it reads every opset that can be written", arguments: ONNXOptions.opsets)
  func opsets(opset: Int) throws {
    for model in ONNXTests.models { try check(model, ONNXOptions(opset: opset)) }
  }

  @Test("NumPy reads our .npz files")
  func npz() throws {
    try withTemporaryFolder { folder in
      let weights = Formula.weights(of: Architecture.tiny[0])
      try weights.write(npz: folder + "/w.npz")
      let name = "blocks.1.0.conv_dw.weight"
      let tensor = try #require(weights.tensors[name])
      try NumPyArray(shape: tensor.shape, elements: tensor.elements).write(to: folder + "/w.npy")
      let process = Process()
      process.executableURL = URL(filePath: python ?? "")
      process.arguments = [
        "-c",
        """
        import sys, zipfile, numpy as np
        folder, name, count = sys.argv[1:]
        assert zipfile.ZipFile(folder + "/w.npz").testzip() is None
        arrays = np.load(folder + "/w.npz")
        assert len(arrays.files) == int(count)
        assert np.array_equal(arrays[name], np.load(folder + "/w.npy"))
        """, folder, name, "\(weights.tensors.count)",
      ]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }
}
