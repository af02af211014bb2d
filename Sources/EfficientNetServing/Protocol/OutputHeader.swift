/// An object of the list "outputs".
struct OutputHeader {
  let name: String
  /// Whether the output is binary; nil for the default of the request.
  let isBinary: Bool?
  /// The number of classes that the client wants; nil for all values.
  let classification: Int?

  /// Reads the object.
  init(_ reader: inout JSONReader, index: Int) throws(RequestError) {
    let start = reader
    let (name, places) = try reader.fields(of: "outputs[\(index)]", ["parameters"])
    let parameters = try places["parameters"].map { (place) throws(RequestError) in
      var reader = start.again(at: place)
      return try reader.parameters()
    }
    self.name = name
    (isBinary, classification) = try RequestError.naming("output \(RequestError.quoted(name))") {
      () throws(RequestError) in
      (
        try parameters?.bool("binary_data"),
        try parameters?.wholeNumber("classification", atLeast: 1)
      )
    }
  }
}
