/// The command of a new experiment like an earlier one, but with other options.
struct ChangedCommand {
  /// The command as a line for a shell.
  let line: String

  /// - Parameters:
  ///   - old: The command line of the earlier experiment.
  ///   - arguments: The arguments of this process, whose options replace those of the earlier one.
  init(_ old: String, by arguments: [String]) {
    let words = old.shellWords
    let before = CommandWords(Array(words.dropFirst()))
    let options = OptionNames(ofHelp: before.help)
    func name(_ piece: [String]) -> String { String(piece[0].prefix { $0 != "=" }) }
    let new = options.pieces(of: CommandWords(Array(arguments.dropFirst())).rest)
      .filter { $0[0].hasPrefix("-") && name($0) != "--resume" }
    // A new experiment needs another folder.
    let replaced = new.map(name) + ["--output", "-o"]
    let kept = options.pieces(of: before.rest).filter { !replaced.contains(name($0)) }
    let command = words.dropLast(before.rest.count)
    line = shellLine(command + (kept + new).flatMap(\.self))
  }
}

extension String {
  /// The words of a line that ``shellLine(_:)`` wrote.
  fileprivate var shellWords: [String] {
    var (words, word, isQuoted, isEscaped) = ([String](), String?.none, false, false)
    for character in unicodeScalars {
      if isEscaped {
        (word, isEscaped) = ((word ?? "") + String(character), false)
      } else if character == "'" {
        (word, isQuoted) = (word ?? "", !isQuoted)
      } else if character == "\\", !isQuoted {
        isEscaped = true
      } else if character == " ", !isQuoted {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + [word].compactMap(\.self)
  }
}
