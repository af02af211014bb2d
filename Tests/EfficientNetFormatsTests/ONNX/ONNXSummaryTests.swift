import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

@Suite("Summaries of ONNX files")
struct ONNXSummaryTests {
  /// The number of a field, which the writer does not have.
  private struct Field: RawRepresentable {
    let rawValue: Int
  }

  private func message(_ fill: (inout ProtobufMessage) -> Void) -> ProtobufMessage {
    var message = ProtobufMessage()
    fill(&message)
    return message
  }

  private func field(_ number: Int) -> Field { Field(rawValue: number) }

  /// The summary of a file with these bytes.
  private func summary(_ bytes: [UInt8]) throws -> ONNXSummary {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.onnx"
      try Data(bytes).write(to: URL(filePath: path))
      return try ONNXSummary(onnx: path)
    }
  }

  /// The bytes of our own ONNX file of a network.
  private func own(_ model: Model) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      try model.write(onnx: "\(folder)/a.onnx")
      return Array(try Data(contentsOf: URL(filePath: "\(folder)/a.onnx")))
    }
  }

  @Test("our own files are summarized", arguments: ONNXTests.models.indices)
  func own(index: Int) throws {
    let model = ONNXTests.models[index]
    let architecture = model.description.architecture
    let summary = try summary(own(model))
    #expect(summary.producer == "swift-efficientnet" && summary.opset == 17)
    #expect(summary.graph == architecture.name && summary.nodes > 3)
    #expect(summary.inputs.map(\.name) == ["input"] && summary.outputs.map(\.name) == ["logits"])
    let side = "\(architecture.resolution)"
    #expect(
      summary.inputs.map(\.shape) == [["batch", "\(architecture.inputChannels)", side, side]])
    #expect(summary.outputs.map(\.shape) == [["batch", "\(architecture.classes)"]])
    #expect((summary.inputs + summary.initializers).allSatisfy { $0.type == "float32" })
    #expect(summary.initializers.contains { $0.name == "conv_stem.weight" })
    let elements = summary.initializers.map { $0.shape.reduce(1) { $0 * (Int($1) ?? 0) } }
    #expect(summary.numbers == elements.reduce(0, +) && summary.numbers > 0)
    #expect(summary.classes == model.description.classes.map(\.name))
    #expect(summary.metadata["crop"] == side)
  }

  @Test("files of other programs are summarized")
  func foreign() throws {
    let file = message { file in
      file.add(field(1), integer: 3)
      file.add(field(2), string: "pytorch")
      for (domain, version) in [("com.microsoft", 1), ("ai.onnx", 18)] {
        file.add(
          field(8),
          message: message {
            $0.add(field(1), string: domain)
            $0.add(field(2), integer: version)
          })
      }
      // A field that nothing here reads.
      file.add(field(99), float: 1)
      let graph = message { graph in
        graph.add(field(1), message: message { $0.add(field(4), string: "Conv") })
        graph.add(
          field(5),
          message: message {
            // Packed extents: 3, and 38,083 in the bytes C3 A9 02.
            $0.add(field(1), string: "\u{3}\u{E9}\u{2}")
            $0.add(field(2), integer: 10)
            $0.add(field(8), string: "w")
          })
        // Older files list the initializer among the inputs.
        graph.add(field(11), message: message { $0.add(field(1), string: "w") })
        let shape = message { shape in
          shape.add(field(1), message: message { $0.add(field(2), string: "N") })
          shape.add(field(1), message: message { $0.add(field(1), integer: 5) })
          shape.add(field(1), message: ProtobufMessage())
        }
        graph.add(
          field(11),
          message: message {
            $0.add(field(1), string: "x")
            $0.add(
              field(2),
              message: message {
                $0.add(
                  field(1),
                  message: message {
                    $0.add(field(1), integer: 77)
                    $0.add(field(2), message: shape)
                  })
              })
          })
        graph.add(field(12), message: message { $0.add(field(1), string: "y") })
      }
      file.add(field(7), message: graph)
    }
    try withTemporaryFolder { folder in
      try file.write(to: "\(folder)/a.onnx")
      let summary = try ONNXSummary(onnx: "\(folder)/a.onnx")
      #expect(summary.producer == "pytorch" && summary.opset == 18 && summary.nodes == 1)
      #expect(summary.inputs.map(\.name) == ["x"] && summary.inputs[0].type == "type 77")
      #expect(summary.inputs[0].shape == ["N", "5", "?"])
      let json = String(decoding: try JSONEncoder().encode(summary.inputs[0]), as: UTF8.self)
      #expect(json.contains("\"shape\":[\"N\",5,\"?\"]"), "\(json)")
      #expect(summary.initializers.map(\.shape) == [["3", "38083"]] && summary.numbers == 114_249)
      #expect(summary.initializers[0].type == "float16")
      #expect(summary.outputs.map(\.type) == ["no tensor"])
      #expect(summary.classes == nil && summary.metadata.isEmpty)
    }
  }

  @Test("a damaged file is summarized, or fails with an error of one line")
  func survives() throws {
    let original = try own(ONNXTests.models[0])
    var mutations = Mutations(seed: 5)
    for _ in 0..<Mutations.count(500) {
      do {
        _ = try summary(mutations.damaged(original))
      } catch let error as WeightsError {
        #expect(error.description.contains("a.onnx "))
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    // Behind the graph are the operator set and the metadata, each a whole field.
    let end = original.count - 3000
    for count in Array(stride(from: 0, to: end, by: 997)) + Array(0..<200) {
      #expect(throws: WeightsError.self) { try summary(Array(original[..<count])) }
    }
  }

  @Test(
    "a small file cannot take much memory or time",
    arguments: [
      // Empty inputs, outputs, initializers and nodes.
      [0x5A, 0x00], [0x62, 0x00], [0x2A, 0x00], [0x0A, 0x00],
      // An initializer with many extents: its length is the rest of the graph.
      [0x01],
    ] as [[UInt8]])
  func hostile(piece: [UInt8]) throws {
    let count = 8 << 20
    func varint(_ value: Int) -> [UInt8] {
      [7, 14, 21].reduce([UInt8(value & 0x7F | 0x80)]) {
        $0 + [UInt8(value >> $1 & 0x7F | ($1 < 21 ? 0x80 : 0))]
      }
    }
    var graph = Array(repeatElement(piece, count: count / piece.count).joined())
    if piece.count == 1 {
      graph = [0x0A] + varint(graph.count) + graph
      graph = [0x2A] + varint(graph.count) + graph
    }
    let error = try #require(throws: WeightsError.self) {
      try summary([0x3A] + varint(graph.count) + graph)
    }
    #expect(error.description.contains("has too many parts or too much text to show"))
  }
}
