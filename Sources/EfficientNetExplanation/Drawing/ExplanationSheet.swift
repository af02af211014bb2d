internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetImages
public import EfficientNetReports

/// Draws a photo next to heat maps of its explanations: one picture for each class or network, with
/// a colour bar.
///
///     let sheet = ExplanationSheet()
///     let explanations = try explainer.explain(photo, classes: .best(3))
///     let panels = explanations.map { ExplanationSheet.Panel($0) }
///     let png = try sheet.picture(of: photo, title: "cat.jpg", rows: [panels]).png()
public struct ExplanationSheet: Hashable, Sendable {
  /// The longer side of each picture in pixels.
  public let size: Int
  /// The colours, from no evidence to the strongest.
  public let colors: ColorMap
  /// How far the colours cover the photo, from 0 to 1.
  public let opacity: Double

  /// Creates a sheet.
  ///
  /// - Parameters:
  ///   - size: The longer side of each picture in pixels.
  ///   - colors: The colours of the heat maps.
  ///   - opacity: How far the colours cover the photo.
  /// - Precondition: `size` is in ``sizes`` and `opacity` is in 0...1.
  public init(size: Int = 360, colors: ColorMap = .inferno, opacity: Double = 0.55) {
    precondition(Self.sizes ~= size && 0...1 ~= opacity, "\(size) pixels, opacity \(opacity)")
    (self.size, self.colors, self.opacity) = (size, colors, opacity)
  }

  /// The valid values of ``size``.
  public static let sizes = 64...2048

  /// The largest number of panels of a sheet; drawing then takes less than a gigabyte of memory.
  public var mostPanels: Int { 32_000_000 / (size * size) }

  /// One explanation with its lines of text.
  public struct Panel: Hashable, Sendable {
    /// The explanation to draw.
    public var explanation: Explanation
    /// The lines of text below the picture.
    public var captions: [String]

    /// Creates a panel with the class, its probability and its logit as captions.
    ///
    /// - Parameters:
    ///   - explanation: The explanation to draw.
    ///   - heading: A first line of text; nil for none.
    ///   - label: The name of the class to show, if its own name is ambiguous.
    public init(_ explanation: Explanation, heading: String? = nil, label: String? = nil) {
      let prediction = explanation.prediction
      let percent = (100 * prediction.probability).fixed(1)
      let logit = Double(prediction.logit).significant(3)
      self.explanation = explanation
      captions =
        [heading, label ?? prediction.label, "\(percent)% · logit \(logit)"].compactMap(\.self)
      if explanation.map.peak <= 0 { captions.append("no evidence for it") }
    }
  }

  /// Draws the sheet.
  ///
  /// The photo is on the left, with a frame around the part that the first panel's network sees.
  /// The panels are to its right, row by row.
  ///
  /// - Parameters:
  ///   - photo: The photo.
  ///   - title: The title of the sheet.
  ///   - caption: The text below the photo.
  ///   - rows: The panels of each row.
  /// - Precondition: `rows` is not empty, no row is empty, and there are at most ``mostPanels``
  ///   panels.
  public func picture(
    of photo: PixelBuffer, title: String, caption: String = "what the network sees",
    rows: [[Panel]]
  ) -> PixelBuffer {
    let panels = rows.flatMap(\.self)
    precondition(
      !rows.isEmpty && rows.allSatisfy { !$0.isEmpty } && panels.count <= mostPanels,
      "\(panels.count) panels in \(rows.count) rows")
    let shown = resized(photo)
    let whole = (width: photo.width, height: photo.height)
    let lines = panels.map(\.captions.count).max() ?? 0
    let columns = 1 + (rows.map(\.count).max() ?? 0)
    let blank = PixelBuffer(width: shown.width, height: shown.height, repeating: 255)
    let framed = shown.framed(
      rows[0][0].explanation.region, size: whole, line: max(1, size / 360))
    // The photo is drawn in the first row only.
    var first = cell(framed, bar: nil, captions: [caption], lines: lines)
    var cells: [PixelBuffer] = []
    for row in rows {
      cells.append(first)
      first = cell(blank, bar: nil, captions: [], lines: lines)
      cells += row.map { panel in
        let map = panel.explanation.map
        let overlaid = shown.overlaid(
          with: map, region: panel.explanation.region, size: whole, colors: colors,
          opacity: Float(opacity))
        return cell(
          overlaid, bar: map.peak > 0 ? bar(height: shown.height, peak: map.peak) : nil,
          captions: panel.captions, lines: lines)
      }
      let none = PixelBuffer(width: 1, height: 1, repeating: 255)
      cells += repeatElement(none, count: columns - 1 - row.count)
    }
    let sheet = PixelBuffer.sheet(of: cells, columns: columns, gap: gap)
    let width = max(sheet.width, textWidth(title) + 2 * gap)
    var picture = PixelBuffer(
      width: width, height: font.lineHeight + gap + sheet.height, repeating: 255)
    picture.put(font.line(title, width: width - 2 * gap), left: gap, top: gap)
    picture.put(sheet, left: 0, top: font.lineHeight + gap)
    return picture
  }

  // MARK: - Parts

  private var font: Font { Font(size: max(10, size / 25)) }
  private var gap: Int { max(4, size / 40) }
  /// The widest number next to a bar.
  private static let widestNumber = "8.88e-88"
  /// The widest text, in multiples of the font's size; longer text is cut.
  private static let widestText = 60

  private func textWidth(_ text: String) -> Int {
    min(font.width(of: text), Self.widestText * font.size)
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

  /// A picture with a bar to its right and lines of text below.
  private func cell(
    _ picture: PixelBuffer, bar: PixelBuffer?, captions: [String], lines: Int
  ) -> PixelBuffer {
    let beside = bar.map { gap + $0.width } ?? 0
    let widest = captions.map(textWidth).max() ?? 0
    let width = max(picture.width + beside, widest)
    var top = PixelBuffer(
      width: width, height: max(picture.height, bar?.height ?? 0), repeating: 255)
    top.put(picture, left: 0, top: (top.height - picture.height) / 2)
    if let bar { top.put(bar, left: picture.width + gap, top: 0) }
    let text = (0..<lines).map { line in
      font.line(line < captions.count ? captions[line] : "", width: width)
    }
    return .stack([top] + text)
  }

  /// The colour bar over gray, with the strongest evidence at the top and numbers next to it.
  private func bar(height: Int, peak: Float) -> PixelBuffer {
    let height = max(height, 3 * font.lineHeight)
    // A line is at least one pixel wide, also without a font.
    let (width, numberWidth) = (2 * gap, max(font.width(of: Self.widestNumber), 1))
    var bar = PixelBuffer(
      width: width + gap / 2 + numberWidth, height: height, repeating: 255)
    func overGray(_ level: UInt8) -> UInt8 {
      UInt8((128 + opacity * (Double(level) - 128)).rounded())
    }
    for row in 0..<height {
      let color = colors.color(at: 1 - Float(row) / Float(max(height - 1, 1)))
      bar.fill(
        PixelRectangle(left: 0, top: row, width: width, height: 1), red: overGray(color.red),
        green: overGray(color.green), blue: overGray(color.blue))
    }
    for (value, place) in [(Double(peak), 0), (Double(peak) / 2, 1), (0, 2)] {
      let number = 0..<0.01 ~= value ? value.scientific(2) : value.significant(3)
      let text = font.line(number, width: numberWidth)
      bar.put(text, left: width + gap / 2, top: place * (height - text.height) / 2)
    }
    return bar
  }
}
