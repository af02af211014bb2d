internal import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages
internal import EfficientNetTraining

/// A photo and beside it what a network sees where: a picture for each class or network, with a bar that says what colours
/// mean.
///
///     let sheet = ExplanationSheet()
///     let panels = try explainer.explain(photo).map { ExplanationSheet.Panel($0) }
///     let png = try sheet.picture(of: photo, title: "cat.jpg", panels: panels).png()
public struct ExplanationSheet: Hashable, Sendable {
  /// The longer side of each picture in pixels.
  public var size: Int
  /// The colours, from no evidence to the most that there is.
  public var colors: ColorMap
  /// How far the colours cover the photo, from 0 to 1.
  public var opacity: Double

  /// A sheet.
  ///
  /// - Precondition: `size` is from ``sizes``, and `opacity` from 0 to 1.
  public init(size: Int = 360, colors: ColorMap = .inferno, opacity: Double = 0.55) {
    precondition(Self.sizes ~= size && 0...1 ~= opacity, "\(size) pixels, opacity \(opacity)")
    (self.size, self.colors, self.opacity) = (size, colors, opacity)
  }

  /// The sizes that pictures may have.
  public static let sizes = 64...4096

  /// One explanation and the lines below it.
  public struct Panel: Hashable, Sendable {
    /// What is drawn.
    public var explanation: Explanation
    /// Lines of text.
    public var captions: [String]

    /// A panel; its captions are the class and its probability, below what `heading` says.
    public init(_ explanation: Explanation, heading: String? = nil) {
      let prediction = explanation.prediction
      let percent = (100 * prediction.probability).fixed(1)
      let logit = Double(prediction.logit).significant(3)
      self.explanation = explanation
      captions =
        [heading, prediction.label, "\(percent)% · logit \(logit)"].compactMap(\.self)
    }
  }

  /// The sheet: the photo, its network's part framed, then the panels, `columns` pictures in a row.
  ///
  /// - Precondition: there is a panel.
  public func picture(
    of photo: PixelBuffer, title: String, panels: [Panel], columns: Int = 4
  ) -> PixelBuffer {
    precondition(!panels.isEmpty && columns >= 1, "\(panels.count) panels in \(columns) columns")
    let shown = resized(photo)
    let whole = (width: photo.width, height: photo.height)
    let lines = panels.map(\.captions.count).max() ?? 0
    let framed = shown.framed(panels[0].explanation.region, size: whole)
    var cells = [cell(framed, bar: nil, captions: ["what the network sees"], lines: lines)]
    for panel in panels {
      let explanation = panel.explanation
      let covered = shown.covered(
        by: explanation.map, region: explanation.region, size: whole, colors: colors,
        opacity: Float(opacity))
      cells.append(
        cell(
          covered, bar: bar(height: shown.height, peak: explanation.map.peak),
          captions: panel.captions, lines: lines))
    }
    let sheet = ContactSheet(columns: columns, gap: gap).picture(of: cells)
    let heading = font.line(title, width: sheet.width - 2 * gap)
    return .stack([ContactSheet(columns: 1, gap: gap).picture(of: [heading]), sheet])
  }

  // MARK: - Parts

  private var font: PixelFont { PixelFont(scale: max(1, size / 160)) }
  private var gap: Int { max(4, size / 40) }
  /// Letters of the numbers beside a bar.
  private let digits = 6

  /// The photo so that its longer side is ``size``.
  private func resized(_ photo: PixelBuffer) -> PixelBuffer {
    let longer = max(photo.width, photo.height)
    func scaled(_ side: Int) -> Int {
      max(1, Int((Double(side) * Double(size) / Double(longer)).rounded()))
    }
    return photo.resized(
      width: scaled(photo.width), height: scaled(photo.height), interpolation: .bicubic)
  }

  /// A picture with a bar beside it and lines of text below, all cells of a sheet as wide.
  private func cell(
    _ picture: PixelBuffer, bar: PixelBuffer?, captions: [String], lines: Int
  ) -> PixelBuffer {
    let beside = bar.map { gap + $0.width } ?? 0
    let width = max(picture.width + beside, size / 2)
    var top = PixelBuffer(
      width: width, height: max(picture.height, bar?.height ?? 0), repeating: 255)
    let left = (width - picture.width - beside) / 2
    top.put(picture, left: left, top: (top.height - picture.height) / 2)
    if let bar { top.put(bar, left: left + picture.width + gap, top: 0) }
    let text = (0..<lines).map { line in
      font.line(line < captions.count ? captions[line] : "", width: width)
    }
    return .stack([top] + text)
  }

  /// The colours from the most evidence at the top to none at the bottom, with numbers.
  private func bar(height: Int, peak: Float) -> PixelBuffer {
    let height = max(height, 3 * font.lineHeight)
    let width = 2 * gap
    var bar = PixelBuffer(
      width: width + gap / 2 + digits * font.advance, height: height, repeating: 255)
    for row in 0..<height {
      let color = colors.color(at: 1 - Float(row) / Float(max(height - 1, 1)))
      bar.fill(
        PixelRectangle(left: 0, top: row, width: width, height: 1), red: color.red,
        green: color.green, blue: color.blue)
    }
    let most = Double(max(peak, 0))
    for (value, place) in [(most, 0), (most / 2, 1), (0, 2)] {
      let number = 0..<0.01 ~= value ? value.scientific(2) : value.significant(3)
      let text = font.line(number, width: digits * font.advance)
      bar.put(text, left: width + gap / 2, top: place * (height - text.height) / 2)
    }
    return bar
  }
}
