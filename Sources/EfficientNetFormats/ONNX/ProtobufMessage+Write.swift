internal import EfficientNet
internal import EfficientNetCompute

extension ProtobufMessage {
  /// The most bytes that a message may have.
  ///
  /// Source: [Protocol Buffers: Proto Limits](https://protobuf.dev/programming-guides/proto-limits/#total).
  static let maximumByteCount = Int(Int32.max)

  /// Writes the message as a file; tensors go from where they are to the file.
  ///
  /// - Throws: ``WeightsError``; no partial file is left.
  func write(to path: String) throws(WeightsError) {
    guard byteCount <= Self.maximumByteCount else {
      throw .unsupported(
        source: path,
        reason: "would have \(byteCount) bytes, an ONNX file may have \(Self.maximumByteCount); "
          + "write safetensors instead")
    }
    var file = try fileErrors { () throws(FileError) in try OutputFile(path: path) }
    for part in parts {
      switch part {
      case .bytes(let bytes):
        try fileErrors { () throws(FileError) in try file.write(bytes.span.bytes) }
      case .tensor(let data):
        try data.write(to: &file)
      }
    }
    try fileErrors { () throws(FileError) in try file.commit() }
  }
}
