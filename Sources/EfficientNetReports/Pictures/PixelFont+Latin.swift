/// Letters with accents, put together of a letter and a mark.
extension PixelFont {
  /// A mark of five columns, above a letter or below it.
  struct Mark: Hashable, Sendable {
    /// Two rows from top to bottom, the leftmost column highest.
    let rows: [UInt8]
    let isBelow: Bool

    init(_ upper: UInt8, _ lower: UInt8, isBelow: Bool = false) {
      (rows, self.isBelow) = ([upper, lower], isBelow)
    }

    func isDark(column: Int, row: Int) -> Bool { rows[row] >> UInt8(4 - column) & 1 == 1 }
  }

  private static let accented = Array("àáâãäåçèéêëìíîïñòóôõöùúûüýÿčćďěłńňőřśšťůűźżžąęğışţ")
  private static let bases = Array("aaaaaaceeeeiiiinooooouuuuyyccdelnnorsstuuzzzaegist")
  private static let accents = Array("`'^~:o,`'^:`'^:~`'^~:`'^:':v'vv/'v\"v'vvo\"'.v,,u ,,")

  private static let marks: [Character: Mark] = [
    "`": Mark(0b01000, 0b00100), "'": Mark(0b00010, 0b00100), "^": Mark(0b00100, 0b01010),
    "~": Mark(0b01101, 0b10010), ":": Mark(0b01010, 0b00000), "o": Mark(0b01110, 0b01010),
    "v": Mark(0b01010, 0b00100), "u": Mark(0b01010, 0b01110), ".": Mark(0b00100, 0b00000),
    "\"": Mark(0b01001, 0b10010), ",": Mark(0b00100, 0b01100, isBelow: true),
    "/": Mark(0b00010, 0b00000), " ": Mark(0, 0),
  ]

  /// The letter below an accent, and the accent; nil for a character that has none.
  static func parts(of letter: Character) -> (base: Character, mark: Mark)? {
    let lowercase = letter.lowercased()
    guard lowercase.count == 1, let small = lowercase.first else { return nil }
    guard let index = accented.firstIndex(of: small), let mark = marks[accents[index]] else {
      return nil
    }
    let isSmall = small == letter
    let base = isSmall ? bases[index] : Character(bases[index].uppercased())
    return (base, mark)
  }
}
