/// An input of a request: its shape, type and elements.
package struct InferenceTensor: Hashable, Sendable {
  /// The name of the model's input.
  package var name: String
  /// The extents, the outermost first; none is negative and their product fits in an Int.
  package var shape: [Int]
  /// The type of the elements.
  package var datatype: DataType
  /// The elements.
  package var contents: Contents

  /// The elements in row-major order.
  package enum Contents: Hashable, Sendable {
    /// The little-endian bytes of all elements; there are as many as shape and type need.
    case numbers(ArraySlice<UInt8>)
    /// The elements of a tensor of the type ``DataType/bytes``.
    case elements([ArraySlice<UInt8>])
  }

  /// Returns the number of elements of a shape and the bytes that they take; 0 bytes for the type
  /// ``DataType/bytes``.
  ///
  /// - Throws: `RequestError` for a negative extent and beyond the limits.
  static func size(
    shape: [Int], datatype: DataType, limits: InferenceLimits
  ) throws(RequestError) -> (count: Int, byteCount: Int) {
    guard shape.count <= limits.dimensions else {
      throw .invalid(
        "shape has \(shape.count) dimensions; the limit of this server is \(limits.dimensions)")
    }
    var size = (count: 1, byteCount: datatype.byteCount ?? 0)
    for extent in shape {
      guard extent >= 0 else {
        throw .invalid(
          "shape is \(text(shape)); send the actual extents, which are at least 0")
      }
      let count = size.count.multipliedReportingOverflow(by: extent)
      let byteCount = size.byteCount.multipliedReportingOverflow(by: extent)
      guard !count.overflow, !byteCount.overflow else {
        throw .invalid("shape is \(text(shape)), which has too many elements; send fewer")
      }
      size = (count.partialValue, byteCount.partialValue)
    }
    guard datatype != .bytes || size.count <= limits.elements else {
      throw .invalid(
        "shape is \(text(shape)); the limit of this server is \(limits.elements) elements of BYTES")
    }
    return size
  }

  /// A shape for messages, such as "[1,224,224,3]".
  static func text(_ shape: [Int]) -> String {
    "[\(shape.map(String.init).joined(separator: ","))]"
  }
}
