internal import EfficientNet
package import EfficientNetCompute
package import EfficientNetImages
import EfficientNetReports

/// One picture with rows of small photos, each with a heading.
package struct PhotoSheet: ~Copyable {
  /// A photo, and the caption below it, which its name follows.
  package typealias Cell = (path: String, caption: String)

  /// A heading and the photos below it.
  package struct Row {
    let heading: String
    let cells: [Cell]

    package init(heading: String, cells: [Cell]) { (self.heading, self.cells) = (heading, cells) }

    /// The last components of each path, as many as distinguish it from the others.
    package var names: [String] {
      let parts = cells.map { $0.path.split(separator: "/") }
      return cells.indices.map { cell in
        let others = cells.indices.filter { cells[$0].path != cells[cell].path }
        var count = 1
        while count < parts[cell].count,
          others.contains(where: { parts[$0].suffix(count) == parts[cell].suffix(count) })
        {
          count += 1
        }
        return parts[cell].suffix(count).joined(separator: "/")
      }
    }
  }

  /// The largest numbers of rows and of photos of a row that can still be viewed.
  package static let (mostRows, mostCells) = (100, 24)
  private static let (side, columns, gap) = (200, 6, 16)
  private static let width = gap + columns * (side + gap)
  private static let background: UInt8 = 255
  private static let font = Font(size: 15, background: background)

  /// The largest height of a JPEG picture in pixels.
  package static let mostJPEGHeight = 65_500

  private let path: String
  private let decoding: DecodingOptions
  private let pool: ThreadPool
  private var file: OutputFile

  /// Opens the file before the work, so that an unwritable path is detected early.
  ///
  /// - Throws: `FileError`.
  package init(path: String, decoding: DecodingOptions, pool: ThreadPool) throws {
    file = try OutputFile(path: path)
    (self.path, self.decoding, self.pool) = (path, decoding, pool)
  }

  private var isJPEG: Bool { !path.lowercased().hasSuffix(".png") }

  /// Writes the picture as PNG or JPEG, depending on its name, with as many rows as fit. An
  /// unreadable photo leaves an empty square.
  ///
  /// - Returns: The number of rows shown, and the errors of unreadable photos.
  /// - Throws: `FileError`, `ImageError`.
  package mutating func write(_ rows: [Row]) throws -> (shown: Int, problems: [ImageError]) {
    var strips: [PixelBuffer] = []
    var problems: [ImageError] = []
    var (shown, height) = (0, 0)
    for row in rows.prefix(Self.mostRows) {
      let drawn = drawn(row)
      height += drawn.strips.reduce(0) { $0 + $1.height }
      if isJPEG, height > Self.mostJPEGHeight { break }
      strips += drawn.strips
      problems += drawn.problems
      shown += 1
    }
    if strips.isEmpty {
      strips = [Self.font.line("nothing found", width: Self.width)]
    }
    let picture = PixelBuffer.stack(strips)
    let bytes = isJPEG ? try picture.jpeg() : try picture.png()
    try file.write(bytes.span.bytes)
    try file.commit()
    return (shown, problems)
  }

  /// The heading of a row and its photos with their captions.
  private func drawn(_ row: Row) -> (strips: [PixelBuffer], problems: [ImageError]) {
    let small = Font(size: 11, background: Self.background)
    let heading = Self.font.line(row.heading, width: Self.width - 2 * Self.gap)
    let row = Row(heading: row.heading, cells: Array(row.cells.prefix(Self.mostCells)))
    let (squares, problems) = squares(of: row.cells.map(\.path))
    let texts = zip(row.cells.map(\.caption), row.names)
    var pictures = zip(squares, texts).map { square, text in
      PixelBuffer.stack([
        square, Self.font.line(text.0, width: Self.side), small.line(text.1, width: Self.side),
      ])
    }
    // All rows have the same width.
    while pictures.count < Self.columns {
      pictures.append(PixelBuffer(width: Self.side, height: 1, repeating: Self.background))
    }
    return (
      [
        Self.sheet([heading], columns: 1), Self.sheet(pictures, columns: Self.columns),
      ], problems
    )
  }

  private static func sheet(_ pictures: [PixelBuffer], columns: Int) -> PixelBuffer {
    .sheet(of: pictures, columns: columns, gap: gap, background: background)
  }

  /// The photos, each centered in a square, and the errors of unreadable ones.
  private func squares(of paths: [String]) -> ([PixelBuffer], problems: [ImageError]) {
    var photos = Prefetcher(count: paths.count, ahead: 2 * pool.threads, pool: pool) {
      [decoding] index -> Result<PixelBuffer, ImageError> in
      Result { () throws(ImageError) in
        let photo = try PixelBuffer(contentsOf: paths[index], options: decoding)
        let longer = max(photo.width, photo.height)
        func scaled(_ length: Int) -> Int { max(1, length * Self.side / longer) }
        return photo.resized(
          width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
      }
    }
    var squares: [PixelBuffer] = []
    var problems: [ImageError] = []
    while let result = photos.next() {
      switch result {
      case .success(let photo):
        var square = PixelBuffer(
          width: Self.side, height: Self.side, repeating: Self.background)
        // The photo stands on its caption.
        square.put(photo, left: 0, top: Self.side - photo.height)
        squares.append(square)
      case .failure(let problem):
        squares.append(PixelBuffer(width: Self.side, height: Self.side, repeating: 200))
        problems.append(problem)
      }
    }
    return (squares, problems)
  }
}
