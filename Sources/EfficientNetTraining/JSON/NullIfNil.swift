/// A value that JSON states as null where there is none, and does not leave out.
@propertyWrapper
public struct NullIfNil<Value> {
  /// The value.
  public var wrappedValue: Value?

  /// The given value, or none.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension NullIfNil: Equatable where Value: Equatable {}
extension NullIfNil: Hashable where Value: Hashable {}
extension NullIfNil: Sendable where Value: Sendable {}

extension NullIfNil: Encodable where Value: Encodable {
  /// Encodes the value or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
