internal import EfficientNet
internal import EfficientNetCompute

extension SearchSpace {
  /// Reads a JSON file.
  ///
  /// - Throws: `FileError`, also for a space that cannot be searched.
  package init(json path: String) throws {
    self = try decoded(path, limit: 1 << 24, as: "search space")
    if let complaint { throw FileError(path: path, reason: complaint) }
  }
}

extension LatencyTable {
  /// Reads a JSON file.
  ///
  /// - Throws: `FileError`, also if it cannot stand for a measurement.
  package init(json path: String, for measurement: LatencyMeasurement) throws {
    self = try decoded(path, limit: 1 << 28, as: "table of latencies")
    if let reason = measurement.complaint(about: self) {
      throw FileError(path: path, reason: "\(reason); name a file that is not there yet")
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
    throw FileError(path: path, reason: "it is no \(name): \(error)".oneLine)
  }
}
