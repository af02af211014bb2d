internal import CFontconfig
internal import CFreeType
internal import Synchronization

/// The system's fonts, found by fontconfig and rendered by FreeType.
final class SystemFonts: Sendable {
  static let shared = SystemFonts()

  private let faces: Mutex<Faces>

  private init() { faces = Mutex(Faces()) }

  var isEmpty: Bool { faces.withLock { $0.first == nil } }

  /// Returns the distances from each letter to the next in pixels.
  func advances(of text: String, size: Int) -> [Int] {
    faces.withLock { faces in
      faces.glyphs(of: text).map { (faces.load($0, size: size)?.advance.x ?? 0) >> 6 }
    }
  }

  /// Draws a line of text.
  ///
  /// - Parameters:
  ///   - size: The size of the font in pixels.
  ///   - draw: Receives the column from the left end of the line, the row from the baseline
  ///     (downwards), and the coverage of the pixel from 1 to 255.
  func draw(
    _ text: String, size: Int, _ draw: (_ column: Int, _ row: Int, _ coverage: UInt8) -> Void
  ) {
    faces.withLock { faces in
      var pen = 0
      for glyph in faces.glyphs(of: text) {
        guard let slot = faces.load(glyph, size: size, renders: true) else { continue }
        let bitmap = slot.bitmap
        precondition(
          bitmap.pixel_mode == FT_PIXEL_MODE_GRAY.rawValue, "a bitmap of mode \(bitmap.pixel_mode)")
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

  /// The best font that can be opened.
  var first: FT_Face? {
    mutating get {
      for place in candidates.indices {
        if let face = open(place) { return face }
      }
      return nil
    }
  }

  /// Returns the letters of a text from left to right, without invisible characters.
  mutating func glyphs(of text: String) -> [Glyph] {
    text.visualOrder.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
      .compactMap { glyph(of: $0) }
  }

  /// Returns a letter from the first font that has it, otherwise the first font's placeholder box.
  private mutating func glyph(of scalar: Unicode.Scalar) -> Glyph? {
    for place in candidates.indices
    where FcCharSetHasChar(candidates[place].letters, scalar.value) == FcTrue {
      guard let face = open(place) else { continue }
      let index = FT_Get_Char_Index(face, FT_ULong(scalar.value))
      if index != 0 { return Glyph(face: face, index: index) }
    }
    return first.map { Glyph(face: $0, index: 0) }
  }

  private mutating func open(_ place: Int) -> FT_Face? {
    if candidates[place].face == nil, !candidates[place].hasFailed {
      candidates[place].hasFailed =
        FT_New_Face(
          library, candidates[place].path, candidates[place].index, &candidates[place].face) != 0
    }
    return candidates[place].face
  }

  /// Returns a letter with its advance and, if it renders, its bitmap in 256 levels; nil if its font
  /// is damaged.
  func load(_ glyph: Glyph, size: Int, renders: Bool = false) -> FT_GlyphSlotRec? {
    // FT_LOAD_TARGET_LIGHT, a macro with arguments: letters keep their widths and align to rows.
    let light = FT_RENDER_MODE_LIGHT.rawValue << 16
    // Some fonts also contain bitmaps of one bit per pixel, for small sizes.
    let flags = Int32(light) | Int32(FT_LOAD_NO_BITMAP) | (renders ? Int32(FT_LOAD_RENDER) : 0)
    guard FT_Set_Pixel_Sizes(glyph.face, 0, UInt32(size)) == 0,
      FT_Load_Glyph(glyph.face, glyph.index, flags) == 0
    else { return nil }
    return glyph.face.pointee.glyph.pointee
  }
}
