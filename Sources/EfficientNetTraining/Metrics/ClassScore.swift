/// How well one class is recognised; what is undefined is null in JSON.
public struct ClassScore: Hashable, Sendable, Encodable {
  /// The class.
  public var name: String
  /// Share of the photos said to be of the class that are; nil if none was.
  @NullIfNil public var precision: Double?
  /// Share of the photos of the class that were said to be; nil if there are none.
  @NullIfNil public var recall: Double?
  /// The harmonic mean of both, `2 · hits / (predictions + photos)`; nil if there are neither predictions nor photos.
  @NullIfNil public var f1: Double?
  /// Photos of the class.
  public var count: Int

  init(name: String, hits: Int, predictions: Int, count: Int) {
    (self.name, self.count) = (name, count)
    precision = predictions == 0 ? nil : Double(hits) / Double(predictions)
    recall = count == 0 ? nil : Double(hits) / Double(count)
    f1 = predictions + count == 0 ? nil : 2 * Double(hits) / Double(predictions + count)
  }
}
