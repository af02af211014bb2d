import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleDimensionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dimensions",
    abstract: "Compare scaling depth, width or resolution alone with scaling all together.",
    discussion: """
      Reproduces the experiment of the paper's figures 3, 4 and 8 and of its table 7 on your \
      photos. Scales the baseline's depth alone, width alone, resolution alone, and all together \
      by α, β and γ, so that operations grow by the same factors, as nearly as rounding allows. \
      Trains every network from scratch with the same short recipe, and prints the operations \
      asked for and reached, the accuracies, and the differences with their margins. --fine \
      brings the operations closer to those asked for.

      --model, --width, --depth, --stages and --resolution choose the baseline. The default is \
      b0 at 224 pixels, which is slow. Before it starts, the command prints the number of trainings \
      and about how long they take.

      The experiment's folder, runs/scale-dimensions/NAME, holds report.html, dimensions.svg, \
      table.csv, results.jsonl with every training, and best.json. After Ctrl-C, a full disk or \
      a crash, --resume continues the experiment; with a larger --seeds, it adds trainings of \
      each network, also to a finished one. --broken, --jobs, --threads, --cache, --cache-limit, \
      --json, --quiet and the path of moved photos can be changed on resume.

      Examples:
        effnet scale dimensions photos/ --width 0.25 --resolution 64 --factors 2,4
        effnet scale dimensions photos/ --model my.json --fine --epochs 6
        effnet scale dimensions photos/ --model my.json --under 1x1.3,2x1
        effnet scale dimensions --resume runs/scale-dimensions/photos
      """)

  @OptionGroup var scaling: ScalingOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Growth of operations: numbers above 1, separated by commas (default: 1.5,2,3,4).",
      valueName: "list"),
    transform: NumberList.factors)
  var factors: [Double] = [1.5, 2, 3, 4]
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Also scale width at these pairs of depth and resolution factors, as in figure 4: 1x1.3,2x1 \
      means depth 1 and resolution 1.3, then depth 2 and resolution 1 (default: none).
      """, valueName: "list"), transform: NumberList.settings)
  var under: [DimensionStudy.Setting] = []
  @OptionGroup var experiment: ExperimentOptions

  func validate() throws { try scaling.checkGrowth() }

  func run() throws {
    let run = ExperimentRun(options: experiment, command: .scaleDimensions)
    try run.run {
      let baseline = try scaling.base.network()
      return { _, data in
        .dimensions(
          DimensionStudy(
            baseline.with(classes: data.training.classes.count),
            coefficients: scaling.coefficients, factors: factors, settings: under))
      }
    }
  }
}
