internal import EfficientNetCompute

extension Architecture: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, resolution, inputChannels, stem, stages, head, classes, activation, dropout
    case stochasticDepth, batchNormEpsilon, batchNormMomentum, padding, convolutionBias
  }

  /// Decodes a network. Fields that have a default in the memberwise initializer may be absent; so
  /// may `dropout`, which is then 0. `head` must be present; null means no head.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    try self.init(
      name: fields.decode(String.self, forKey: .name),
      resolution: fields.decode(Int.self, forKey: .resolution),
      inputChannels: fields.decodeIfPresent(Int.self, forKey: .inputChannels) ?? 3,
      stem: fields.decode(Int.self, forKey: .stem),
      stages: fields.decode([Stage].self, forKey: .stages),
      head: fields.decode(Int?.self, forKey: .head),
      classes: fields.decodeIfPresent(Int.self, forKey: .classes) ?? 1000,
      activation: fields.decodeName(forKey: .activation),
      dropout: fields.decodeIfPresent(Double.self, forKey: .dropout) ?? 0,
      stochasticDepth: fields.decodeIfPresent(Double.self, forKey: .stochasticDepth) ?? 0,
      batchNormEpsilon: fields.decodeIfPresent(Double.self, forKey: .batchNormEpsilon) ?? 1e-3,
      batchNormMomentum: fields.decodeIfPresent(Double.self, forKey: .batchNormMomentum) ?? 0.99,
      padding: fields.decodeNameIfPresent(forKey: .padding) ?? .same,
      convolutionBias: fields.decodeIfPresent(Bool.self, forKey: .convolutionBias) ?? false)
  }

  /// The fields in the order of ``json``. `convolutionBias` is present only if it is true.
  private var fields: [(key: CodingKeys, value: any Encodable)] {
    let bias: [(CodingKeys, any Encodable)] = convolutionBias ? [(.convolutionBias, true)] : []
    return [
      (.name, name), (.resolution, resolution), (.inputChannels, inputChannels),
      (.classes, classes), (.activation, activation), (.padding, padding),
      (.batchNormEpsilon, batchNormEpsilon), (.batchNormMomentum, batchNormMomentum),
      (.dropout, dropout), (.stochasticDepth, stochasticDepth),
    ] + bias + [(.stem, stem), (.stages, stages), (.head, head)]
  }

  /// Encodes all fields; `convolutionBias` only if it is true.
  ///
  /// - Parameter encoder: The encoder to write to.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    for (key, value) in fields { try container.encode(value, forKey: key) }
  }

  /// The largest JSON file that the initializer reads, in bytes.
  private static let maximumBytes = 1 << 20

  /// Reads a network from a JSON file and validates it.
  ///
  /// - Parameter path: The path of the file, at most 1 MiB.
  /// - Throws: ``ArchitectureError`` that names the file: it cannot be read, is not valid JSON, or
  ///   describes an invalid network.
  public init(json path: String) throws(ArchitectureError) {
    do {
      let bytes = try FileContents.read(path, limit: Self.maximumBytes)
      self = try decodedJSON(bytes)
      try validate()
    } catch let error as FileError {
      throw ArchitectureError(error.description)
    } catch {
      throw ArchitectureError("\(path) is not a network: \(error)".oneLine)
    }
  }

  /// The network as JSON for editing: one line per field, one line per stage.
  public var json: String {
    let rows = stages.map { "    \($0.json)" }.joined(separator: ",\n")
    let lines = fields.map { key, value in
      "  \"\(key.rawValue)\": \(key == .stages ? "[\n\(rows)\n  ]" : jsonText(value))"
    }
    return "{\n\(lines.joined(separator: ",\n"))\n}"
  }
}

/// Encodes a string, a number, a Boolean or nil as JSON.
func jsonText(_ value: some Encodable) -> String {
  // These values always encode: validate() refuses numbers that are not finite.
  (try? encodedJSON(value)) ?? "null"
}
