internal import EfficientNetTraining

/// The validation photos that a network gets right, as a bit for each photo in their order. Photos
/// that cannot be read count as wrong, for all networks alike.
///
/// In JSON it is a text of hexadecimal digits, four photos each, the first one in the highest bit.
public struct RightPhotos: Hashable, Codable, Sendable {
  /// Whether each photo is right. Its count is a multiple of four; bits after the last photo are
  /// false.
  public let bits: [Bool]

  /// Stores which photos are right.
  ///
  /// - Parameter bits: A value for each photo.
  public init(_ bits: [Bool]) {
    self.bits = bits + [Bool](repeating: false, count: (4 - bits.count % 4) % 4)
  }

  /// Takes the photos with a right prediction; nil without predictions.
  ///
  /// - Parameter count: The number of photos, readable or not.
  init?(_ outcomes: [Evaluation.Outcome], of count: Int) {
    guard !outcomes.isEmpty else { return nil }
    var bits = [Bool](repeating: false, count: count)
    for outcome in outcomes { bits[outcome.sample] = outcome.isRight }
    self.init(bits)
  }

  /// Reads the hexadecimal digits.
  ///
  /// - Throws: `DecodingError` for other characters.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    bits = try text.flatMap { character -> [Bool] in
      guard let digit = character.hexDigitValue else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "'\(character)' is not a hexadecimal digit")
      }
      return [8, 4, 2, 1].map { digit & $0 != 0 }
    }
  }

  /// Writes the hexadecimal digits.
  public func encode(to encoder: any Encoder) throws {
    let digits = stride(from: 0, to: bits.count, by: 4).map { start in
      String(bits[start..<start + 4].reduce(0) { 2 * $0 + ($1 ? 1 : 0) }, radix: 16)
    }
    var container = encoder.singleValueContainer()
    try container.encode(digits.joined())
  }
}
