/// The field "data" of an input: the elements in row-major order, flat or nested like the shape.
struct TensorData {
  var reader: JSONReader
  let shape: [Int]
  let datatype: DataType
  /// The number of elements of the shape.
  let count: Int
  /// Whether the strings of a BYTES tensor are base64, as the parameter content_type of MLServer
  /// says.
  let isBase64: Bool

  /// Reads all elements.
  consuming func contents() throws(RequestError) -> InferenceTensor.Contents {
    switch datatype {
    case .bool:
      try numbers(bytes: 1) { (reader, bytes) throws(RequestError) in
        bytes.append(try reader.boolean() ? 1 : 0)
      }
    case .uint8: try integers(UInt8.self)
    case .uint16: try integers(UInt16.self)
    case .uint32: try integers(UInt32.self)
    case .uint64: try integers(UInt64.self)
    case .int8: try integers(Int8.self)
    case .int16: try integers(Int16.self)
    case .int32: try integers(Int32.self)
    case .int64: try integers(Int64.self)
    case .fp32:
      try numbers(bytes: 4) { (reader, bytes) throws(RequestError) in
        let value = reader.null() ? Float.nan : try reader.float()
        bytes.append(littleEndian: value.bitPattern)
      }
    case .fp64:
      try numbers(bytes: 8) { (reader, bytes) throws(RequestError) in
        let value = reader.null() ? Double.nan : try reader.double()
        bytes.append(littleEndian: value.bitPattern)
      }
    case .bytes: try strings()
    case .fp16, .bf16:
      throw .invalid("\(datatype.rawValue) cannot be sent as JSON; send FP32 or binary data")
    }
  }

  private consuming func integers<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(RequestError) -> InferenceTensor.Contents {
    try numbers(bytes: Value.bitWidth / 8) { (reader, bytes) throws(RequestError) in
      bytes.append(littleEndian: try reader.integer(Value.self))
    }
  }

  private consuming func numbers(
    bytes size: Int, _ append: (inout JSONReader, inout [UInt8]) throws(RequestError) -> Void
  ) throws(RequestError) -> InferenceTensor.Contents {
    var bytes: [UInt8] = []
    // An element takes at least two bytes of text, however many elements the shape has.
    bytes.reserveCapacity(min(count, (reader.end - reader.position) / 2) * size)
    try elements { (reader) throws(RequestError) in try append(&reader, &bytes) }
    return .numbers(bytes[...])
  }

  private consuming func strings() throws(RequestError) -> InferenceTensor.Contents {
    let isBase64 = isBase64
    var strings: [ArraySlice<UInt8>] = []
    try elements { (reader) throws(RequestError) in
      let string = try reader.stringBytes()
      guard isBase64 else {
        strings.append(string)
        return
      }
      do {
        strings.append(try Base64.decoded(string)[...])
      } catch {
        throw .invalid("element \(strings.count) is not base64, as content_type says; encode it")
      }
    }
    return .elements(strings)
  }

  /// Calls the closure for every element.
  private mutating func elements(
    _ element: (inout JSONReader) throws(RequestError) -> Void
  ) throws(RequestError) {
    let (shape, count) = (shape, count)
    try RequestError.naming("data") { () throws(RequestError) in
      try Self.row(0, of: &reader, shape: shape, count: count, element)
    }
  }

  /// Reads a row, which has elements in the innermost dimension and rows in the others. The outermost
  /// row may have all elements instead, which is flat data.
  private static func row(
    _ dimension: Int, of reader: inout JSONReader, shape: [Int], count: Int,
    _ element: (inout JSONReader) throws(RequestError) -> Void
  ) throws(RequestError) {
    let isInnermost = dimension + 1 >= shape.count
    var (rows, elements) = (0, 0)
    try reader.array { (reader) throws(RequestError) in
      if reader.peek() == UInt8(ascii: "["), !isInnermost, elements == 0 {
        rows += 1
        try row(dimension + 1, of: &reader, shape: shape, count: count, element)
      } else {
        guard isInnermost || dimension == 0, rows == 0 else {
          throw mismatch("the nesting differs from shape \(InferenceTensor.text(shape))")
        }
        guard elements < count else {
          throw mismatch(
            "there are more elements than the \(count) of shape \(InferenceTensor.text(shape))")
        }
        elements += 1
        try element(&reader)
      }
    }
    let isFlat = dimension == 0 && rows == 0
    let expected = isFlat ? count : shape[dimension]
    guard rows + elements == expected else {
      let place = isFlat ? "there are" : "a row of dimension \(dimension) has"
      throw mismatch(
        "\(place) \(rows + elements) elements, but shape \(InferenceTensor.text(shape)) has \(expected)"
      )
    }
  }

  private static func mismatch(_ difference: String) -> RequestError {
    .invalid("\(difference); send flat data, or data nested like the shape")
  }
}
