package import EfficientNetCompute

/// The common look of sheets: a title, the pictures, and notes that say what they show.
extension PixelBuffer {
  /// Returns the picture below a title and an introduction, and above notes.
  ///
  /// The title is a quarter larger than other text; it is cut if it is wider than the picture and
  /// than 60 times the font's size. Introduction and notes are wrapped.
  ///
  /// - Parameters:
  ///   - title: The title, in one line.
  ///   - introduction: Sentences between the title and the picture.
  ///   - notes: Paragraphs below the picture.
  ///   - font: The font of the introduction and the notes.
  ///   - margin: The number of pixels around the text.
  package func titled(
    _ title: String, introduction: String = "", notes: [String] = [], font: Font, margin: Int
  ) -> PixelBuffer {
    let large = Font(size: font.size * 5 / 4, background: font.background)
    let paragraphs = [introduction] + notes
    let widest = paragraphs.reduce(0) { max($0, font.width(of: $1)) }
    // Notes of a narrow picture may be wider than the picture, so that they have few lines.
    let text = max(
      width - 2 * margin, min(large.width(of: title), 60 * font.size), min(widest, 36 * font.size))
    func lines(_ paragraphs: [String]) -> [PixelBuffer] {
      paragraphs.filter { !$0.isEmpty }
        .flatMap { font.wrapped($0, to: text) }.map { font.line($0, width: text) }
    }
    let head = [large.line(title, width: text)] + lines([introduction])
    let foot = lines(notes)
    let height = head.reduce(margin) { $0 + $1.height }
    let bottom = foot.reduce(foot.isEmpty ? 0 : margin) { $0 + $1.height }
    var sheet = PixelBuffer(
      width: max(width, text + 2 * margin), height: height + self.height + bottom,
      repeating: font.background)
    var top = margin
    for line in head {
      sheet.put(line, left: margin, top: top)
      top += line.height
    }
    sheet.put(self, left: 0, top: top)
    top += self.height
    for line in foot {
      sheet.put(line, left: margin, top: top)
      top += line.height
    }
    return sheet
  }
}

extension Font {
  /// Returns a text as lines of at most `width` pixels, broken at spaces. A longer word gets
  /// its own line.
  package func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, self.width(of: "\(last) \(word)") <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
