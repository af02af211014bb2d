import ArgumentParser
import EfficientNet

/// The words of a command line that name a command: "scale search" of `effnet scale search
/// photos/`.
struct CommandWords {
  /// The commands from `effnet` on; each is a subcommand of the one before it.
  private(set) var commands: [any ParsableCommand.Type] = [Effnet.self]
  /// The arguments after the words.
  private(set) var rest: ArraySlice<String>

  /// - Parameter arguments: The arguments of the process, without its name.
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

  /// The help of the command with its hidden options, each in one line.
  var help: String {
    Effnet.helpMessage(
      for: commands[commands.count - 1], includeHidden: true, columns: 1 << 16)
  }

  /// An error message if a word names no command, such as "there is no command 'sumary'; did you
  /// mean 'summary'?".
  var unknownCommand: String? {
    let names = subcommands.compactMap { $0.configuration.commandName }
    guard let unknown = rest.first, !unknown.hasPrefix("-"), !names.isEmpty else { return nil }
    if commands.count == 1, Self.deleting.contains(unknown) {
      return "there is no command '\(unknown)'; 'effnet runs' lists the runs and the folder of "
        + "downloaded weights, with their sizes, and says how to delete them"
    }
    let advice =
      Self.suggestion(for: unknown, among: names).map { "did you mean \($0)?" }
      ?? "the commands are \(names.joined(separator: ", "))"
    return "there is no command '\(unknown)'; \(advice)"
  }

  /// An error message if the command does not have an option, such as "Unknown option '--epoch'.
  /// Did you mean '--epochs'?".
  ///
  /// ArgumentParser reports an unknown option only if the rest of the command line is valid. It
  /// takes the value of a mistyped option for one more photo, and reports too many photos instead.
  var unknownOption: String? {
    let options = OptionNames(ofHelp: help)
    guard let unknown = options.firstUnknown(in: rest) else { return nil }
    if commands.last == TrainCommand.self, let command = Self.formerOptions[unknown] {
      return "Unknown option '\(unknown)'; use 'effnet \(command)'"
    }
    if commands.last == RunsCommand.self, Self.deleting.contains(String(unknown.dropFirst(2))) {
      return "Unknown option '\(unknown)'; a run is just its folder, so delete that: rm -r "
        + "runs/train/NAME"
    }
    if unknown == "--run", options.names.contains("--model") {
      return "Unknown option '--run'; name the folder of the run with --model"
    }
    let advice = Self.suggestion(for: unknown, among: options.names)
      .map { ". Did you mean \($0)?" }
    return "Unknown option '\(unknown)'\(advice ?? "")"
  }

  /// For instance "'--layer-decay' or '--weight-decay'"; nil if no name is similar.
  private static func suggestion(for unknown: String, among names: [String]) -> String? {
    let similar = unknown.suggestions(among: names, limit: 3)
    return similar.isEmpty ? nil : similar.map { "'\($0)'" }.joined(separator: " or ")
  }

  /// Words of commands that do not exist because files are deleted by the shell.
  private static let deleting: Set = [
    "cache", "clean", "clear", "delete", "prune", "purge", "remove", "rm",
  ]

  /// Options of `effnet train` in earlier versions, with the commands that replace them.
  private static let formerOptions = [
    "--find-lr": "find-lr", "--show-augmentation": "augment", "--print-recipe": "recipe",
  ]
}

/// The options of a command, as its help lists them.
struct OptionNames {
  /// The names, with their hyphens.
  private(set) var names: [String] = []
  /// The names of options that take a value.
  private var withValue: Set<String> = []

  /// Reads the lines that start with an option, such as "  -o, --output <file>     The file to
  /// write.".
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

  /// Returns the first unknown option among arguments; values of options are skipped.
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

  /// Returns arguments in pieces: an option with its value, or a single word.
  func pieces(of arguments: ArraySlice<String>) -> [[String]] {
    var (pieces, rest) = ([[String]](), arguments)
    while let word = rest.popFirst() {
      let value = withValue.contains(word) ? rest.popFirst() : nil
      pieces.append([word] + [value].compactMap(\.self))
    }
    return pieces
  }

  /// Returns whether an argument is an unknown short option such as "-x". "-", numbers and known
  /// short options with a value are not.
  private func isShort(_ name: String) -> Bool {
    guard name.utf8.first == UInt8(ascii: "-"), let letter = name.dropFirst().first else {
      return false
    }
    return letter.isLetter && !names.contains("-\(letter)")
  }
}

/// The options on a command line, which ArgumentParser does not tell: an option may be given with
/// its default value.
enum GivenOptions {
  /// Returns the options before "--", without their values: "--epochs" for "--epochs=3", and
  /// "--output" for "-o", the only short option with a value.
  static func names(in arguments: [String]) -> [String] {
    arguments.prefix { $0 != "--" }.compactMap { argument in
      if argument.hasPrefix("--") { return String(argument.prefix { $0 != "=" }) }
      return argument.hasPrefix("-o") ? "--output" : nil
    }
  }

  /// The options of this process.
  static var names: [String] { names(in: Array(CommandLine.arguments.dropFirst())) }
}

/// The command line of this process, for a shell.
var commandLine: String { shellLine(["effnet"] + CommandLine.arguments.dropFirst()) }

/// Returns words as a line for a shell, with quotation marks where needed.
func shellLine(_ words: [String]) -> String { words.map(\.shellWord).joined(separator: " ") }
