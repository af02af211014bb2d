package import EfficientNetCompute

/// The system's sans-serif font, antialiased, for text in pictures.
///
///     let label = Font(size: 14).line("3. goldfish", width: 200)
///
/// A character that is missing in the font comes from the first other font of the system that has
/// it; if none has it, a box is drawn. Hebrew and Arabic run from right to left. Letters are not
/// joined, so Arabic and the scripts of India are only partly legible. On a system without fonts, lines stay empty, and ``problem`` is not nil.
package struct Font: Hashable, Sendable {
  /// The height of the font's em square in pixels; a capital letter takes about 0.7 of it.
  package var size: Int
  /// The gray level behind the nearly black letters.
  package var background: UInt8

  private static let ink = 32
  /// Longer text is cut: a label in a file of somebody else may have millions of characters.
  private static let mostScalars = 1000

  /// Creates a font.
  ///
  /// - Precondition: `size` is from 4 to 1000.
  package init(size: Int, background: UInt8 = 255) {
    precondition(4...1000 ~= size, "letters of \(size) pixels")
    (self.size, self.background) = (size, background)
  }

  /// The problem and its remedy if the system has no font, otherwise nil.
  package static var problem: String? {
    SystemFonts.shared.isEmpty
      ? "no font found, so pictures have no text; install one, such as Debian's fonts-dejavu-core"
      : nil
  }

  /// The height of a line in pixels, including margins above and below.
  package var lineHeight: Int { size + size / 2 }

  /// Returns the width of a line of text in pixels, of at most its first 1,000 Unicode scalars.
  package func width(of text: String) -> Int {
    SystemFonts.shared.advances(of: Self.bounded(text), size: size).reduce(0, +)
  }

  private static func bounded(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.dropFirst(mostScalars).isEmpty ? text : String(scalars.prefix(mostScalars)) + "…"
  }

  /// Returns a picture of `width` × ``lineHeight`` pixels, at least one wide, with a line of text at
  /// its left.
  ///
  /// - Parameters:
  ///   - text: The text; it is shortened with "…" if it is too wide.
  ///   - suffix: Text behind it that is never shortened.
  ///   - width: The width of the picture in pixels.
  package func line(_ text: String, suffix: String = "", width: Int) -> PixelBuffer {
    let width = max(width, 1)
    let text = fitted(text, to: width - self.width(of: suffix)) + suffix
    var strip = PixelBuffer(width: width, height: lineHeight, repeating: background)
    // Center capital letters vertically.
    let baseline = (lineHeight + 7 * size / 10) / 2
    let (height, background) = (lineHeight, Int(background))
    strip.withMutableBytes { pixels in
      SystemFonts.shared.draw(text, size: size) { column, row, coverage in
        let row = baseline + row
        guard 0..<width ~= column, 0..<height ~= row else { return }
        let level = background + (Self.ink - background) * Int(coverage) / 255
        let place = 3 * (row * width + column)
        // Where letters overlap, the darker pixel counts.
        for channel in place..<(place + 3) { pixels[channel] = min(pixels[channel], UInt8(level)) }
      }
    }
    return strip
  }

  /// Returns the text, or its beginning and "…" if it is wider than `width` pixels.
  private func fitted(_ text: String, to width: Int) -> String {
    let text = Self.bounded(text)
    let advances = text.map { self.width(of: String($0)) }
    if text.isEmpty || advances.reduce(0, +) <= width { return text }
    var room = width - self.width(of: "…")
    let kept = zip(text, advances).prefix { _, advance in
      room -= advance
      return room >= 0
    }
    return String(kept.map(\.0)) + "…"
  }
}
