#if Tools
  import ArgumentParser

  /// The command.
  struct Effnet: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "effnet",
      abstract: "Run EfficientNets, without Python.",
      discussion: """
        The first steps:

          effnet pull lite0            download pretrained weights
          effnet classify photo.jpg    say what is in a photo
          effnet explain photo.jpg     show where the network sees it
          effnet train photos/         train a network on a folder of photos for each class
          effnet models                list the networks

        Exit codes: 0 done, 1 failed (also in part), 2 wrong command line, 130 after Ctrl-C.
        """,
      version: "effnet 0.1.0",
      subcommands: [
        ClassifyCommand.self, ModelsCommand.self, PullCommand.self, SummaryCommand.self,
        InspectCommand.self, ConvertCommand.self, RunCommand.self, BenchmarkCommand.self,
        TrainCommand.self, EvaluateCommand.self, ExplainCommand.self, EmbedCommand.self,
        SimilarCommand.self, DuplicatesCommand.self, LabelCommand.self, ScaleCommand.self,
        SearchCommand.self,
      ])

    /// What is wrong with the command line.
    static func usageMessage(for error: any Error) -> String {
      if let command, !commandNames.contains(command), command != "help" {
        return "there is no command '\(command)'; there are \(commandNames.joined(separator: ", "))"
      }
      return message(for: error)
    }

    /// How to get help with the command line: that of the subcommand, where it names one.
    static var helpCommand: String {
      var words = ["effnet"]
      var command: any ParsableCommand.Type = Effnet.self
      for word in CommandLine.arguments.dropFirst() {
        let next = command.configuration.subcommands.first {
          $0.configuration.commandName == word
        }
        guard let next else { break }
        words.append(word)
        command = next
      }
      return "\(words.joined(separator: " ")) --help"
    }

    /// The first word of the command line, unless it is an option.
    private static var command: String? {
      CommandLine.arguments.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 }
    }

    private static var commandNames: [String] {
      configuration.subcommands.compactMap { $0.configuration.commandName }
    }
  }
#endif
