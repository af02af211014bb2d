internal import EfficientNet
internal import EfficientNetCompute

extension SearchSpace {
  /// Reads a JSON file.
  ///
  /// - Throws: `FileError`, also if the space is invalid.
  package init(json path: String) throws {
    self = try decoded(path, limit: 1 << 24, as: "search space")
    if let complaint { throw FileError(path: path, reason: complaint) }
  }
}

extension LatencyTable {
  /// Reads a JSON file.
  ///
  /// - Throws: `FileError`, also if the table cannot replace the measurement.
  package init(json path: String, for measurement: LatencyMeasurement) throws {
    self = try decoded(path, limit: 1 << 28, as: "table of latencies")
    if let reason = measurement.complaint(about: self) {
      throw FileError(path: path, reason: "\(reason); name a new file to measure again")
    }
  }
}

private func decoded<Value: Decodable>(
  _ path: String, limit: Int, as name: String
) throws -> Value {
  let bytes = try FileContents.read(path, limit: limit)
  do {
    return try decodedJSON(bytes)
  } catch {
    throw FileError(path: path, reason: "it is not a \(name): \(error)".oneLine)
  }
}
