import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

/// Source of the bytes: [Protocol Buffers: Encoding](https://protobuf.dev/programming-guides/encoding/).
@Suite("Protobuf messages")
struct ProtobufMessageTests {
  private enum Field: Int {
    case number = 1, text = 2, message = 3, tensor = 9, float = 20
  }

  private func bytes(_ message: ProtobufMessage) -> [UInt8] {
    message.parts.flatMap { part -> [UInt8] in
      switch part {
      case .bytes(let bytes): bytes
      case .tensor: []
      }
    }
  }

  @Test(
    "integers take the fewest bytes",
    arguments: [
      (0, [0x08, 0x00]), (127, [0x08, 0x7F]), (150, [0x08, 0x96, 0x01]),
      (-2, [0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ] as [(Int, [UInt8])])
  func integers(value: Int, expected: [UInt8]) {
    var message = ProtobufMessage()
    message.add(Field.number, integer: value)
    #expect(bytes(message) == expected)
    #expect(message.byteCount == expected.count)
  }

  @Test("strings, floats and messages are written with their lengths")
  func others() {
    var message = ProtobufMessage()
    message.add(Field.text, string: "testing")
    message.add(Field.float, float: 1)
    var inner = ProtobufMessage()
    inner.add(Field.number, integer: 150)
    message.add(Field.message, message: inner)
    let expected: [UInt8] =
      [0x12, 0x07] + Array("testing".utf8) + [0xA5, 0x01, 0x00, 0x00, 0x80, 0x3F]
      + [0x1A, 0x03, 0x08, 0x96, 0x01]
    #expect(bytes(message) == expected)
    #expect(message.byteCount == expected.count)
  }

  @Test("a message of more than 2 GB is refused before writing")
  func limit() throws {
    // The same tensor of 4 MB, many times.
    let tensor = WeightTensor(shape: [1 << 20], elements: Array(repeating: 0, count: 1 << 20))
    var message = ProtobufMessage()
    for _ in 0..<513 { message.add(Field.tensor, data: .stored(tensor)) }
    try withTemporaryFolder { folder in
      let path = folder + "/model.onnx"
      #expect(
        throws: WeightsError.unsupported(
          source: path,
          reason: "would have \(513 * (4 << 20) + 513 * 5) bytes, "
            + "but an ONNX file must have at most 2147483647; write safetensors instead")
      ) { try message.write(to: path) }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.isEmpty)
    }
  }
}
