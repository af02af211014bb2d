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
    /// The end of the heading, which is never cut.
    let note: String
    package let cells: [Cell]

    package init(heading: String, note: String = "", cells: [Cell]) {
      (self.heading, self.note) = (heading, note)
      self.cells = Array(cells.prefix(PhotoSheet.mostCells))
    }
  }

  /// The largest numbers of rows and of photos of a row that can still be viewed.
  package static let (mostRows, mostCells) = (100, 24)
  private static let (side, columns, gap) = (200, 6, 16)
  /// The largest width of rows that are next to each other: three rows of two photos fit.
  private static let mostWidth = 1400
  private static let background: UInt8 = 255
  private static let font = Font(size: 15, background: background)

  package static let mostJPEGHeight = 65_500

  private let path: String
  private let decoding: DecodingOptions
  private let pool: ThreadPool
  private var file: OutputFile

  /// Opens the file before the work, so that an unwritable path is detected early.
  package init(path: String, decoding: DecodingOptions, pool: ThreadPool) throws {
    file = try OutputFile(path: path)
    (self.path, self.decoding, self.pool) = (path, decoding, pool)
  }

  /// Returns a name for each path: its last components, as many as distinguish it from the others.
  package static func names(of paths: [String]) -> [String: String] {
    var names: [String: String] = [:]
    var (rest, count) = (Set(paths), 1)
    while !rest.isEmpty {
      let ends = Dictionary(grouping: rest) { path in
        path.split(separator: "/").suffix(count).joined(separator: "/")
      }
      for (end, paths) in ends {
        for path in paths where paths.count == 1 || path.split(separator: "/").count <= count {
          names[path] = end
          rest.remove(path)
        }
      }
      count += 1
    }
    return names
  }

  private var isJPEG: Bool { !path.lowercased().hasSuffix(".png") }

  /// Writes the picture as PNG or JPEG, depending on its name, with as many rows as fit. Short rows
  /// are next to each other. An unreadable photo leaves an empty square.
  ///
  /// - Returns: The number of rows shown, and the errors of unreadable photos.
  /// - Throws: `FileError`, `ImageError`.
  package mutating func write(_ rows: [Row]) throws -> (shown: Int, problems: [ImageError]) {
    let rows = Array(rows.prefix(Self.mostRows))
    let names = Self.names(of: rows.flatMap { $0.cells.map(\.path) })
    var strips: [[PixelBuffer]] = []
    var problems: [ImageError] = []
    var (shown, height) = (0, 0)
    for strip in Self.strips(of: rows) {
      var pictures: [PixelBuffer] = []
      var unreadable: [ImageError] = []
      for row in strip {
        let drawn = drawn(row, names)
        pictures.append(drawn.picture)
        unreadable += drawn.problems
      }
      height += Self.height(of: pictures)
      if isJPEG, height > Self.mostJPEGHeight { break }
      strips.append(pictures)
      problems += unreadable
      shown += strip.count
    }
    if strips.isEmpty {
      strips = [[Self.font.line("nothing found", width: Self.width(columns: 1))]]
    }
    let picture = Self.stacked(strips)
    let bytes = isJPEG ? try picture.jpeg() : try picture.png()
    try file.write(bytes.span.bytes)
    try file.commit()
    return (shown, problems)
  }

  /// The width of a row, with a gap on both sides.
  private static func width(columns: Int) -> Int { gap + columns * (side + gap) }

  private static func width(of row: Row) -> Int {
    width(columns: min(max(row.cells.count, 1), columns))
  }

  /// The rows in their order; those of a strip are next to each other.
  private static func strips(of rows: [Row]) -> [[Row]] {
    var strips: [[Row]] = []
    var room = 0
    for row in rows {
      let width = width(of: row)
      if width <= room {
        strips[strips.count - 1].append(row)
      } else {
        strips.append([row])
        room = mostWidth
      }
      room -= width
    }
    return strips
  }

  private static func height(of strip: [PixelBuffer]) -> Int {
    strip.reduce(0) { max($0, $1.height) }
  }

  /// The strips below each other, each with its pictures from left to right.
  private static func stacked(_ strips: [[PixelBuffer]]) -> PixelBuffer {
    var sheet = PixelBuffer(
      width: strips.reduce(0) { widest, strip in max(widest, strip.reduce(0) { $0 + $1.width }) },
      height: strips.reduce(0) { $0 + height(of: $1) }, repeating: background)
    var top = 0
    for strip in strips {
      var left = 0
      for picture in strip {
        sheet.put(picture, left: left, top: top)
        left += picture.width
      }
      top += height(of: strip)
    }
    return sheet
  }

  /// The heading of a row above lines of photos with their captions.
  private func drawn(
    _ row: Row, _ names: [String: String]
  ) -> (picture: PixelBuffer, problems: [ImageError]) {
    let (gap, side) = (Self.gap, Self.side)
    let width = Self.width(of: row)
    let small = Font(size: 11, background: Self.background)
    let (photos, problems) = photos(at: row.cells.map(\.path))
    var parts = [(Self.font.line(row.heading, suffix: row.note, width: width - 2 * gap), gap, gap)]
    var top = gap + Self.font.lineHeight + gap / 2
    for first in stride(from: 0, to: photos.count, by: Self.columns) {
      let line = first..<min(first + Self.columns, photos.count)
      let bottom = top + photos[line].reduce(0) { max($0, $1.height) }
      for (column, index) in line.enumerated() {
        let (photo, left) = (photos[index], gap + column * (side + gap))
        let caption = Self.font.line(row.cells[index].caption, width: side)
        let name = names[row.cells[index].path] ?? ""
        // The photo stands on its caption.
        parts += [
          (photo, left + (side - photo.width) / 2, bottom - photo.height),
          (caption, left, bottom),
          (small.line(name, width: side), left, bottom + caption.height),
        ]
      }
      top = bottom + Self.font.lineHeight + small.lineHeight + gap
    }
    var picture = PixelBuffer(width: width, height: top, repeating: Self.background)
    for (part, left, top) in parts { picture.put(part, left: left, top: top) }
    return (picture, problems)
  }

  /// The photos, each in a square of ``side`` pixels, and the errors of unreadable ones.
  private func photos(at paths: [String]) -> ([PixelBuffer], problems: [ImageError]) {
    var results = Prefetcher(count: paths.count, ahead: 2 * pool.threads, pool: pool) {
      [decoding] index -> Result<PixelBuffer, ImageError> in
      Result { () throws(ImageError) in
        let photo = try PixelBuffer(contentsOf: paths[index], options: decoding)
        let longer = max(photo.width, photo.height)
        func scaled(_ length: Int) -> Int { max(1, length * Self.side / longer) }
        return photo.resized(
          width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
      }
    }
    var photos: [PixelBuffer] = []
    var problems: [ImageError] = []
    while let result = results.next() {
      switch result {
      case .success(let photo): photos.append(photo)
      case .failure(let problem):
        photos.append(PixelBuffer(width: Self.side, height: Self.side, repeating: 200))
        problems.append(problem)
      }
    }
    return (photos, problems)
  }
}
