import ArgumentParser

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
      TrainCommand.self, FindRateCommand.self, AugmentCommand.self, RecipeCommand.self,
      EvaluateCommand.self, ExplainCommand.self, EmbedCommand.self,
      SimilarCommand.self, DuplicatesCommand.self, LabelCommand.self, ScaleCommand.self,
      SearchCommand.self,
    ])
}
