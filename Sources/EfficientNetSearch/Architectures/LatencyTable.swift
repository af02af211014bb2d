public import EfficientNet

/// How long the parts of a space's networks take on this machine, so that a network need not be measured to know its latency.
///
/// A network is cut into stem and first block, the other blocks, and head and classifier; its latency is the sum of theirs, times
/// what whole networks took to what their parts came to.
///
/// Source: Cai et al. 2019, [ProxylessNAS](https://arxiv.org/abs/1812.00332), section 3.3, and Wu et al. 2019,
/// [FBNet](https://arxiv.org/abs/1812.03443), section 3.2, which sum up such tables. MnasNet measures every network on a phone.
public struct LatencyTable: Hashable, Codable, Sendable {
  /// A part of a network that takes as long wherever it is.
  public struct Part: Hashable, Codable, Sendable {
    /// What it is: "stem" with the first block, "block", or "head" with the classifier.
    public enum Kind: String, Hashable, Codable, Sendable {
      case stem, block, head
    }

    /// What it is.
    public let kind: Kind
    /// The block, a stage of one repeat; nil for the head.
    public let block: Stage?
    /// Channels that enter it.
    public let inputs: Int
    /// The side of the map that enters it.
    public let side: Int
    /// Of the head: its channels, if it has any, and the outputs of the classifier.
    public var head, classes: Int?
  }

  /// How it was measured, and what all networks have in common, in words: "2 threads, fp32, silu, same padding".
  public let conditions: String
  /// What whole networks took to what their parts came to.
  public internal(set) var factor = 1.0
  /// Relative errors of networks that the table was checked with: the predicted less the measured latency, by the measured.
  public private(set) var errors: [Double] = []
  /// In milliseconds.
  private var parts: [Part: Double] = [:]

  /// A table with nothing in it.
  public init(conditions: String) { self.conditions = conditions }

  /// How many parts are known.
  public var count: Int { parts.count }

  /// The mean of the ``errors`` without their signs; nil if it was not checked.
  public var meanError: Double? { errors.map(abs).mean }

  /// The latency of a network; nil if one of its parts is not known.
  public func milliseconds(_ architecture: Architecture) -> Double? {
    var sum = 0.0
    for part in Self.parts(of: architecture) {
      guard let milliseconds = parts[part] else { return nil }
      sum += milliseconds
    }
    return factor * sum
  }

  func knows(_ part: Part) -> Bool { parts[part] != nil }

  /// Remembers how long the parts of a network took; of a part that is known, the shorter time counts: what disturbs a
  /// measurement makes it longer.
  ///
  /// - Parameter milliseconds: Of each of ``parts(of:)``.
  mutating func add(_ architecture: Architecture, milliseconds: [Double]) {
    for (part, time) in zip(Self.parts(of: architecture), milliseconds) {
      parts[part] = min(parts[part] ?? .infinity, time)
    }
  }

  /// Sets ``factor`` by networks whose parts are known: the median of measured by summed up.
  mutating func calibrate(_ networks: [(architecture: Architecture, milliseconds: Double)]) {
    factor = 1
    let ratios = networks.compactMap { network in
      milliseconds(network.architecture).map { network.milliseconds / $0 }
    }.sorted()
    factor = ratios.isEmpty ? 1 : ratios[ratios.count / 2]
  }

  /// Sets ``errors`` by networks whose parts are known.
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
        // What is not added makes no difference.
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

  /// Reads a table.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    conditions = try fields.decode(String.self, forKey: .conditions)
    factor = try fields.decode(Double.self, forKey: .factor)
    errors = try fields.decode([Double].self, forKey: .errors)
    guard 1e-3...1e3 ~= factor else {
      throw DecodingError.dataCorruptedError(
        forKey: .factor, in: fields, debugDescription: "a factor of \(factor)")
    }
    for entry in try fields.decode([Entry].self, forKey: .parts) {
      guard entry.milliseconds > 0, entry.milliseconds < 1e6 else {
        throw DecodingError.dataCorruptedError(
          forKey: .parts, in: fields,
          debugDescription: "a part of \(entry.milliseconds) milliseconds")
      }
      parts[entry.part] = entry.milliseconds
    }
  }

  /// Writes the table, its parts by size.
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
