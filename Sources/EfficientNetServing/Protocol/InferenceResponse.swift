/// The answer to a request for inference.
package struct InferenceResponse: Hashable, Sendable {
  /// The model that was asked for.
  package var modelName: String
  /// The version that answered.
  package var modelVersion: String
  /// The id of the request; nil if it had none.
  package var id: String?
  /// The outputs, in the order of the request.
  package var outputs: [InferenceOutput]

  /// Returns the body, and the value of the header Inference-Header-Content-Length: the bytes of
  /// the JSON if binary outputs follow it, otherwise nil.
  package func encoded() -> (body: [UInt8], headerLength: Int?) {
    var body: [UInt8] = []
    body += #"{"model_name":"#.utf8
    body.append(json: modelName)
    body += #","model_version":"#.utf8
    body.append(json: modelVersion)
    if let id {
      body += #","id":"#.utf8
      body.append(json: id)
    }
    body += #","outputs":"#.utf8
    body.append(list: outputs) { $1.append(to: &$0) }
    body += "}".utf8
    let length = body.count
    guard outputs.contains(where: \.isBinary) else { return (body, nil) }
    for output in outputs where output.isBinary { output.appendBinary(to: &body) }
    return (body, length)
  }
}

/// An output of an answer.
package struct InferenceOutput: Hashable, Sendable {
  /// The name of the model's output.
  package var name: String
  /// The extents, the outermost first.
  package var shape: [Int]
  /// The elements in row-major order; as many as the shape has.
  package var values: Values
  /// Whether the elements are bytes after the JSON.
  package var isBinary: Bool

  /// The elements of an output.
  package enum Values: Hashable, Sendable {
    /// Numbers of the type FP32.
    case floats([Float])
    /// Texts, which are sent as BYTES.
    case strings([String])
  }

  /// FP32 or BYTES.
  package var datatype: DataType {
    switch values {
    case .floats: .fp32
    case .strings: .bytes
    }
  }

  private var count: Int {
    switch values {
    case .floats(let floats): floats.count
    case .strings(let strings): strings.count
    }
  }

  fileprivate func append(to body: inout [UInt8]) {
    precondition(count == shape.reduce(1, *), "\(count) elements of shape \(shape)")
    body += #"{"name":"#.utf8
    body.append(json: name)
    body += #","datatype":"\#(datatype.rawValue)","shape":"#.utf8
    body += InferenceTensor.text(shape).utf8
    if isBinary {
      body += #","parameters":{"binary_data_size":\#(binaryCount)}}"#.utf8
      return
    }
    body += #","data":"#.utf8
    switch values {
    case .floats(let floats): body.append(list: floats) { $0.append(json: $1) }
    case .strings(let strings): body.append(list: strings) { $0.append(json: $1) }
    }
    body += "}".utf8
  }

  private var binaryCount: Int {
    switch values {
    case .floats(let floats): 4 * floats.count
    case .strings(let strings): strings.reduce(0) { $0 + 4 + $1.utf8.count }
    }
  }

  fileprivate func appendBinary(to body: inout [UInt8]) {
    body.reserveCapacity(body.count + binaryCount)
    switch values {
    case .floats(let floats):
      for float in floats { body.append(littleEndian: float.bitPattern) }
    case .strings(let strings):
      for string in strings {
        body.append(littleEndian: UInt32(string.utf8.count))
        body += string.utf8
      }
    }
  }
}
