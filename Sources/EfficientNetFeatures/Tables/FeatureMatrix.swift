public import EfficientNetCompute

/// Rows of features, in memory or in an open file, from which they are read when they are accessed.
///
/// While a program uses the rows of a file, replace the file only by renaming a new one, as `mv`
/// does: this matrix then keeps the old rows. If another program writes into the file, as `cp`
/// does, searches and ``DuplicateGroups`` throw ``FeaturesError/changed(path:)``.
public struct FeatureMatrix: Sendable {
  /// The number of rows.
  public let count: Int
  /// The number of features of a row.
  public let dimensions: Int
  /// The number format of the stored rows.
  public let precision: Precision
  private let storage: Storage

  private enum Storage: Sendable {
    case memory([Float])
    case file(OpenFile, byteOffset: Int)
  }

  /// Creates a matrix in memory. It keeps `elements` without copying them, so this takes no time,
  /// whatever the number of rows.
  ///
  /// To add rows to an index, keep all numbers in one array, append to it, and create a new matrix:
  ///
  ///     elements += try await extractor.features(encoded: upload)
  ///     let search = SimilaritySearch(
  ///       FeatureMatrix(dimensions: extractor.dimensions, elements: elements), pool: pool)
  ///
  /// The first append after each new matrix copies the array, because the matrix shares it.
  ///
  /// - Parameters:
  ///   - dimensions: The number of features of a row.
  ///   - elements: The rows, one after the other: (count, dimensions).
  /// - Precondition: `dimensions` is at least 1, and `elements.count` is a multiple of it.
  public init(dimensions: Int, elements: [Float]) {
    require(dimensions >= 1, "dimensions is \(dimensions); it must be at least 1")
    require(
      elements.count.isMultiple(of: dimensions),
      "elements has \(elements.count) numbers; it must have a multiple of \(dimensions)")
    (self.dimensions, count) = (dimensions, elements.count / dimensions)
    (precision, storage) = (.float32, .memory(elements))
  }

  /// Creates a matrix in memory. It copies the rows into one array, which takes time and as much
  /// memory again; ``init(dimensions:elements:)`` does not.
  ///
  /// - Parameter rows: The rows.
  /// - Precondition: all rows have the same number of features, at least one. No rows make an
  ///   empty matrix of 1 dimension.
  public init(_ rows: [[Float]]) {
    let dimensions = rows.first?.count ?? 1
    require(dimensions >= 1, "a row has 0 numbers; it must have at least 1")
    for row in rows {
      require(
        row.count == dimensions,
        "a row has \(row.count) numbers; it must have as many as the first, \(dimensions)")
    }
    self.init(dimensions: dimensions, elements: rows.flatMap(\.self))
  }

  /// Creates a matrix of little-endian rows in a file, from a byte offset on.
  ///
  /// - Precondition: the rows lie in the file.
  init(file: OpenFile, byteOffset: Int, count: Int, dimensions: Int, precision: Precision) {
    precondition(
      dimensions >= 1 && byteOffset >= 0
        && count <= (file.count - byteOffset) / (dimensions * precision.elementBytes),
      "\(count) rows of \(dimensions) from byte \(byteOffset) of \(file.count)")
    (self.count, self.dimensions, self.precision) = (count, dimensions, precision)
    storage = .file(file, byteOffset: byteOffset)
  }

  package var rowBytes: Int { dimensions * precision.elementBytes }

  /// Calls `body` with the bytes of some rows. Rows of a file are read into a buffer, which the
  /// next call can reuse. Rows that cannot be read become NaN; ``checkUnchanged()`` then throws.
  package func withBytes<Result>(
    of rows: Range<Int>, through buffer: inout [UInt8], _ body: (RawSpan) -> Result
  ) -> Result {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    let range = rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
    switch storage {
    case .memory(let elements):
      return body(elements.span.bytes.extracting(range))
    case .file(let file, let byteOffset):
      if buffer.count != range.count { buffer = Array(repeating: 0, count: range.count) }
      if !file.read(at: byteOffset + range.lowerBound, into: &buffer) {
        // All bits set are NaN.
        for index in buffer.indices { buffer[index] = 0xFF }
      }
      return body(buffer.span.bytes)
    }
  }

  /// Checks that the rows of a file are still those that were opened, and that all of them could
  /// be read. Searches and ``DuplicateGroups`` call it. A program that reads rows itself calls it
  /// after the last one.
  ///
  /// - Throws: ``FeaturesError/changed(path:)`` if another program has written into their file;
  ///   ``FeaturesError/unsuitable(path:reason:)`` if rows could not be read.
  public func checkUnchanged() throws(FeaturesError) {
    guard case .file(let file, _) = storage else { return }
    do { try file.checkUnchanged() } catch { throw .changed(path: file.path) }
    do { try file.checkReads() } catch {
      throw .unsuitable(
        path: file.path,
        reason: "cannot be read: \(error.reason); check its disk, and open it again")
    }
  }

  /// The features of a row. Bfloat16 numbers are widened exactly.
  ///
  /// If another program has written into the file, the row has other numbers, or NaN if it is not
  /// there anymore: see ``checkUnchanged()``.
  ///
  /// - Parameter row: The index of the row, from 0.
  /// - Precondition: `row` is at least 0 and below ``count``.
  public subscript(row: Int) -> [Float] {
    require(0..<count ~= row, "row is \(row); it must be at least 0 and below \(count)")
    var buffer: [UInt8] = []
    return withBytes(of: row..<(row + 1), through: &buffer) { bytes in
      (0..<dimensions).map { index in
        switch precision {
        case .float32: Float(bitPattern: bytes.littleEndian(at: 4 * index))
        case .bfloat16:
          Float(bitPattern: UInt32(bytes.littleEndian(UInt16.self, at: 2 * index)) << 16)
        case .float16, .int8:
          preconditionFailure("features are not stored in \(precision.rawValue)")
        }
      }
    }
  }
}
