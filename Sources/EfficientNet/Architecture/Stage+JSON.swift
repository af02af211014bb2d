extension Stage: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case block, expand, kernel, stride, channels, repeats, squeeze, skip, expandedFrom
  }

  /// Decodes a stage. Absent fields have defaults: `block` is `mbConv`, `squeeze` is none, `skip`
  /// is `identity` (for `separable` blocks `none`).
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    block = try fields.decodeNameIfPresent(forKey: .block) ?? .mbConv
    expand = try fields.decode(Int.self, forKey: .expand)
    kernel = try fields.decode(Int.self, forKey: .kernel)
    stride = try fields.decode(Int.self, forKey: .stride)
    channels = try fields.decode(Int.self, forKey: .channels)
    repeats = try fields.decode(Int.self, forKey: .repeats)
    squeeze = try fields.decodeIfPresent(Double.self, forKey: .squeeze)
    skip = try fields.decodeIfPresent(Skip.self, forKey: .skip) ?? block.standardSkip
    expandedFrom = try fields.decodeIfPresent(Int.self, forKey: .expandedFrom)
  }

  /// Encodes the fields; `squeeze`, `skip` and `expandedFrom` only where they differ from their
  /// defaults. `skip` is written as true, false or "pool".
  ///
  /// - Parameter encoder: The encoder to write to.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(block, forKey: .block)
    try fields.encode(expand, forKey: .expand)
    try fields.encode(kernel, forKey: .kernel)
    try fields.encode(stride, forKey: .stride)
    try fields.encode(channels, forKey: .channels)
    try fields.encode(repeats, forKey: .repeats)
    try fields.encodeIfPresent(squeeze, forKey: .squeeze)
    if skip != block.standardSkip {
      switch skip {
      case .identity: try fields.encode(true, forKey: .skip)
      case .none: try fields.encode(false, forKey: .skip)
      case .pool: try fields.encode(skip, forKey: .skip)
      }
    }
    try fields.encodeIfPresent(expandedFrom, forKey: .expandedFrom)
  }

  /// The stage as one line of JSON, with the fields in the order of the paper's table.
  var json: String {
    var fields = [
      "\"block\": \"\(block.rawValue)\"", "\"expand\": \(expand)", "\"kernel\": \(kernel)",
      "\"stride\": \(stride)", "\"channels\": \(channels)", "\"repeats\": \(repeats)",
    ]
    if let squeeze { fields.append("\"squeeze\": \(squeeze)") }
    if skip != block.standardSkip { fields.append("\"skip\": \(skip.json)") }
    if let expandedFrom { fields.append("\"expandedFrom\": \(expandedFrom)") }
    return "{\(fields.joined(separator: ", "))}"
  }
}

extension Stage.Skip: Codable {
  /// Decodes a name, or `true` for ``identity`` and `false` for ``none``.
  ///
  /// A stage writes its skip as true, false or "pool"; a skip that is encoded alone is written as
  /// its name.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for an unknown name.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let isIdentity = try? value.decode(Bool.self) {
      self = isIdentity ? .identity : .none
      return
    }
    let name = try value.decode(String.self)
    guard let skip = Self(rawValue: name) else {
      throw DecodingError.unknownName(name, of: Self.self, at: value.codingPath)
    }
    self = skip
  }

  var json: String {
    switch self {
    case .identity: "true"
    case .none: "false"
    case .pool: "\"\(rawValue)\""
    }
  }
}
