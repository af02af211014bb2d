public import EfficientNet
internal import EfficientNetCompute
package import EfficientNetSystem

/// An array of floats as NumPy's .npy files hold one.
///
///     let x = try NumPyArray(contentsOf: "x.npy")
///     x.shape  // [1, 3, 224, 224]
public struct NumPyArray: Equatable, Sendable {
  /// The extents; empty for a single number.
  public let shape: [Int]
  /// The elements in row-major (C) order.
  public let elements: [Float]

  /// An array in memory.
  ///
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    precondition(
      shape.reduce(1, *) == elements.count, "shape \(shape) is not \(elements.count) elements")
    (self.shape, self.elements) = (shape, elements)
  }

  /// Reads a .npy file of version 1.0 to 3.0.
  ///
  /// The dtypes are float16, 32 and 64 and integers of 8 to 64 bits with and without sign, in either byte
  /// order, in C or Fortran order. Numbers become 32-bit floats: exactly, but for float64 and integers
  /// beyond ±2²⁴, which are rounded to the nearest float.
  ///
  /// - Throws: ``WeightsError``: the file cannot be read, is damaged, holds something else, or needs more memory than
  ///   there is.
  public init(contentsOf path: String) throws(WeightsError) {
    self = try read(path, NumPyArray.init)
  }

  /// Reads a .npy file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: What the file would hold.
  ///   - source: What messages call it.
  /// - Throws: ``WeightsError``.
  public init(npy bytes: [UInt8], source: String) throws(WeightsError) {
    self = try read(bytes, source: source, NumPyArray.init)
  }

  private init(_ bytes: RawSpan) throws(FormatError) {
    let header = try NumPyHeader(of: bytes)
    try AllocationBudget.checkMemory(4 * header.count)
    self.init(header, of: bytes)
  }

  /// The elements that a header describes.
  ///
  /// - Parameter bytes: The whole file.
  init(_ header: NumPyHeader, of bytes: RawSpan) {
    let (layout, type) = (header.layout, header.type)
    shape = layout.shape
    guard layout.isFortranOrder, shape.count(where: { $0 > 1 }) > 1, header.count > 0 else {
      elements = type.floats(from: bytes, at: layout.byteOffset, count: header.count)
      return
    }
    // The first index changes fastest.
    var axes: [StridedAxis] = []
    for extent in shape {
      axes.append(StridedAxis(extent: extent, stride: axes.last.map { $0.extent * $0.stride } ?? 1))
    }
    elements = [Float](capacity: header.count) { output in
      axes.forEachPlace(from: 0) { place in
        output.append(type.load(from: bytes, at: layout.byteOffset + place * type.byteCount))
      }
    }
  }

  /// Writes a .npy file: version 1.0, dtype "<f4", C order; the same bytes that `numpy.save` writes.
  ///
  /// - Throws: ``WeightsError``, also for more than 64 dimensions; no partial file is left.
  public func write(to path: String) throws(WeightsError) {
    try NumPyHeader.check(shape, path: path)
    try fileErrors { () throws(FileError) in
      var file = try OutputFile(path: path)
      try write(to: &file)
      try file.commit()
    }
  }

  /// Appends the bytes of a .npy file to one that is open.
  package func write(to file: inout OutputFile) throws(FileError) {
    try file.write(NumPyLayout.bytes(descr: "<f4", shape: shape).span.bytes)
    try file.write(elements.span.bytes)
  }
}
