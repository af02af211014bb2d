#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetCompute
  import EfficientNetImages

  /// Small pictures of photos in rows with a heading each, as one picture: what --sheet writes.
  struct PhotoSheet {
    /// A photo, and a number or a word that stands below it with its name.
    struct Cell {
      let path: String
      let caption: String

      /// The last part of its path.
      var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    }

    /// Photos of a row, with a heading.
    struct Row {
      let heading: String
      var cells: [Cell]
    }

    /// The most rows of a sheet, and the most photos of a row: what can still be looked at.
    static let (mostRows, mostCells) = (100, 24)
    private static let (side, columns) = (160, 6)
    private static let background: UInt8 = 224

    /// - Throws: `ValidationError` unless a path is nil or that of a picture.
    static func check(_ path: String?) throws {
      guard let path = path?.lowercased() else { return }
      guard [".png", ".jpg", ".jpeg"].contains(where: path.hasSuffix) else {
        throw ValidationError("--sheet \(path): it is a .png or .jpg file")
      }
    }

    let decoding: DecodingOptions
    let pool: ThreadPool

    /// Writes a sheet as PNG or, where the path ends so, as JPEG. A photo that cannot be read has an empty place.
    ///
    /// - Parameter inputs: Files that are not replaced.
    /// - Throws: `FileError`, `ImageError`, `ValidationError`.
    func write(_ rows: [Row], to path: String, besides inputs: some Sequence<String>) throws {
      if FileStamp(path: path) != nil, let input = inputs.first(where: { isSameFile(path, $0) }) {
        throw ValidationError("--sheet \(path) would replace \(input), which is read")
      }
      let font = PixelFont(scale: 2, background: Self.background)
      let small = PixelFont(scale: 1, background: Self.background)
      let sheet = ContactSheet(columns: Self.columns, background: Self.background)
      let width = sheet.gap + Self.columns * (Self.side + sheet.gap)
      var strips: [PixelBuffer] = []
      for row in rows.prefix(Self.mostRows) {
        let heading = ContactSheet(columns: 1, gap: sheet.gap, background: Self.background)
        strips.append(
          heading.picture(of: [font.line(row.heading, width: width - 2 * sheet.gap)]))
        let cells = row.cells.prefix(Self.mostCells)
        var pictures = zip(pictures(of: cells), cells).map { picture, cell in
          PixelBuffer.stack([
            picture, font.line(cell.caption, width: Self.side),
            small.line(cell.name, width: Self.side),
          ])
        }
        // Rows are all as wide.
        while pictures.count < Self.columns {
          pictures.append(
            PixelBuffer(width: Self.side, height: 1, repeating: Self.background))
        }
        strips.append(sheet.picture(of: pictures))
      }
      if strips.isEmpty { strips = [font.line("nothing was found", width: width)] }
      let picture = PixelBuffer.stack(strips)
      let isJPEG = path.lowercased().hasSuffix(".jpg") || path.lowercased().hasSuffix(".jpeg")
      let bytes = isJPEG ? try picture.jpeg() : try picture.png()
      var file = try OutputFile(path: path)
      try file.write(bytes.span.bytes)
      try file.commit()
    }

    /// The photos, each in the middle of a square.
    private func pictures(of cells: ArraySlice<Cell>) -> [PixelBuffer] {
      let paths = cells.map(\.path)
      var photos = Prefetcher(count: paths.count, ahead: 2 * pool.threads, pool: pool) {
        [decoding] index -> PixelBuffer? in
        guard let photo = try? PixelBuffer(contentsOf: paths[index], options: decoding) else {
          return nil
        }
        let longer = max(photo.width, photo.height)
        func scaled(_ length: Int) -> Int { max(1, length * Self.side / longer) }
        return photo.resized(
          width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
      }
      var pictures: [PixelBuffer] = []
      while let photo = photos.next() {
        var square = PixelBuffer(
          width: Self.side, height: Self.side, repeating: photo == nil ? 200 : Self.background)
        if let photo {
          square.put(
            photo, left: (Self.side - photo.width) / 2, top: (Self.side - photo.height) / 2)
        }
        pictures.append(square)
      }
      return pictures
    }
  }
#endif
