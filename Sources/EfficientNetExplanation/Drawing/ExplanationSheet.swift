internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetImages
public import EfficientNetReports

/// Draws a photo next to heat maps of its explanations: one picture for each class or network, with
/// a color bar.
///
///     let sheet = ExplanationSheet()
///     let explanations = try explainer.explain(photo, classes: .best(3))
///     let panels = explanations.map { ExplanationSheet.Panel($0) }
///     let png = try sheet.picture(of: photo, title: "cat.jpg", rows: [panels]).png()
public struct ExplanationSheet: Hashable, Sendable {
  /// The longer side of each picture in pixels.
  public let size: Int
  /// The colors, from no evidence to the strongest.
  public let colors: ColorMap
  /// The opacity of the colors over the photo, from 0 to 1.
  public let opacity: Double

  /// Creates a sheet.
  ///
  /// - Parameters:
  ///   - size: The longer side of each picture in pixels. A value outside of ``sizes`` becomes the
  ///     nearest valid one.
  ///   - colors: The colors of the heat maps.
  ///   - opacity: How far the colors cover the photo. A value below 0 becomes 0, one above 1
  ///     becomes 1, and NaN becomes the default.
  public init(size: Int = 360, colors: ColorMap = .inferno, opacity: Double = 0.55) {
    self.size = min(max(size, Self.sizes.lowerBound), Self.sizes.upperBound)
    self.colors = colors
    self.opacity = opacity.isNaN ? Self.standardOpacity : min(max(opacity, 0), 1)
  }

  private static let standardOpacity = 0.55

  /// The valid values of ``size``.
  public static let sizes = 64...2048

  /// Whether the system has a font. Without one, sheets have no text: no title, no captions, no
  /// numbers next to the color bar. Debian's package fonts-dejavu-core has a font.
  ///
  /// The fonts are searched once, at the first use; a font that is installed later is not found.
  public static var hasFont: Bool { Font.problem == nil }

  /// The largest number of panels of a sheet; drawing then takes less than a gigabyte of memory.
  public var mostPanels: Int { 32_000_000 / (size * size) }

  /// One explanation with its lines of text.
  public struct Panel: Hashable, Sendable {
    /// The explanation to draw.
    public var explanation: Explanation
    /// The lines of text above the picture.
    public var captions: [String]

    /// Creates a panel whose captions are the strength of the evidence in words, such as "strong
    /// evidence for espresso", and the probabilities of the class and of its rival.
    ///
    /// - Parameters:
    ///   - explanation: The explanation to draw.
    ///   - heading: A first line of text; nil for none.
    ///   - label: The name of the class to show, if its own name is ambiguous.
    ///   - rival: The name of the rival to show, if its own name is ambiguous.
    public init(
      _ explanation: Explanation, heading: String? = nil, label: String? = nil,
      rival: String? = nil
    ) {
      self.explanation = explanation
      captions = [
        heading, explanation.verdict(label, rival: rival),
        explanation.probabilities(rival: rival),
      ].compactMap(\.self)
      if explanation.map.peak <= 0 { captions.append("no region speaks for it") }
    }
  }

  /// Draws the sheet.
  ///
  /// The photo is on the left, with a frame around the part that the first panel's network sees.
  /// The panels are to its right, row by row. Notes below explain the colors. On a system without
  /// fonts the sheet has no text; see ``hasFont``.
  ///
  /// Drawing computes on the calling thread until it has finished. Do not call it in a task of a
  /// server, which it would block.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - title: The title of the sheet.
  ///   - caption: The text above the photo; nil to say which part the network sees.
  ///   - rows: The panels of each row. Rows without panels are left out.
  /// - Throws: ``ExplanationError/panels(count:limit:)`` if there are no panels or more than
  ///   ``mostPanels``.
  public func picture(
    of photo: PixelBuffer, title: String, caption: String? = nil, rows: [[Panel]]
  ) throws(ExplanationError) -> PixelBuffer {
    try picture(of: photo, title: title, caption: caption, viewer: "the network", rows: rows)
  }

  /// Draws the sheet; `viewer` is the name of the first panel's network in the caption.
  func picture(
    of photo: PixelBuffer, title: String, caption: String? = nil, viewer: String, rows: [[Panel]]
  ) throws(ExplanationError) -> PixelBuffer {
    let rows = rows.filter { !$0.isEmpty }
    let panels = rows.flatMap(\.self)
    guard 1...mostPanels ~= panels.count else {
      throw .panels(count: panels.count, limit: mostPanels)
    }
    let shown = resized(photo)
    let whole = (width: photo.width, height: photo.height)
    let frame = shown.frame(panels[0].explanation.region, of: whole)
    let caption =
      caption
      ?? (frame == nil ? "\(viewer) sees the whole photo" : "\(viewer) sees what is in the frame")
    let captions = panels.map(\.captions)
    let lines = captions.reduce(1) { max($0, $1.count) }
    // All panels have the same size.
    let size = (
      width: max(
        shown.width + 2 * gap + barWidth, captions.joined().reduce(0) { max($0, textWidth($1)) }),
      lines: lines
    )
    let columns = rows.reduce(0) { max($0, $1.count) }
    let none = PixelBuffer(width: 1, height: 1, repeating: 255)
    var cells: [PixelBuffer] = []
    for row in rows {
      cells += row.map { panel in
        let map = panel.explanation.map
        let overlaid = shown.overlaid(
          with: map, region: panel.explanation.region, size: whole, colors: colors,
          opacity: Float(opacity))
        return cell(
          overlaid, bar: map.peak > 0 ? bar(height: shown.height) : nil,
          captions: panel.captions, size)
      }
      cells += repeatElement(none, count: columns - row.count)
    }
    let grid = PixelBuffer.sheet(of: cells, columns: columns, gap: gap)
    // The photo is left of the first row. It has no bar, so it needs less width than a panel.
    let framed = frame.map { shown.framed($0, line: max(1, self.size / 360)) } ?? shown
    let left = cell(
      framed, bar: nil, captions: [caption],
      (width: max(shown.width, textWidth(caption)), lines: lines))
    var sheet = PixelBuffer(
      width: gap + left.width + grid.width, height: grid.height, repeating: 255)
    sheet.put(left, left: gap, top: gap)
    sheet.put(grid, left: gap + left.width, top: 0)
    let hasCut = panels.contains { shown.frame($0.explanation.region, of: whole) != nil }
    return
      sheet
      .titled(title, notes: notes(panels: panels.count, hasCut: hasCut), font: font, margin: gap)
  }

  // MARK: - Parts

  private var font: Font { Font(size: max(10, size / 25)) }
  private var gap: Int { max(4, size / 40) }
  /// The widest text, in multiples of the font's size; longer text is cut.
  private static let widestText = 60

  private func textWidth(_ text: String) -> Int {
    min(font.width(of: text), Self.widestText * font.size)
  }

  /// The paragraphs that explain the colors, the words and the percentages.
  func notes(panels: Int, hasCut: Bool) -> [String] {
    var colors = "Yellow regions speak most for the class, dark ones do not or speak against it."
    if hasCut { colors += " Gray regions were cut off before the network saw the photo." }
    if panels > 1 {
      colors += " Each picture has its own color scale: its strongest region is yellow."
    }
    return [
      colors,
      "The words and the percentages above a picture say how sure the network is of the class. The "
        + "colors only compare the regions of one picture.",
    ]
  }

  /// The photo scaled to a longer side of ``size``; the shorter side is at least 8 pixels.
  private func resized(_ photo: PixelBuffer) -> PixelBuffer {
    let longer = max(photo.width, photo.height)
    func scaled(_ side: Int) -> Int {
      max(8, Int((Double(side) * Double(size) / Double(longer)).rounded()))
    }
    return photo.resized(
      width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
  }

  /// A picture with lines of text above and a bar to its right.
  private func cell(
    _ picture: PixelBuffer, bar: PixelBuffer?, captions: [String],
    _ size: (width: Int, lines: Int)
  ) -> PixelBuffer {
    // The text is next to the picture, so that empty lines are at the top.
    let empty = Array(repeating: "", count: size.lines - captions.count)
    let text = (empty + captions).map { font.line($0, width: size.width) }
    var bottom = PixelBuffer(
      width: size.width, height: max(picture.height, lowestBar), repeating: 255)
    bottom.put(picture, left: 0, top: 0)
    if let bar { bottom.put(bar, left: picture.width + gap, top: 0) }
    return .stack(text + [bottom])
  }

  // MARK: - Color bar

  /// The words at the upper and the lower end of a bar. They are not numbers: numbers of two
  /// pictures cannot be compared, and would seem to contradict the words of the captions.
  private static let barEnds = (upper: "strongest", lower: "none")

  private var colorWidth: Int { 2 * gap }
  private var wordWidth: Int {
    // A line is at least one pixel wide, also without a font.
    [Self.barEnds.upper, Self.barEnds.lower].reduce(1) { max($0, font.width(of: $1)) }
  }
  private var barWidth: Int { colorWidth + gap / 2 + wordWidth }
  private var lowestBar: Int { 2 * font.lineHeight }

  /// The color bar over gray, with the strongest evidence at the top. Evidence against the class
  /// has the color of none.
  private func bar(height: Int) -> PixelBuffer {
    let height = max(height, lowestBar)
    var bar = PixelBuffer(width: barWidth, height: height, repeating: 255)
    func overGray(_ level: UInt8) -> UInt8 {
      UInt8((128 + opacity * (Double(level) - 128)).rounded())
    }
    for row in 0..<height {
      let color = colors.color(at: 1 - Float(row) / Float(height - 1))
      bar.fill(
        PixelRectangle(left: 0, top: row, width: colorWidth, height: 1),
        red: overGray(color.red), green: overGray(color.green), blue: overGray(color.blue))
    }
    let upper = font.line(Self.barEnds.upper, width: wordWidth)
    let lower = font.line(Self.barEnds.lower, width: wordWidth)
    bar.put(upper, left: colorWidth + gap / 2, top: 0)
    bar.put(lower, left: colorWidth + gap / 2, top: height - lower.height)
    return bar
  }
}
