import ArgumentParser

struct Effnet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "effnet",
    abstract: "Run, explain, train and scale EfficientNets without Python.",
    discussion: """
      Examples:
        effnet pull lite0            # download pretrained weights
        effnet classify photo.jpg    # classify a photo
        effnet explain photo.jpg     # draw a heat map of the regions behind it
        effnet train photos/         # train on a folder with a folder per class
        effnet models                # list the networks

      Exit codes:
        0    success
        1    failure, also of a part
        2    wrong command line
        130  after Ctrl-C
        141  nothing reads standard output any more (effnet models | head -1)
        143  after SIGTERM

      With --json, a command that ends with an error also prints an object with error and kind.
      """,
    version: "effnet 0.1.0",
    subcommands: [
      ClassifyCommand.self, ExplainCommand.self, PullCommand.self, ModelsCommand.self,
      TrainCommand.self, RunsCommand.self, EvaluateCommand.self, FindRateCommand.self,
      AugmentCommand.self, RecipeCommand.self, EmbedCommand.self, SimilarCommand.self,
      DuplicatesCommand.self, LabelCommand.self, SummaryCommand.self, InspectCommand.self,
      ConvertCommand.self, QuantizeCommand.self, RunCommand.self, BenchmarkCommand.self,
      ServeCommand.self, ScaleCommand.self, SearchCommand.self,
    ])
}
