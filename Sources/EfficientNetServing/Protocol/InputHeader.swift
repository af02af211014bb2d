/// An object of the list "inputs". Its fields may have any order, so their places are found first
/// and their values are read when the name is known.
struct InputHeader {
  let name: String
  private let reader: JSONReader
  private let places: [String: Int]

  /// Finds the fields.
  init(_ reader: inout JSONReader, index: Int) throws(RequestError) {
    self.reader = reader
    (name, places) = try reader.fields(
      of: "inputs[\(index)]", ["shape", "datatype", "parameters", "data"])
  }

  /// Returns the input.
  ///
  /// - Parameter binary: The rest of the binary tensors, of which the input takes its part.
  func tensor(
    binary: inout ArraySlice<UInt8>, limits: InferenceLimits
  ) throws(RequestError) -> InferenceTensor {
    let datatype = try datatype()
    let shape = try shape(limits)
    let (count, byteCount) = try InferenceTensor.size(
      shape: shape, datatype: datatype, limits: limits)
    var parameters: Parameters = [:]
    if var reader = value("parameters") { parameters = try reader.parameters() }
    let contents: InferenceTensor.Contents
    if let size = try parameters.wholeNumber("binary_data_size", atLeast: 0) {
      guard value("data") == nil else {
        throw .invalid("it has data and binary_data_size; remove one of them")
      }
      guard size <= binary.count else {
        throw .invalid(
          "binary_data_size is \(size), but only \(binary.count) bytes follow; check it and the"
            + " header Inference-Header-Content-Length")
      }
      contents = try InferenceTensor.Contents(
        binary: binary.prefix(size), datatype: datatype, shape: shape, count: count,
        byteCount: byteCount)
      binary = binary.dropFirst(size)
    } else if let reader = value("data") {
      let isBase64 = parameters["content_type"] == .string("base64")
      contents = try TensorData(
        reader: reader, shape: shape, datatype: datatype, count: count, isBase64: isBase64
      ).contents()
    } else if parameters["shared_memory_region"] != nil {
      throw .invalid("this server has no shared memory; send data or binary_data_size")
    } else {
      throw .invalid("it has neither data nor the parameter binary_data_size; send one of them")
    }
    return InferenceTensor(name: name, shape: shape, datatype: datatype, contents: contents)
  }

  /// A reader of the value of a field; nil if it is absent or null.
  private func value(_ field: String) -> JSONReader? {
    guard let place = places[field] else { return nil }
    var reader = reader.again(at: place)
    return reader.null() ? nil : reader
  }

  private func datatype() throws(RequestError) -> DataType {
    guard var reader = value("datatype") else {
      throw .invalid("it has no datatype; send one of \(DataType.names)")
    }
    let name = try RequestError.naming("datatype") { () throws(RequestError) in
      try reader.string()
    }
    guard let datatype = DataType(rawValue: name) else {
      throw .invalid("datatype is \(RequestError.quoted(name)); send one of \(DataType.names)")
    }
    return datatype
  }

  private func shape(_ limits: InferenceLimits) throws(RequestError) -> [Int] {
    guard var reader = value("shape") else { throw .invalid("it has no shape; send its extents") }
    var shape: [Int] = []
    try RequestError.naming("shape") { () throws(RequestError) in
      try reader.array { (reader) throws(RequestError) in
        shape.append(try reader.integer())
        guard shape.count <= limits.dimensions else {
          throw .invalid("the limit of this server is \(limits.dimensions) dimensions; send fewer")
        }
      }
    }
    return shape
  }
}
