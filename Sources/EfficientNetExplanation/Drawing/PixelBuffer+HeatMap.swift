internal import EfficientNet
package import EfficientNetCompute
internal import EfficientNetReports

extension Explanation {
  /// Returns the photo with the heat map over it, without text.
  ///
  /// - Parameters:
  ///   - photo: The photo that was explained.
  ///   - most: The longer side in pixels of the picture, at most that of the photo.
  package func overlay(on photo: PixelBuffer, most: Int = 720) -> PixelBuffer {
    let longer = max(photo.width, photo.height)
    let size = min(longer, most)
    let shown =
      size == longer
      ? photo
      : photo.resized(
        width: max(1, photo.width * size / longer), height: max(1, photo.height * size / longer),
        interpolation: .bicubic)
    return shown.overlaid(
      with: map, region: region, size: (photo.width, photo.height), colors: .inferno,
      opacity: 0.55)
  }
}

extension PixelBuffer {
  /// The photo with a heat map over it. Values of zero or less have the first color, the peak the
  /// last.
  ///
  /// A map without positive values leaves the photo as it is. Parts outside the region are gray and
  /// pale.
  ///
  /// - Parameters:
  ///   - region: The part of the photo that the map covers, in pixels of the original photo.
  ///   - size: The size of the original photo, of which this one may be a scaled copy.
  ///   - colors: The colors, from the lowest value to the peak.
  ///   - opacity: How far the colors cover the photo, from 0 to 1.
  func overlaid(
    with map: ActivationMap, region: PhotoRegion, size: (width: Int, height: Int),
    colors: ColorMap, opacity: Float
  ) -> PixelBuffer {
    var overlaid = self
    let peak = map.peak
    let opacity = peak > 0 ? opacity : 0
    overlaid.withMutableBytes { bytes in
      for row in 0..<height {
        let y = (Double(row) + 0.5) / Double(height) * Double(size.height)
        let down = (y - region.top) / region.height
        for column in 0..<width {
          let x = (Double(column) + 0.5) / Double(width) * Double(size.width)
          let across = (x - region.left) / region.width
          let place = 3 * (row * width + column)
          if 0..<1 ~= across, 0..<1 ~= down {
            let color = colors.color(at: peak > 0 ? map.value(x: across, y: down) / peak : 0)
            for (channel, target) in [color.red, color.green, color.blue].enumerated() {
              let pixel = Float(bytes[place + channel])
              bytes[place + channel] = UInt8((pixel + opacity * (Float(target) - pixel)).rounded())
            }
          } else {
            let gray = gray(at: place)
            for channel in 0..<3 { bytes[place + channel] = 160 + gray / 4 }
          }
        }
      }
    }
    return overlaid
  }

  /// Returns the rectangle of a region in this picture, which may be a scaled copy of the photo;
  /// nil if the region is the whole photo.
  ///
  /// - Parameters:
  ///   - region: The region, in pixels of the original photo.
  ///   - size: The size of the original photo.
  func frame(_ region: PhotoRegion, of size: (width: Int, height: Int)) -> PixelRectangle? {
    func place(_ point: Double, of length: Int, in pixels: Int) -> Int {
      Int((min(max(point / Double(length), 0), 1) * Double(pixels)).rounded())
    }
    let left = place(region.left, of: size.width, in: width)
    let right = place(region.left + region.width, of: size.width, in: width)
    let top = place(region.top, of: size.height, in: height)
    let bottom = place(region.top + region.height, of: size.height, in: height)
    guard left > 0 || top > 0 || right < width || bottom < height else { return nil }
    return PixelRectangle(left: left, top: top, width: right - left, height: bottom - top)
  }

  /// Returns the picture with a frame inside a rectangle, of lines that are `line` pixels thick.
  func framed(_ frame: PixelRectangle, line: Int = 1) -> PixelBuffer {
    var framed = self
    // White between black lines is visible on any photo.
    for margin in 0..<4 * line {
      let gray: UInt8 = line..<3 * line ~= margin ? 255 : 0
      framed.outline(
        PixelRectangle(
          left: frame.left + margin, top: frame.top + margin, width: frame.width - 2 * margin,
          height: frame.height - 2 * margin), gray: gray)
    }
    return framed
  }

  private mutating func outline(_ rectangle: PixelRectangle, gray: UInt8) {
    guard rectangle.width > 0, rectangle.height > 0 else { return }
    let (right, bottom) = (rectangle.left + rectangle.width, rectangle.top + rectangle.height)
    for edge in [
      PixelRectangle(left: rectangle.left, top: rectangle.top, width: rectangle.width, height: 1),
      PixelRectangle(left: rectangle.left, top: bottom - 1, width: rectangle.width, height: 1),
      PixelRectangle(left: rectangle.left, top: rectangle.top, width: 1, height: rectangle.height),
      PixelRectangle(left: right - 1, top: rectangle.top, width: 1, height: rectangle.height),
    ] { fill(edge, red: gray, green: gray, blue: gray) }
  }

  /// The brightness of the pixel whose first byte is at `place`, by ITU-R BT.601.
  private func gray(at place: Int) -> UInt8 {
    let sum = 299 * Int(bytes[place]) + 587 * Int(bytes[place + 1]) + 114 * Int(bytes[place + 2])
    return UInt8(sum / 1000)
  }
}
