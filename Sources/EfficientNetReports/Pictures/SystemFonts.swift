internal import CFontconfig
internal import CFreeType
internal import Synchronization

/// The system's fonts, found by fontconfig and rendered by FreeType.
final class SystemFonts: Sendable {
  static let shared = SystemFonts()

  private let faces: Mutex<Faces>

  private init() { faces = Mutex(Faces()) }

  /// Whether the system has no font.
  var isEmpty: Bool { faces.withLock(\.isEmpty) }

  /// Returns the distances from each letter to the next in pixels.
  func advances(of text: String, size: Int) -> [Int] {
    faces.withLock { faces in
      faces.glyphs(of: text).map { faces.load($0, size: size)?.advance.x ?? 0 }.map { $0 >> 6 }
    }
  }

  /// Draws a line of text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - size: The size of the font in pixels.
  ///   - draw: Receives the column from the left end of the line, the row from the baseline
  ///     (downwards), and the coverage of the pixel from 1 to 255.
  func draw(
    _ text: String, size: Int, _ draw: (_ column: Int, _ row: Int, _ coverage: UInt8) -> Void
  ) {
    faces.withLock { faces in
      var pen = 0
      for glyph in faces.glyphs(of: text) {
        guard let slot = faces.load(glyph, size: size) else { continue }
        let bitmap = slot.bitmap
        for row in 0..<Int(bitmap.rows) {
          for column in 0..<Int(bitmap.width) {
            let coverage = bitmap.buffer[row * Int(bitmap.pitch) + column]
            guard coverage > 0 else { continue }
            draw(pen + Int(slot.bitmap_left) + column, row - Int(slot.bitmap_top), coverage)
          }
        }
        pen += slot.advance.x >> 6
      }
    }
  }
}

/// The fonts in the order of preference; a font is opened when one of its letters is needed.
private struct Faces {
  private struct Candidate {
    let path: String
    let index: Int
    let letters: OpaquePointer?
    var face: FT_Face?
    var hasFailed = false
  }
  struct Glyph {
    let face: FT_Face
    let index: UInt32
  }

  private var candidates: [Candidate] = []
  private var library: FT_Library?

  init() {
    guard FT_Init_FreeType(&library) == 0, let configuration = FcInitLoadConfigAndFonts(),
      let pattern = FcNameParse("sans-serif:scalable=true:color=false")
    else { return }
    FcConfigSubstitute(configuration, pattern, FcMatchPattern)
    FcDefaultSubstitute(pattern)
    var result = FcResultMatch
    guard let fonts = FcFontSort(configuration, pattern, FcBool(FcTrue), nil, &result) else {
      return
    }
    // The list stays allocated for the life of the program.
    for font in UnsafeBufferPointer(start: fonts.pointee.fonts, count: Int(fonts.pointee.nfont)) {
      var (path, index, letters) = (
        UnsafeMutablePointer<FcChar8>?.none, Int32(0), OpaquePointer?.none
      )
      var (isScalable, isColored) = (FcBool(FcFalse), FcBool(FcFalse))
      FcPatternGetBool(font, FC_SCALABLE, 0, &isScalable)
      FcPatternGetBool(font, FC_COLOR, 0, &isColored)
      FcPatternGetInteger(font, FC_INDEX, 0, &index)
      guard isScalable == FcTrue, isColored == FcFalse,
        FcPatternGetString(font, FC_FILE, 0, &path) == FcResultMatch, let path,
        FcPatternGetCharSet(font, FC_CHARSET, 0, &letters) == FcResultMatch
      else { continue }
      candidates.append(Candidate(path: String(cString: path), index: Int(index), letters: letters))
    }
  }

  var isEmpty: Bool { candidates.isEmpty }

  /// Returns the letters of a text, without invisible characters.
  mutating func glyphs(of text: String) -> [Glyph] {
    text.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
      .compactMap { glyph(of: $0) }
  }

  /// Returns a letter from the first font that has it, otherwise the first font's placeholder box.
  private mutating func glyph(of scalar: Unicode.Scalar) -> Glyph? {
    for place in candidates.indices
    where FcCharSetHasChar(candidates[place].letters, scalar.value) == FcTrue {
      guard let face = open(place) else { continue }
      return Glyph(face: face, index: FT_Get_Char_Index(face, FT_ULong(scalar.value)))
    }
    for place in candidates.indices {
      if let face = open(place) { return Glyph(face: face, index: 0) }
    }
    return nil
  }

  private mutating func open(_ place: Int) -> FT_Face? {
    if candidates[place].face == nil, !candidates[place].hasFailed {
      candidates[place].hasFailed =
        FT_New_Face(
          library, candidates[place].path, candidates[place].index, &candidates[place].face) != 0
    }
    return candidates[place].face
  }

  /// Returns a letter with its bitmap in 256 levels, or nil if its font is damaged.
  func load(_ glyph: Glyph, size: Int) -> FT_GlyphSlotRec? {
    // FT_LOAD_TARGET_LIGHT, a macro with arguments: letters keep their widths and align to rows.
    let light = Int32(FT_RENDER_MODE_LIGHT.rawValue) << 16
    guard FT_Set_Pixel_Sizes(glyph.face, 0, UInt32(size)) == 0,
      FT_Load_Glyph(glyph.face, glyph.index, Int32(FT_LOAD_RENDER) | light) == 0
    else { return nil }
    return glyph.face.pointee.glyph.pointee
  }
}
