public import EfficientNetCompute

/// Pictures side by side, as one.
///
///     let sheet = ContactSheet(columns: 8).picture(of: shown)
public struct ContactSheet: Hashable, Sendable {
  /// Pictures in a row.
  public var columns: Int
  /// Pixels between pictures, and around them.
  public var gap: Int
  /// The gray of what no picture covers.
  public var background: UInt8

  /// A sheet of so many columns.
  ///
  /// - Precondition: there is a column, and the gap is not negative.
  public init(columns: Int, gap: Int = 4, background: UInt8 = 255) {
    precondition(columns >= 1 && gap >= 0, "\(columns) columns, \(gap) pixels apart")
    (self.columns, self.gap, self.background) = (columns, gap, background)
  }

  /// The pictures row by row, each in the middle of a cell that the largest of them fills.
  ///
  /// - Precondition: there is a picture.
  public func picture(of pictures: [PixelBuffer]) -> PixelBuffer {
    precondition(!pictures.isEmpty, "a contact sheet needs a picture")
    let cell = (
      width: pictures.reduce(0) { max($0, $1.width) },
      height: pictures.reduce(0) { max($0, $1.height) }
    )
    let columns = min(columns, pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    var sheet = PixelBuffer(
      width: gap + columns * (cell.width + gap), height: gap + rows * (cell.height + gap),
      repeating: background)
    for (index, picture) in pictures.enumerated() {
      sheet.put(
        picture,
        left: gap + index % columns * (cell.width + gap) + (cell.width - picture.width) / 2,
        top: gap + index / columns * (cell.height + gap) + (cell.height - picture.height) / 2)
    }
    return sheet
  }
}

extension PixelBuffer {
  /// Pictures of the same width, one below the other.
  ///
  /// - Precondition: there is a picture.
  static func stack(_ pictures: [PixelBuffer]) -> PixelBuffer {
    for picture in pictures {
      precondition(
        picture.width == pictures[0].width,
        "\(picture.width) pixels below \(pictures[0].width)")
    }
    return PixelBuffer(
      width: pictures[0].width, height: pictures.reduce(0) { $0 + $1.height },
      bytes: pictures.flatMap(\.bytes))
  }

  /// The picture with squares of `factor` × `factor` pixels in place of each.
  func enlarged(by factor: Int) -> PixelBuffer {
    guard factor > 1 else { return self }
    var enlarged: [UInt8] = []
    enlarged.reserveCapacity(factor * factor * bytes.count)
    for row in 0..<height {
      let pixels = (0..<width).map {
        bytes[(3 * (row * width + $0))..<(3 * (row * width + $0) + 3)]
      }
      let line = pixels.flatMap { pixel in repeatElement(pixel, count: factor).joined() }
      for _ in 0..<factor { enlarged += line }
    }
    return PixelBuffer(width: factor * width, height: factor * height, bytes: enlarged)
  }

  /// Copies a picture into this one.
  fileprivate mutating func put(_ picture: PixelBuffer, left: Int, top: Int) {
    for row in 0..<picture.height {
      let start = 3 * ((top + row) * width + left)
      let source = (3 * row * picture.width)..<(3 * (row + 1) * picture.width)
      bytes.replaceSubrange(start..<(start + source.count), with: picture.bytes[source])
    }
  }
}
