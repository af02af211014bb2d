/// An optional value that JSON encodes as null if it is nil, instead of leaving it out.
@propertyWrapper
public struct NullIfNil<Value> {
  /// The value.
  public var wrappedValue: Value?

  /// Creates the wrapper with the given value, or nil.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension NullIfNil: Equatable where Value: Equatable {}
extension NullIfNil: Hashable where Value: Hashable {}
extension NullIfNil: Sendable where Value: Sendable {}

extension NullIfNil: Encodable where Value: Encodable {
  /// Encodes the value, or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
