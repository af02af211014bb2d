/// The command of an experiment like an earlier one, but with other options.
struct ChangedCommand {
  let line: String

  /// Creates the command of a new experiment, which needs another folder.
  ///
  /// - Parameters:
  ///   - old: The command line of the earlier experiment.
  ///   - arguments: The arguments of this process, whose options replace those of the earlier one.
  init(_ old: String, by arguments: [String]) {
    self.init(old, without: ["--output", "-o"]) { options in
      options.pieces(of: CommandWords(Array(arguments.dropFirst())).rest)
        .filter { $0[0].hasPrefix("-") && Self.name($0) != "--resume" }
    }
  }

  /// Creates the command of the same experiment with another value of an option.
  init(_ old: String, option: String, value: String) {
    self.init(old, without: []) { _ in [[option, value]] }
  }

  private init(_ old: String, without left: [String], new: (OptionNames) -> [[String]]) {
    let words = old.shellWords
    let before = CommandWords(Array(words.dropFirst()))
    let options = before.options
    let new = new(options)
    let replaced = new.map(Self.name) + left
    let kept = options.pieces(of: before.rest).filter { !replaced.contains(Self.name($0)) }
    let command = words.dropLast(before.rest.count)
    line = shellLine(command + (kept + new).flatMap(\.self))
  }

  /// The name of an option without its value: "--epochs" of "--epochs=3".
  private static func name(_ piece: [String]) -> String {
    String(piece[0].prefix { $0 != "=" })
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
