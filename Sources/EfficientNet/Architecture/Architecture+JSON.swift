internal import EfficientNetCompute

extension Architecture: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, resolution, inputChannels, stem, stages, head, classes, activation, dropout
    case stochasticDepth, batchNormEpsilon, batchNormMomentum, padding, convolutionBias
  }

  /// Reads the fields; those that ``init(name:resolution:inputChannels:stem:stages:head:classes:activation:dropout:stochasticDepth:batchNormEpsilon:batchNormMomentum:padding:convolutionBias:)``
  /// has a default for may be left out. `head` may be null, but is not left out.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown.
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
      activation: fields.decode(Activation.self, forKey: .activation),
      dropout: fields.decodeIfPresent(Double.self, forKey: .dropout) ?? 0,
      stochasticDepth: fields.decodeIfPresent(Double.self, forKey: .stochasticDepth) ?? 0,
      batchNormEpsilon: fields.decodeIfPresent(Double.self, forKey: .batchNormEpsilon) ?? 1e-3,
      batchNormMomentum: fields.decodeIfPresent(Double.self, forKey: .batchNormMomentum) ?? 0.99,
      padding: fields.decodeIfPresent(Padding.self, forKey: .padding) ?? .same,
      convolutionBias: fields.decodeIfPresent(Bool.self, forKey: .convolutionBias) ?? false)
  }

  /// Writes the fields; a bias in front of batch norm only where there is one.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(resolution, forKey: .resolution)
    try fields.encode(inputChannels, forKey: .inputChannels)
    try fields.encode(stem, forKey: .stem)
    try fields.encode(stages, forKey: .stages)
    try fields.encode(head, forKey: .head)
    try fields.encode(classes, forKey: .classes)
    try fields.encode(activation, forKey: .activation)
    try fields.encode(dropout, forKey: .dropout)
    try fields.encode(stochasticDepth, forKey: .stochasticDepth)
    try fields.encode(batchNormEpsilon, forKey: .batchNormEpsilon)
    try fields.encode(batchNormMomentum, forKey: .batchNormMomentum)
    try fields.encode(padding, forKey: .padding)
    if convolutionBias { try fields.encode(convolutionBias, forKey: .convolutionBias) }
  }

  /// The largest JSON file that is read.
  private static let maximumBytes = 1 << 20

  /// Reads a network from a JSON file and checks that it can be built.
  ///
  /// - Throws: ``ArchitectureError`` that names the file, also if it cannot be read.
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

  /// The network as JSON to edit: one line a field, one line a stage.
  public var json: String {
    func text(_ value: some Encodable) -> String {
      // Strings, numbers and stages of them always encode; validate() keeps numbers finite.
      (try? encodedJSON(value)) ?? "null"
    }
    var fields: [(CodingKeys, String)] = [
      (.name, text(name)), (.resolution, text(resolution)), (.inputChannels, text(inputChannels)),
      (.classes, text(classes)), (.activation, text(activation)), (.padding, text(padding)),
      (.batchNormEpsilon, text(batchNormEpsilon)), (.batchNormMomentum, text(batchNormMomentum)),
      (.dropout, text(dropout)), (.stochasticDepth, text(stochasticDepth)),
    ]
    if convolutionBias { fields.append((.convolutionBias, text(convolutionBias))) }
    let rows = stages.map { "    \($0.json)" }.joined(separator: ",\n")
    fields += [
      (.stem, text(stem)), (.stages, "[\n\(rows)\n  ]"), (.head, text(head)),
    ]
    let lines = fields.map { "  \"\($0.rawValue)\": \($1)" }
    return "{\n\(lines.joined(separator: ",\n"))\n}"
  }
}
