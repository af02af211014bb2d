extension InferenceTensor.Contents {
  /// Reads a binary tensor; its parts stay parts of the body.
  ///
  /// - Parameters:
  ///   - count: The number of elements of the shape.
  ///   - byteCount: The bytes of these elements.
  init(
    binary: ArraySlice<UInt8>, datatype: DataType, shape: [Int], count: Int, byteCount: Int
  ) throws(RequestError) {
    guard datatype == .bytes else {
      guard binary.count == byteCount else {
        throw .invalid(
          "binary_data_size is \(binary.count); \(datatype.rawValue) of shape"
            + " \(InferenceTensor.text(shape)) needs \(byteCount)")
      }
      self = .numbers(binary)
      return
    }
    var elements: [ArraySlice<UInt8>] = []
    var rest = binary
    while !rest.isEmpty, elements.count <= count {
      guard rest.count >= 4 else {
        throw .invalid(
          "\(rest.count) bytes follow element \(elements.count); an element of BYTES begins with its"
            + " length in 4 bytes")
      }
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else {
        throw .invalid(
          "element \(elements.count) has a length of \(length) bytes, but only \(rest.count) follow"
        )
      }
      elements.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    guard elements.count == count else {
      throw .invalid(
        "the data has \(elements.count > count ? "more than \(count)" : "\(elements.count)") elements;"
          + " shape \(InferenceTensor.text(shape)) needs \(count)")
    }
    self = .elements(elements)
  }
}
