internal import EfficientNet
internal import EfficientNetCompute

/// The checked header of a .npy file with numbers.
///
/// Source: [numpy.lib.format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPyHeader {
  /// What it says.
  let layout: NumPyLayout
  /// The type of the elements.
  let type: NumPyType
  /// The number of elements.
  let count: Int

  /// The most elements that are read, 4 GB as floats: a file with holes takes no room on the disk.
  private static let maximumCount = 1 << 30

  /// Reads the header and checks that the elements are there, and nothing else.
  ///
  /// - Parameter bytes: The whole file.
  /// - Throws: ``FormatError``.
  init(of bytes: RawSpan) throws(FormatError) {
    layout = try NumPyLayout(of: bytes)
    guard let type = NumPyType(descr: layout.descr) else {
      throw .unsupported(
        "has the dtype \(WeightsError.quoted(layout.descr)); save it as float32, float16, "
          + "float64 or integers")
    }
    count = try layout.count(elementBytes: type.byteCount, fileBytes: bytes.byteCount)
    guard count <= Self.maximumCount else {
      throw .unsupported("has \(count) elements; up to \(Self.maximumCount) are read")
    }
    self.type = type
  }

  /// Checks that NumPy has arrays of a shape.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)``.
  static func check(_ shape: [Int], path: String) throws(WeightsError) {
    guard shape.count <= 64 else {
      throw .unsupported(
        source: path,
        reason: "cannot have an array of \(shape.count) dimensions; NumPy has up to 64")
    }
  }
}
