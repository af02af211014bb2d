import ArgumentParser
import EfficientNet
import EfficientNetSystem

/// The words of a command line that name a command: "scale search" of `effnet scale search
/// photos/`.
struct CommandWords {
  /// The commands from `effnet` on; each is a subcommand of the one before it.
  private(set) var commands: [any ParsableCommand.Type] = [Effnet.self]
  private(set) var rest: ArraySlice<String>

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

  var options: OptionNames { OptionNames(of: commands[commands.count - 1]) }

  /// An error message if a word names no command, such as "there is no command 'sumary'; did you
  /// mean 'summary'?".
  var unknownCommand: String? {
    let names = subcommands.compactMap { $0.configuration.commandName }
    guard let unknown = rest.first, !unknown.hasPrefix("-"), !names.isEmpty else { return nil }
    if commands.count == 1, Self.deleting.contains(unknown) {
      return "there is no command '\(unknown)'; 'effnet runs' lists the runs and the folder of "
        + "downloaded weights, with their sizes, and says how to delete them"
    }
    let meant = commands.count == 1 ? OtherWords.commands(for: unknown) : []
    let similar = meant.isEmpty ? unknown.suggestions(among: names, limit: 3) : meant
    let advice =
      Self.list(similar).map { "did you mean \($0)?" }
      ?? "the commands are \(names.joined(separator: ", "))"
    return "there is no command '\(unknown)'; \(advice)"
  }

  /// An error message if the command does not have an option, such as "Unknown option '--epoch'.
  /// Did you mean '--epochs'?".
  ///
  /// ArgumentParser reports an unknown option only if the rest of the command line is valid. It
  /// takes the value of a mistyped option for one more photo, and reports too many photos instead.
  var unknownOption: String? {
    let options = options
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
    // "--latency" is the opposite of "--no-latency".
    let others = options.names.filter {
      $0.replacing("--no-", with: "--") != unknown.replacing("--no-", with: "--")
    }
    let similar = unknown.suggestions(among: others, limit: 3)
    let meant = similar.isEmpty ? OtherWords.options(for: unknown, among: options.names) : similar
    let advice = Self.list(meant).map { ". Did you mean \($0)?" }
    return "Unknown option '\(unknown)'\(advice ?? "")"
  }

  /// An error message if an option with one value is given twice, of which ArgumentParser takes
  /// the last, such as "--top is given twice, as 3 and as 5; give it once".
  var repeatedOption: String? {
    guard rest.count(where: { $0.hasPrefix("-") }) > 1,
      let (name, values) = options.firstRepeated(in: rest)
    else { return nil }
    let several =
      switch name {
      case "--among": "; \(SimilarCommand.advice(toSearch: values))"
      case "--examples":
        "; for photos of several folders, name a CSV file with the columns path and label"
      default: ""
      }
    return "\(name) is given twice, as \(values[0].oneLine) and as \(values[1].oneLine); give it "
      + "once\(several)"
  }

  /// For instance "'--layer-decay' or '--weight-decay'"; nil for no names.
  private static func list(_ names: [String]) -> String? {
    names.isEmpty ? nil : names.map { "'\($0)'" }.joined(separator: " or ")
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

  static var names: [String] { names(in: Array(CommandLine.arguments.dropFirst())) }
}

/// The command line of this process, for a shell.
var commandLine: String { shellLine(["effnet"] + CommandLine.arguments.dropFirst()) }

/// Returns the command line with more options, for a shell. They come before "--".
///
/// - Parameter arguments: The arguments of the command line, by default those of this process.
func commandLine(
  _ arguments: [String] = Array(CommandLine.arguments.dropFirst()), adding options: [String]
) -> String {
  var words = ["effnet"] + arguments
  words.insert(contentsOf: options, at: words.firstIndex(of: "--") ?? words.endIndex)
  return shellLine(words)
}

/// Returns "report.html", or report-2.html, report-3.html, … if that exists.
func unusedName(_ stem: String, ending: String) -> String {
  var (name, number) = (stem + ending, 2)
  while FileStatus(name) != nil { (name, number) = ("\(stem)-\(number)\(ending)", number + 1) }
  return name
}

/// Returns words as a line for a shell, with quotation marks where needed.
func shellLine(_ words: [String]) -> String { words.map(\.shellWord).joined(separator: " ") }
