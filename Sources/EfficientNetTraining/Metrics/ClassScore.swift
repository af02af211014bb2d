/// How well one class is recognised.
public struct ClassScore: Hashable, Sendable, Encodable {
  /// The class.
  public var name: String
  /// Share of the photos said to be of the class that are; nil if none was.
  public var precision: Double?
  /// Share of the photos of the class that were said to be; nil if there are none.
  public var recall: Double?
  /// The harmonic mean of both, `2 · hits / (predictions + photos)`; nil if there are neither predictions nor photos.
  public var f1: Double?
  /// Photos of the class.
  public var count: Int

  /// - Parameters:
  ///   - hits: Photos of the class that were said to be.
  ///   - predictions: Photos that were said to be.
  ///   - count: Photos of the class.
  init(name: String, hits: Int, predictions: Int, count: Int) {
    (self.name, self.count) = (name, count)
    precision = predictions == 0 ? nil : Double(hits) / Double(predictions)
    recall = count == 0 ? nil : Double(hits) / Double(count)
    f1 = predictions + count == 0 ? nil : 2 * Double(hits) / Double(predictions + count)
  }

  private enum CodingKeys: String, CodingKey { case name, precision, recall, f1, count }

  /// Encodes what is undefined as null.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(precision, forKey: .precision)
    try fields.encode(recall, forKey: .recall)
    try fields.encode(f1, forKey: .f1)
    try fields.encode(count, forKey: .count)
  }
}
