package import EfficientNetCompute

/// Letters of 5 × 7 pixels and one more row for tails, as character displays have them: what pictures are labelled with.
///
///     let label = PixelFont(scale: 2).line("3. goldfish", width: 200)
///
/// ASCII, the accented letters of European languages and a few signs; any other character is shown as a box.
package struct PixelFont: Hashable, Sendable {
  /// Pixels of the picture for one of a letter, along each side.
  package var scale: Int
  /// The gray behind the letters, which are nearly black.
  package var background: UInt8

  package init(scale: Int, background: UInt8 = 255) {
    (self.scale, self.background) = (scale, background)
  }

  private static let (columns, rows) = (5, 8)
  private static let black: UInt8 = 32

  /// The letters from the space to the tilde: a byte for each column, the left one lowest; of a byte the lowest bit is the top.
  private static let letters: [UInt64] = [
    0x0000000000, 0x00005F0000, 0x0007000700, 0x147F147F14,  // space ! " #
    0x122A7F2A24, 0x6264081323, 0x5020564936, 0x0000070000,  // $ % & '
    0x0041221C00, 0x001C224100, 0x2A1C7F1C2A, 0x08083E0808,  // ( ) * +
    0x0000305000, 0x0808080808, 0x0000606000, 0x0204081020,  // , - . /
    0x3E4549513E, 0x00407F4200, 0x4649494972, 0x334D494121,  // 0 1 2 3
    0x107F121418, 0x3945454527, 0x3149494A3C, 0x0709112141,  // 4 5 6 7
    0x3649494936, 0x1E29494946, 0x0000140000, 0x0000344000,  // 8 9 : ;
    0x4122140800, 0x1414141414, 0x0008142241, 0x0609590102,  // < = > ?
    0x4E595D413E, 0x7C1211127C, 0x364949497F, 0x224141413E,  // @ A B C
    0x3E4141417F, 0x414949497F, 0x010909097F, 0x735141413E,  // D E F G
    0x7F0808087F, 0x00417F4100, 0x013F414020, 0x412214087F,  // H I J K
    0x404040407F, 0x7F021C027F, 0x7F1008047F, 0x3E4141413E,  // L M N O
    0x060909097F, 0x5E2151413E, 0x462919097F, 0x3249494926,  // P Q R S
    0x03017F0103, 0x3F4040403F, 0x1F2040201F, 0x3F4038403F,  // T U V W
    0x6314081463, 0x0304780403, 0x434D495961, 0x4141417F00,  // X Y Z [
    0x2010080402, 0x7F41414100, 0x0402010204, 0x4040404040,  // \ ] ^ _
    0x0008070300, 0x4078545420, 0x384444287F, 0x2844444438,  // ` a b c
    0x7F28444438, 0x1854545438, 0x02097E0800, 0x789CA4A418,  // d e f g
    0x780404087F, 0x00407D4400, 0x003D404020, 0x004428107F,  // h i j k
    0x00407F4100, 0x780478047C, 0x780404087C, 0x3844444438,  // l m n o
    0x18242418FC, 0xFC18242418, 0x080404087C, 0x2454545448,  // p q r s
    0x24443F0404, 0x7C2040403C, 0x1C2040201C, 0x3C4030403C,  // t u v w
    0x4428102844, 0x7C9090904C, 0x444C546444, 0x0041360800,  // x y z {
    0x0000770000, 0x0008364100, 0x0204020102,  // | } ~
  ]
  private static let box: UInt64 = 0x7F_4141_417F
  private static let signs: [Character: UInt64] = [
    "…": 0x4000400040, "·": 0x0000080000, "–": 0x0808080808, "×": 0x4428102844, "°": 0x0006090906,
    "±": 0x48487E4848, "ß": 0x205649017E,
  ]

  /// Pixels from one letter to the next.
  package var advance: Int { scale * (Self.columns + 1) }
  /// The height of a line, with a margin above and below.
  package var lineHeight: Int { scale * (Self.rows + 3) }

  /// A strip with a line of text in its middle of the height, as much of it as there is room for.
  ///
  /// - Precondition: there is room for a letter.
  package func line(_ text: String, width: Int) -> PixelBuffer {
    precondition(width >= advance, "\(width) pixels for letters of \(advance)")
    var strip = PixelBuffer(width: width, height: lineHeight, repeating: background)
    for (place, letter) in text.fitted(to: width / advance).enumerated() {
      func darken(column: Int, row: Int) {
        strip.fill(
          PixelRectangle(
            left: place * advance + scale * column, top: scale * (row + 2), width: scale,
            height: scale), red: Self.black, green: Self.black, blue: Self.black)
      }
      let parts = Self.parts(of: letter)
      var bits = Self.bits(of: parts?.base ?? letter)
      // A mark takes the place of the dot.
      if parts?.base == "i" { bits &= ~0x0303030303 }
      for column in 0..<Self.columns {
        for row in 0..<Self.rows where bits >> UInt64(8 * column + row) & 1 == 1 {
          darken(column: column, row: row)
        }
      }
      guard let (base, mark) = parts else { continue }
      let top = mark.isBelow ? 6 : base.isUppercase ? -2 : 0
      for column in 0..<Self.columns {
        for row in mark.rows.indices where mark.isDark(column: column, row: row) {
          darken(column: column, row: top + row)
        }
      }
    }
    return strip
  }

  private static func bits(of letter: Character) -> UInt64 {
    if let sign = signs[letter] { return sign }
    guard let code = letter.asciiValue, 32...126 ~= code else { return box }
    return letters[Int(code) - 32]
  }
}

extension String {
  /// The text, or its beginning and "…" if it has more than `count` characters.
  fileprivate func fitted(to count: Int) -> String {
    dropFirst(count).isEmpty ? self : prefix(count - 1) + "…"
  }
}
