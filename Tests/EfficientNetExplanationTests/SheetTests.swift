import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNet
@testable import EfficientNetExplanation

@Suite("Explanation sheet") struct SheetTests {
  private let prediction = Prediction(
    index: 3, label: "tabby", wnid: nil, probability: 0.5, logit: 2)

  private func explanation(_ photo: PixelBuffer, _ values: [Float] = [0, 1, 2, 3]) -> Explanation {
    let preprocessing = Preprocessing(
      resize: 256, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    return Explanation(
      prediction: prediction, map: ActivationMap(width: 2, height: 2, values: values),
      region: preprocessing.region(width: photo.width, height: photo.height))
  }

  /// Photos of any size and shape give a sheet of two pictures with room for text.
  @Test func anyPhoto() throws {
    for (width, height) in [
      (1, 1), (3, 2), (400, 300), (3000, 2000), (1, 5000), (5000, 1), (64, 2000),
    ] {
      let photo = PixelBuffer(width: width, height: height, repeating: 100)
      let sheet = ExplanationSheet(size: 160)
      let picture = try sheet.picture(
        of: photo, title: "photo.png", rows: [[.init(explanation(photo))]])
      #expect(picture.width >= 160 && picture.width < 800, "\(width)×\(height)")
      #expect(picture.height > 50 && picture.height < 400, "\(width)×\(height)")
    }
  }

  /// In a comparison, each panel says which network it is of and which class it explains.
  @Test func comparison() throws {
    let photo = PixelBuffer(width: 40, height: 30, repeating: 100)
    let pool = ThreadPool(threads: 1)
    let networks = try ["a", "b"].map { name in
      try ExplainedNetwork(
        name: name, model: Formula.model(Architecture.tiny[0]), method: .classActivation,
        pool: pool, precision: .float32)
    }
    let row = networks.map { _ in explanation(photo) }
    let panels = ExplanationSheet.panels([row], by: networks)
    let label = networks[0].title(of: 3)
    #expect(panels[0].map { $0.captions[0] } == ["a · \(label)", "b · \(label)"])
    let alone = ExplanationSheet.panels([[row[0]]], by: [networks[0]])
    #expect(alone[0][0].captions.first == "weak evidence for \(label)")
  }

  /// Captions and the title are never cut, even if the photo is narrow.
  @Test func textHasRoom() throws {
    let sheet = ExplanationSheet(size: 64)
    let photo = PixelBuffer(width: 9, height: 16, repeating: 100)
    func width(_ title: String, _ caption: String) throws -> Int {
      try sheet.picture(
        of: photo, title: title, caption: caption, rows: [[.init(explanation(photo))]]
      ).width
    }
    let font = Font(size: 10)
    let text = String(repeating: "n", count: 60)
    #expect(try width("t", text) >= font.width(of: text))
    #expect(try width(text, "c") >= font.width(of: text))
    // Longer text is cut, also if it is a single character of a million scalars.
    #expect(try width(String(repeating: "n", count: 5000), "c") < 1000)
    #expect(try width("t", String(repeating: "\u{1100}", count: 1_000_000)) < 2000)
  }

  /// The notes say what gray is if a part of the photo is cut off, and that color scales differ if
  /// there are several.
  @Test func notes() {
    let sheet = ExplanationSheet()
    func words(panels: Int, hasCut: Bool) -> String {
      sheet.notes(panels: panels, hasCut: hasCut).joined(separator: " ")
    }
    #expect(words(panels: 1, hasCut: false).contains("Yellow regions speak most for the class"))
    #expect(!words(panels: 1, hasCut: false).contains("Gray"))
    #expect(words(panels: 1, hasCut: true).contains("Gray regions were cut off"))
    #expect(!words(panels: 1, hasCut: true).contains("color scale"))
    #expect(words(panels: 2, hasCut: false).contains("Each picture has its own color scale"))
    // The words above a picture and its colors are about different things.
    #expect(words(panels: 1, hasCut: false).contains("say how sure the network is of the class."))
    #expect(words(panels: 1, hasCut: false).contains("colors only compare the regions of one"))
  }

  /// The color bar has words instead of numbers, so a map of other units gives the same sheet.
  @Test func barWithoutNumbers() throws {
    let photo = PixelBuffer(width: 80, height: 80, repeating: 100)
    func picture(_ values: [Float]) throws -> PixelBuffer {
      try ExplanationSheet(size: 160).picture(
        of: photo, title: "t", rows: [[.init(explanation(photo, values))]])
    }
    #expect(try picture([0, 1, 2, 4]) == picture([0, 8, 16, 32]))
  }

  /// The caption above the photo says which part the network sees.
  @Test func captions() throws {
    let sheet = ExplanationSheet(size: 80)
    let square = PixelBuffer(width: 80, height: 80, repeating: 100)
    func picture(_ region: PhotoRegion, _ caption: String?) throws -> PixelBuffer {
      let explanation = Explanation(
        prediction: prediction, map: ActivationMap(width: 1, height: 1, values: [1]),
        region: region)
      return try sheet.picture(
        of: square, title: "t", caption: caption, rows: [[.init(explanation)]])
    }
    let whole = PhotoRegion(left: 0, top: 0, width: 80, height: 80)
    let part = PhotoRegion(left: 10, top: 10, width: 60, height: 60)
    #expect(try picture(whole, nil) == picture(whole, "the network sees the whole photo"))
    #expect(try picture(part, nil) == picture(part, "the network sees what is in the frame"))
  }

  /// Each class has a row. The photo is in the first row; the panels of a network are below each
  /// other.
  @Test func rows() throws {
    let photo = PixelBuffer(width: 80, height: 80, repeating: 0)
    let sheet = ExplanationSheet(size: 80, opacity: 1)
    // Maps of a single color: all ones, and all zeros.
    let full = explanation(photo, [1, 1, 1, 1])
    let none = explanation(photo, [0, 0, 0, 0])
    let picture = try sheet.picture(
      of: photo, title: "", rows: [[.init(full), .init(none)], [.init(none), .init(full)]])
    let last = ColorMap.inferno.color(at: 1)
    /// The columns of the pixels in the last color.
    func columns(_ rows: Range<Int>) -> [Int] {
      rows.flatMap { row in
        (0..<picture.width).filter { column in
          let pixel = picture.bytes[(3 * (row * picture.width + column))...].prefix(3)
          return Array(pixel) == [last.red, last.green, last.blue]
        }
      }
    }
    let middle = picture.height / 2
    let (upper, lower) = (columns(0..<middle), columns(middle..<picture.height))
    #expect(upper.count > 3000 && lower.count > 3000)
    let (first, second) = (try #require(upper.min()), try #require(lower.min()))
    #expect(first >= 80 && (upper.max() ?? 0) < second)
  }

  /// The photo has no color bar, so its column is only as wide as the photo.
  @Test func photoColumn() throws {
    let photo = PixelBuffer(width: 320, height: 320, repeating: 100)
    func width(panels: Int) throws -> Int {
      let row = Array(repeating: ExplanationSheet.Panel(explanation(photo)), count: panels)
      return try ExplanationSheet(size: 320)
        .picture(of: photo, title: "t", caption: "c", rows: [row]).width
    }
    // Eight pixels are left and right of the photo; the rest is one panel and its margin.
    #expect(try width(panels: 1) == 8 + 320 + 8 + (width(panels: 2) - width(panels: 1)))
  }

  /// A size and an opacity from a request never trap: the nearest valid values take their place.
  @Test func limits() {
    #expect([-1, 0, 63, .min].map { ExplanationSheet(size: $0).size } == [64, 64, 64, 64])
    #expect([2049, .max].map { ExplanationSheet(size: $0).size } == [2048, 2048])
    let opacities = [-0.1, -.infinity, 1.5, .infinity, .nan, 0.3]
    #expect(opacities.map { ExplanationSheet(opacity: $0).opacity } == [0, 0, 1, 1, 0.55, 0.3])
  }

  /// A program can ask whether its sheets have text.
  @Test func font() async throws {
    #expect(ExplanationSheet.hasFont == (Font.problem == nil))
    await #expect(processExitsWith: .success) {
      let configuration = FileManager.default.temporaryDirectory
        .appending(path: "\(UUID().uuidString).conf")
      try Data("<fontconfig></fontconfig>".utf8).write(to: configuration)
      defer { try? FileManager.default.removeItem(at: configuration) }
      setenv("FONTCONFIG_FILE", configuration.path, 1)
      #expect(!ExplanationSheet.hasFont)
      let photo = PixelBuffer(width: 9, height: 9, repeating: 100)
      let explanation = Explanation(
        prediction: Prediction(index: 0, label: "a", wnid: nil, probability: 1, logit: 2),
        map: ActivationMap(width: 1, height: 1, values: [1]),
        region: PhotoRegion(left: 0, top: 0, width: 9, height: 9))
      let sheet = try ExplanationSheet().picture(
        of: photo, title: "title", rows: [[ExplanationSheet.Panel(explanation)]])
      #expect(sheet.width > 720)
    }
  }

  /// A number of panels from a request never traps: too many and none at all are errors.
  @Test func panelCounts() throws {
    let photo = PixelBuffer(width: 9, height: 9, repeating: 100)
    let sheet = ExplanationSheet(size: 2048)
    let panel = ExplanationSheet.Panel(explanation(photo))
    let most = sheet.mostPanels
    let many = Array(repeating: panel, count: most + 1)
    #expect(throws: ExplanationError.panels(count: most + 1, limit: most)) {
      _ = try sheet.picture(of: photo, title: "", rows: [many])
    }
    for rows in [[], [[]]] as [[[ExplanationSheet.Panel]]] {
      #expect(throws: ExplanationError.panels(count: 0, limit: most)) {
        _ = try sheet.picture(of: photo, title: "", rows: rows)
      }
    }
    #expect(
      "\(ExplanationError.panels(count: 8, limit: 7))"
        == "the sheet has 8 panels; it must have at least 1 and at most 7 at this size")
    let small = ExplanationSheet(size: 64)
    #expect(
      try small.picture(of: photo, title: "", rows: [[], [panel], []])
        == small.picture(of: photo, title: "", rows: [[panel]]))
  }

  /// Colors cover the part that the network sees; the rest is gray.
  @Test func covers() {
    let photo = PixelBuffer(
      width: 8, height: 4, bytes: Array([[10, 200, 30]].joined().map { UInt8($0) }).repeated(32))
    let region = PhotoRegion(left: 2, top: 0, width: 4, height: 4)
    let map = ActivationMap(width: 1, height: 1, values: [5])
    let covered = photo.overlaid(
      with: map, region: region, size: (8, 4), colors: .inferno, opacity: 1)
    let last = ColorMap.inferno.color(at: 1)
    for row in 0..<4 {
      for column in 0..<8 {
        let pixel = Array(covered.bytes[(3 * (row * 8 + column))...].prefix(3))
        if 2..<6 ~= column {
          #expect(pixel == [last.red, last.green, last.blue])
        } else {
          #expect(pixel[0] == pixel[1] && pixel[1] == pixel[2])
        }
      }
    }
    // Without a positive value, the photo does not change.
    let against = photo.overlaid(
      with: ActivationMap(width: 1, height: 1, values: [-5]), region: region, size: (8, 4),
      colors: .viridis, opacity: 1)
    #expect(Array(against.bytes[(3 * 3)...].prefix(3)) == [10, 200, 30])
    let panel = ExplanationSheet.Panel(explanation(photo, [-1, -2, 0, -1]))
    #expect(panel.captions == ["weak evidence for tabby", "50.0 %", "no region speaks for it"])
    // Without opacity, the photo does not change.
    let bare = photo.overlaid(with: map, region: region, size: (8, 4), colors: .inferno, opacity: 0)
    #expect(Array(bare.bytes[(3 * 3)...].prefix(3)) == [10, 200, 30])
  }

  /// A frame is drawn only if the network does not see the whole photo.
  @Test func frames() throws {
    let photo = PixelBuffer(width: 40, height: 20, repeating: 128)
    let all = PhotoRegion(left: -1, top: 0, width: 42, height: 20)
    #expect(photo.frame(all, of: (40, 20)) == nil)
    let part = PhotoRegion(left: 100, top: 0, width: 200, height: 200)
    let frame = try #require(photo.frame(part, of: (400, 200)))
    #expect(frame == PixelRectangle(left: 10, top: 0, width: 20, height: 20))
    let framed = photo.framed(frame)
    func gray(_ x: Int, _ y: Int) -> UInt8 { framed.bytes[3 * (y * 40 + x)] }
    #expect(gray(9, 10) == 128 && gray(10, 10) == 0 && gray(11, 10) == 255)
    #expect(gray(29, 10) == 0 && gray(30, 10) == 128 && gray(20, 0) == 0 && gray(20, 10) == 128)
  }
}

extension Array {
  fileprivate func repeated(_ count: Int) -> [Element] {
    (0..<count).flatMap { _ in self }
  }
}
