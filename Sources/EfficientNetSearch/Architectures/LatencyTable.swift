public import EfficientNet

/// The latencies of the parts of a space's networks on this machine. They predict the latency of a
/// network without running it.
///
/// A network is cut into three kinds of parts: the stem with the first block, each further block,
/// and the head with the classifier. Its latency is the sum of its parts' times ``factor``, which
/// is calibrated with whole networks.
///
/// Source: Cai et al. 2019, [ProxylessNAS](https://arxiv.org/abs/1812.00332), section 3.3, and Wu
/// et al. 2019, [FBNet](https://arxiv.org/abs/1812.03443), section 3.2, which sum such tables.
/// MnasNet measures every network on a phone.
public struct LatencyTable: Hashable, Codable, Sendable {
  /// A part of a network, whose latency does not depend on the rest of the network.
  public struct Part: Hashable, Codable, Sendable {
    /// The kinds of parts.
    public enum Kind: String, Hashable, Codable, Sendable {
      /// The stem with the first block.
      case stem
      /// A block.
      case block
      /// The head with the classifier.
      case head
    }

    /// The kind of the part.
    public let kind: Kind
    /// The block, as a stage of one repeat; nil for the head.
    public let block: Stage?
    /// The number of input channels.
    public let inputs: Int
    /// The side of the input map.
    public let side: Int
    /// For the head: its number of channels, if it has any, and the number of outputs of the
    /// classifier.
    public var head, classes: Int?
  }

  /// The conditions of the measurement, in words: "2 threads, fp32, silu, same padding".
  public let conditions: String
  /// The latency of whole networks divided by the sum of their parts.
  public internal(set) var factor = 1.0
  /// The relative errors of the table on networks that check it: (predicted − measured) / measured.
  public private(set) var errors: [Double] = []
  /// The latency of each part in milliseconds.
  private var parts: [Part: Double] = [:]

  /// Creates an empty table.
  public init(conditions: String) { self.conditions = conditions }

  /// The number of known parts.
  public var count: Int { parts.count }

  /// The mean absolute value of ``errors``; nil if the table was not checked.
  public var meanError: Double? { errors.map(abs).mean }

  /// Returns the predicted latency of a network in milliseconds; nil if one of its parts is
  /// unknown.
  public func milliseconds(_ architecture: Architecture) -> Double? {
    var sum = 0.0
    for part in Self.parts(of: architecture) {
      guard let milliseconds = parts[part] else { return nil }
      sum += milliseconds
    }
    return factor * sum
  }

  func knows(_ part: Part) -> Bool { parts[part] != nil }

  /// Adds the latencies of the parts of a network. For a known part the shorter time counts, since
  /// disturbances only make a measurement longer.
  ///
  /// - Parameter milliseconds: The latency of each of ``parts(of:)``.
  mutating func add(_ architecture: Architecture, milliseconds: [Double]) {
    for (part, time) in zip(Self.parts(of: architecture), milliseconds) {
      parts[part] = min(parts[part] ?? .infinity, time)
    }
  }

  /// Sets ``factor`` to the median of measured latency divided by the sum of the parts.
  mutating func calibrate(_ networks: [(architecture: Architecture, milliseconds: Double)]) {
    factor = 1
    let ratios = networks.compactMap { network in
      milliseconds(network.architecture).map { network.milliseconds / $0 }
    }.sorted()
    factor = ratios.isEmpty ? 1 : ratios[ratios.count / 2]
  }

  /// Sets ``errors`` from networks whose parts are known.
  mutating func check(_ networks: [(architecture: Architecture, milliseconds: Double)]) {
    errors = networks.compactMap { network in
      milliseconds(network.architecture).map { $0 / network.milliseconds - 1 }
    }
  }

  /// The parts of a network, from the image on.
  static func parts(of architecture: Architecture) -> [Part] {
    var parts: [Part] = []
    var inputs = architecture.stem
    var side = (architecture.resolution + 1) / 2
    for stage in architecture.stages {
      for index in 0..<stage.repeats {
        var block = stage
        block.repeats = 1
        if index > 0 { (block.stride, block.expandedFrom) = (1, nil) }
        // A skip that never applies does not change the latency.
        block = block.canonical(inputs: inputs)
        parts.append(
          Part(kind: parts.isEmpty ? .stem : .block, block: block, inputs: inputs, side: side))
        inputs = block.channels
        side = (side + block.stride - 1) / block.stride
      }
    }
    parts.append(
      Part(
        kind: .head, block: nil, inputs: inputs, side: side, head: architecture.head,
        classes: architecture.classes))
    return parts
  }

  // MARK: - JSON

  private struct Entry: Codable {
    let part: Part
    let milliseconds: Double
  }

  private enum CodingKeys: String, CodingKey {
    case conditions, factor, errors, parts
  }

  /// Decodes a table.
  ///
  /// - Throws: `DecodingError`, also for values out of range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    conditions = try fields.decode(String.self, forKey: .conditions)
    factor = try fields.decode(Double.self, forKey: .factor)
    errors = try fields.decode([Double].self, forKey: .errors)
    guard 1e-3...1e3 ~= factor else {
      throw DecodingError.dataCorruptedError(
        forKey: .factor, in: fields,
        debugDescription: "the factor is \(factor); it must be 0.001 to 1000")
    }
    for entry in try fields.decode([Entry].self, forKey: .parts) {
      guard entry.milliseconds > 0, entry.milliseconds < 1e6 else {
        throw DecodingError.dataCorruptedError(
          forKey: .parts, in: fields,
          debugDescription:
            "a part takes \(entry.milliseconds) ms; it must be above 0 and below 1e6")
      }
      parts[entry.part] = entry.milliseconds
    }
  }

  /// Encodes the table, with its parts sorted by size.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(conditions, forKey: .conditions)
    try fields.encode(factor, forKey: .factor)
    try fields.encode(errors, forKey: .errors)
    let entries = parts.map { Entry(part: $0.key, milliseconds: $0.value) }
    try fields.encode(
      entries.sorted {
        (-$0.part.side, $0.part.inputs, $0.milliseconds) < (
          -$1.part.side, $1.part.inputs, $1.milliseconds
        )
      }, forKey: .parts)
  }
}
