import EfficientNet
import Foundation
import Testing

@testable import EfficientNetServing

/// An answer whose bytes are kept in Fixtures/responses, where Tools/serving/check_responses.py
/// reads them with the real clients. To write them again after an intended change, run the tests
/// with EFFNET_RESPONSES=write.
struct KeptAnswer: CustomTestStringConvertible {
  let name: String
  let head: [String]
  let body: [UInt8]

  var testDescription: String { name }

  init(_ name: String, _ response: InferenceResponse) {
    let (body, headerLength) = response.encoded()
    (self.name, self.body) = (name, body)
    head =
      headerLength.map {
        ["Content-Type: application/octet-stream", "Inference-Header-Content-Length: \($0)"]
      } ?? ["Content-Type: application/json"]
  }

  init(_ name: String, _ answer: some Encodable) {
    self.name = name
    head = ["Content-Type: application/json"]
    body = Array(((try? encodedJSON(answer, isSnakeCase: true)) ?? "").utf8)
  }

  func check() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/responses")
    let file = folder.appending(path: "\(name).http")
    let lines = ["HTTP/1.1 200 OK"] + head + ["Content-Length: \(body.count)", "", ""]
    let bytes = Data(lines.joined(separator: "\r\n").utf8) + body
    if ProcessInfo.processInfo.environment["EFFNET_RESPONSES"] == "write" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try bytes.write(to: file)
    }
    let kept = try Data(contentsOf: file)
    #expect(kept == bytes, "\(String(decoding: bytes, as: UTF8.self))")
  }
}

extension KeptAnswer {
  static let numbers = InferenceOutput(
    name: "probabilities", shape: [2, 4],
    values: .floats([
      0, -0.0, 0.1, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 16_777_216, 0.48627451,
    ]), isBinary: false)

  static func response(
    _ outputs: [InferenceOutput], id: String? = "42", isBinary: Bool = false
  ) -> InferenceResponse {
    InferenceResponse(
      modelName: "tiny", modelVersion: "1", id: id,
      outputs: outputs.map { output in
        var output = output
        output.isBinary = isBinary
        return output
      })
  }

  private static let classes = numbers.classified(
    3, labels: ["tench", "coffee: mug", "\"🐈\"\u{202E}", "d"])
  private static let nan = InferenceOutput(
    name: "logits", shape: [1, 4], values: .floats([.nan, .infinity, -.infinity, 1]),
    isBinary: false)

  static let inference = [
    KeptAnswer("infer-json", response([numbers])),
    KeptAnswer("infer-binary", response([numbers], isBinary: true)),
    KeptAnswer("infer-classification", response([classes], isBinary: true)),
    KeptAnswer("infer-classification-json", response([classes])),
    KeptAnswer("infer-nan", response([nan], id: "a\"\\\u{7}\u{202E}\u{E9}")),
    KeptAnswer("infer-nan-binary", response([nan], id: nil, isBinary: true)),
    KeptAnswer(
      "infer-mixed",
      InferenceResponse(
        modelName: "tiny", modelVersion: "1", id: nil,
        outputs: [
          response([numbers], isBinary: true).outputs[0], nan,
          InferenceOutput(name: "texts", shape: [2], values: .strings(["ü", ""]), isBinary: true),
        ])),
  ]

  private static let metadata = ModelMetadata(
    name: "tiny", versions: ["1"], platform: "effnet_safetensors",
    inputs: [TensorMetadata(name: "image", datatype: .fp32, shape: [-1, 224, 224, 3])],
    outputs: [TensorMetadata(name: "probabilities", datatype: .fp32, shape: [-1, 4])],
    properties: ["precision": "fp32", "classes": "4"])

  private static let configuration = ModelConfiguration(
    name: "tiny", platform: "effnet_safetensors", backend: "effnet", maxBatchSize: 64,
    input: [
      .init(
        name: "image", dataType: DataType.fp32.configurationName, format: "FORMAT_NHWC",
        dims: [224, 224, 3])
    ],
    output: [
      .init(
        name: "probabilities", dataType: DataType.fp32.configurationName, dims: [4],
        labelFilename: "labels.txt")
    ],
    instanceGroup: [.init(name: "tiny", count: 2)])

  private static let statistics = StatisticsAnswer(modelStats: [
    ModelStatistics(
      name: "tiny", version: "1", lastInference: 1_789_000_000_123, inferenceCount: 64,
      executionCount: 2,
      inferenceStats: .init(
        success: .init(count: 2, ns: 9_007_199_254_740_993),
        queue: .init(count: 2, ns: 1_000_000)),
      batchStats: [.init(batchSize: 32, computeInfer: .init(count: 2, ns: 8_000_000))])
  ])

  static let others = [
    KeptAnswer(
      "server",
      ServerMetadata(
        name: "effnet", version: "1.0.0", extensions: ["binary_tensor_data", "classification"])),
    KeptAnswer("live", Health(live: true)),
    KeptAnswer("ready", Health(live: true, ready: true)),
    KeptAnswer("model-ready", ModelReadiness(name: "tiny", ready: true)),
    KeptAnswer("models", ModelNames(models: ["tiny"])),
    KeptAnswer("metadata", metadata),
    KeptAnswer("config", configuration),
    KeptAnswer("stats", statistics),
    KeptAnswer(
      "index",
      [
        RepositoryEntry(name: "tiny", version: "1", state: .ready, reason: ""),
        RepositoryEntry(
          name: "other", version: "1", state: .unavailable, reason: "other.safetensors: truncated"),
      ]),
    KeptAnswer("error", ErrorAnswer(error: "model 'x' is unknown")),
  ]
}
