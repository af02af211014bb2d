extension InferenceRequest {
  /// Makes a request of a body without JSON, which is the only input of the model. All outputs of
  /// the answer are binary.
  ///
  /// The body of an input of the type ``DataType/bytes`` is one element, such as a photo. Other
  /// inputs may have one variable extent, which follows from the bytes.
  ///
  /// - Throws: `RequestError` with status 400.
  init(raw body: [UInt8], input: TensorMetadata) throws(RequestError) {
    parameters = [Self.binaryOutputs: .bool(true)]
    guard let byteCount = input.datatype.byteCount else {
      inputs = [
        InferenceTensor(
          name: input.name, shape: [1], datatype: input.datatype, contents: .elements([body[...]]))
      ]
      return
    }
    let block = input.shape.filter { $0 >= 0 }.reduce(byteCount, *)
    let isVariable = input.shape.contains { $0 < 0 }
    precondition(
      block > 0 && input.shape.count { $0 < 0 } <= 1, "\(input.shape) does not follow from bytes")
    let (count, rest) = body.count.quotientAndRemainder(dividingBy: block)
    guard rest == 0, isVariable || count == 1 else {
      throw .invalid(
        "input '\(input.name)': the body has \(body.count) bytes; \(input.datatype.rawValue) of shape"
          + " \(InferenceTensor.text(input.shape)) needs \(isVariable ? "a multiple of " : "")\(block)"
      )
    }
    inputs = [
      InferenceTensor(
        name: input.name, shape: input.shape.map { $0 < 0 ? count : $0 }, datatype: input.datatype,
        contents: .numbers(body[...]))
    ]
  }
}
