extension String {
  /// The characters in their order on the page from left to right: words of scripts that are
  /// written from right to left, such as Hebrew and Arabic, are reversed together with the spaces
  /// between them.
  ///
  /// This is the part of the [bidirectional algorithm](https://www.unicode.org/reports/tr9/) that
  /// names need; numbers and punctuation stay at their place in the line.
  var visualOrder: String {
    guard contains(where: \.isRightToLeft) else { return self }
    var line = ""
    var (run, spaces) = ([Character](), [Character]())
    for character in self {
      if character.isRightToLeft {
        run += spaces + [character]
        spaces = []
      } else if character == " ", !run.isEmpty {
        spaces.append(character)
      } else {
        line += run.reversed() + spaces + [character]
        (run, spaces) = ([], [])
      }
    }
    return line + run.reversed() + spaces
  }
}

extension Character {
  /// Whether the character belongs to a block of scripts that are written from right to left, and
  /// is not a digit.
  fileprivate var isRightToLeft: Bool {
    guard let first = unicodeScalars.first, !isNumber else { return false }
    switch first.value {
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
      return true
    default: return false
    }
  }
}
