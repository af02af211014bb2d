extension JSONReader {
  /// Reads the object of an input or output: its name, and the places of the values of some fields.
  mutating func fields(
    of object: String, _ fields: Set<String>
  ) throws(RequestError) -> (name: String, places: [String: Int]) {
    var name: String?
    var places: [String: Int] = [:]
    try self.object { (reader, key) throws(RequestError) in
      if key == "name" {
        name = try RequestError.naming("\(object).name") { () throws(RequestError) in
          try reader.string()
        }
      } else {
        let isRead = fields.contains(key)
        if isRead { places[key] = reader.position }
        if isRead, key == "data" { try reader.skipList() } else { try reader.skip() }
      }
    }
    guard let name else { throw .invalid("\(object) has no name; send the name of the tensor") }
    return (name, places)
  }
}
