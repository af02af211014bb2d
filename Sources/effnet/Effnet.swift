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
        """,
      version: "0.1.0",
      subcommands: [ClassifyCommand.self, ModelsCommand.self, PullCommand.self])
  }
#endif
