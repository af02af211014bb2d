public import EfficientNet
internal import EfficientNetCompute
package import EfficientNetSystem

/// An array of 32-bit floats, read from and written to NumPy's .npy files.
///
///     let x = try NumPyArray(contentsOf: "x.npy")
///     x.shape  // [1, 3, 224, 224]
public struct NumPyArray: Equatable, Sendable {
  /// The extents; empty for a single number.
  public let shape: [Int]
  /// The elements in row-major (C) order.
  public let elements: [Float]

  /// Creates an array in memory.
  ///
  /// - Parameters:
  ///   - shape: The extents; empty for a single number.
  ///   - elements: The elements in row-major (C) order.
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    let count = shape.reduce(1, *)
    require(
      elements.count == count,
      "elements has \(elements.count) numbers; the shape \(shape) needs \(count)")
    (self.shape, self.elements) = (shape, elements)
  }

  /// Reads a .npy file of version 1.0 to 3.0.
  ///
  /// Supported types are float16, float32, float64, and signed and unsigned integers of 8 to 64
  /// bits, in either byte order, in C or Fortran order. Numbers become 32-bit floats; float64
  /// values and integers beyond ±2²⁴ are rounded to the nearest float.
  ///
  /// - Parameter path: The file.
  /// - Throws: `WeightsError` if the file cannot be read, is damaged, has another type, or needs
  ///   more memory than the system has.
  public init(contentsOf path: String) throws(WeightsError) {
    // A sparse file takes no space on the disk, but memory: check the header first.
    let file = try fileErrors { () throws(FileError) in try OpenFile(path: path) }
    let start = try fileErrors { () throws(FileError) in
      try file.read(0..<min(file.count, NumPyLayout.maximumByteCount))
    }
    try naming(path) { () throws(FormatError) in
      _ = try NumPyHeader(of: start.span.bytes, fileBytes: file.count)
    }
    let bytes = try fileErrors { () throws(FileError) in try file.contents() }
    self = try read(bytes, source: path, NumPyArray.init)
  }

  /// Reads a .npy file in memory.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - source: The name of the file in messages.
  /// - Throws: `WeightsError`.
  public init(npy bytes: [UInt8], source: String) throws(WeightsError) {
    self = try read(bytes, source: source, NumPyArray.init)
  }

  private init(_ bytes: RawSpan) throws(FormatError) {
    let header = try NumPyHeader(of: bytes, fileBytes: bytes.byteCount)
    try AllocationBudget.checkMemory(4 * header.count)
    self.init(header, of: bytes)
  }

  /// Reads the elements that a header describes.
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

  /// Writes a .npy file of version 1.0, dtype "<f4" and C order; its bytes equal those of
  /// `numpy.save`.
  ///
  /// - Parameter path: The file.
  /// - Throws: `WeightsError` if the file cannot be written or the array has more than 64
  ///   dimensions. No partial file remains.
  public func write(to path: String) throws(WeightsError) {
    try NumPyHeader.check(shape, path: path)
    try fileErrors { () throws(FileError) in
      var file = try OutputFile(path: path)
      try write(to: &file)
      try file.commit()
    }
  }

  /// Appends the bytes of a .npy file to an open file.
  package func write(to file: inout OutputFile) throws(FileError) {
    try file.write(NumPyLayout.bytes(descr: "<f4", shape: shape).span.bytes)
    try file.write(elements.span.bytes)
  }
}
