import ArgumentParser
import EfficientNet

/// The words of a command line that name a command: "scale search" of `effnet scale search photos/`.
struct CommandWords {
  /// The commands from `effnet` on, each one of the former's.
  private(set) var commands: [any ParsableCommand.Type] = [Effnet.self]
  /// The arguments behind the words.
  private(set) var rest: ArraySlice<String>

  /// - Parameter arguments: Those of the process, without its own name.
  init(_ arguments: [String]) {
    rest = arguments[...]
    // The words after 'help' name the command.
    if rest.first == "help" { rest.removeFirst() }
    while let word = rest.first,
      let next = subcommands.first(where: { $0.configuration.commandName == word })
    {
      commands.append(next)
      rest.removeFirst()
    }
  }

  private var subcommands: [any ParsableCommand.Type] {
    commands[commands.count - 1].configuration.subcommands
  }

  /// For instance "effnet scale search --help".
  var helpCommand: String {
    (commands.compactMap { $0.configuration.commandName } + ["--help"]).joined(separator: " ")
  }

  /// What is wrong if a word names no command, for instance "there is no command 'sumary'; did you mean 'summary'?".
  var unknownCommand: String? {
    let names = subcommands.compactMap { $0.configuration.commandName }
    guard let unknown = rest.first, !unknown.hasPrefix("-"), !names.isEmpty else { return nil }
    let advice =
      unknown.nearest(in: names).map { "did you mean '\($0)'?" }
      ?? "there are \(names.joined(separator: ", "))"
    return "there is no command '\(unknown)'; \(advice)"
  }

  /// What is wrong if the command does not have an option, for instance "Unknown option '--epoch'. Did you mean
  /// '--epochs'?".
  ///
  /// ArgumentParser says so only of a command line that is right otherwise: the value of a mistyped option is one more
  /// photo, and too many photos are what it complains of.
  var unknownOption: String? {
    let options = OptionNames(
      ofHelp: Effnet.helpMessage(
        for: commands[commands.count - 1], includeHidden: true, columns: 1 << 16))
    guard let unknown = options.firstUnknown(in: rest) else { return nil }
    if commands.last == TrainCommand.self, let command = Self.formerOptions[unknown] {
      return "Unknown option '\(unknown)': 'effnet \(command)' does that"
    }
    let advice = unknown.nearest(in: options.names).map { ". Did you mean '\($0)'?" } ?? ""
    return "Unknown option '\(unknown)'\(advice)"
  }

  /// Options of `effnet train` in former versions, and the commands that they became.
  private static let formerOptions = [
    "--find-lr": "find-lr", "--show-augmentation": "augment", "--print-recipe": "recipe",
  ]
}

/// The options of a command, as its help lists them.
struct OptionNames {
  /// With their hyphens.
  private(set) var names: [String] = []
  /// Those that take a value.
  private var withValue: Set<String> = []

  /// Reads the lines that begin with an option, such as "  -o, --output <file>     Where the features go.".
  init(ofHelp text: String) {
    for line in text.split(separator: "\n") where line.hasPrefix("  -") {
      let words = line.split { " ,/".contains($0) }
      let found = words.prefix { $0.hasPrefix("-") }.map(String.init)
      names += found
      if words.dropFirst(found.count).first?.hasPrefix("<") == true {
        withValue.formUnion(found)
      }
    }
  }

  /// The first option among arguments that is none of these; values of options do not count.
  func firstUnknown(in arguments: ArraySlice<String>) -> String? {
    var rest = arguments.makeIterator()
    while let argument = rest.next(), argument != "--" {
      let name = String(argument.prefix { $0 != "=" })
      if names.contains(name) {
        if withValue.contains(name), name == argument { _ = rest.next() }
      } else if name.hasPrefix("--") || isShort(name) {
        return name
      }
    }
    return nil
  }

  /// Whether an argument is an option such as "-x" and neither "-", a number, nor a short option with its value.
  private func isShort(_ name: String) -> Bool {
    guard name.utf8.first == UInt8(ascii: "-"), let letter = name.dropFirst().first else {
      return false
    }
    return letter.isLetter && !names.contains("-\(letter)")
  }
}

/// The options of a command line as they were given, for what ArgumentParser does not tell: whether an option is there
/// although it has its default value.
enum GivenOptions {
  /// The long options, without their values: "--epochs" of "--epochs=3". What comes after "--" is no option.
  static func names(in arguments: [String]) -> [String] {
    arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
  }

  /// Those of this process.
  static var names: [String] { names(in: Array(CommandLine.arguments.dropFirst())) }
}

/// The words as a shell reads them, with quotation marks where it would change or split them.
func shellLine(_ words: [String]) -> String {
  words.map { word in
    let isPlain = word.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=+@%".utf8.contains(byte)
    }
    guard !isPlain || word.isEmpty else { return word }
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'\(parts.joined(separator: "'\\''"))'"
  }.joined(separator: " ")
}

extension String {
  /// The text of a list that this one may have been meant to be: the nearest one, if no more than three letters, and less
  /// than half of them, have to be changed, added or left out.
  fileprivate func nearest(in names: [String]) -> String? {
    let nearest = names.map { (name: $0, distance: edits(to: $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= 3, 2 * nearest.distance < count else { return nil }
    return nearest.name
  }
}
