internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetImages
public import EfficientNetReports

/// A photo and beside it what a network sees where: a picture for each class or network, with a bar that says what colours
/// mean.
///
///     let sheet = ExplanationSheet()
///     let panels = try explainer.explain(photo, classes: .best(3)).map { ExplanationSheet.Panel($0) }
///     let png = try sheet.picture(of: photo, title: "cat.jpg", rows: [panels]).png()
public struct ExplanationSheet: Hashable, Sendable {
  /// The longer side of each picture in pixels.
  public let size: Int
  /// The colours, from no evidence to the most that there is.
  public let colors: ColorMap
  /// How far the colours cover the photo, from 0 to 1.
  public let opacity: Double

  /// A sheet.
  ///
  /// - Precondition: `size` is from ``sizes``, and `opacity` from 0 to 1.
  public init(size: Int = 360, colors: ColorMap = .inferno, opacity: Double = 0.55) {
    precondition(Self.sizes ~= size && 0...1 ~= opacity, "\(size) pixels, opacity \(opacity)")
    (self.size, self.colors, self.opacity) = (size, colors, opacity)
  }

  /// The sizes that pictures may have.
  public static let sizes = 64...2048

  /// The most panels that a sheet may have, so that it takes less than a gigabyte to draw.
  public var mostPanels: Int { 32_000_000 / (size * size) }

  /// One explanation and the lines below it.
  public struct Panel: Hashable, Sendable {
    /// What is drawn.
    public var explanation: Explanation
    /// Lines of text.
    public var captions: [String]

    /// A panel; its captions are the class and its probability, below what `heading` says.
    ///
    /// - Parameter label: What the class is called, if its name does not tell it from others.
    public init(_ explanation: Explanation, heading: String? = nil, label: String? = nil) {
      let prediction = explanation.prediction
      let percent = (100 * prediction.probability).fixed(1)
      let logit = Double(prediction.logit).significant(3)
      self.explanation = explanation
      captions =
        [heading, label ?? prediction.label, "\(percent)% · logit \(logit)"].compactMap(\.self)
      if explanation.map.peak <= 0 { captions.append("nothing speaks for it") }
    }
  }

  /// The sheet: the photo, with a frame around what the first panel's network sees of it, and beside it row below row the panels.
  ///
  /// - Parameter caption: What stands below the photo.
  /// - Precondition: there is a panel in each row, and no more than ``mostPanels`` in all.
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
    // The photo is shown once; below it there is nothing.
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
  /// The widest number beside a bar.
  private static let widestNumber = "8.88e-88"
  /// Letters of a line of text for which a sheet becomes wider.
  private static let mostLetters = 120

  private func textWidth(_ text: String) -> Int {
    font.width(of: String(text.prefix(Self.mostLetters)))
  }

  /// The photo so that its longer side is ``size``; the shorter one has at least a few pixels.
  private func resized(_ photo: PixelBuffer) -> PixelBuffer {
    let longer = max(photo.width, photo.height)
    func scaled(_ side: Int) -> Int {
      max(8, Int((Double(side) * Double(size) / Double(longer)).rounded()))
    }
    return photo.resized(
      width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
  }

  /// A picture with a bar beside it and lines of text below.
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

  /// The colours from the most evidence at the top to none at the bottom, as they look over a gray photo, with numbers.
  private func bar(height: Int, peak: Float) -> PixelBuffer {
    let height = max(height, 3 * font.lineHeight)
    let (width, numberWidth) = (2 * gap, font.width(of: Self.widestNumber))
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
