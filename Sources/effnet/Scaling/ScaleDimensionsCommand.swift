import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleDimensionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dimensions",
    abstract: "Compare depth, width and resolution alone with all together, on photos.",
    discussion: """
      The experiment of the paper's figures 3, 4 and 8 and of its table 7: scales the baseline's depth alone, width alone, resolution \
      alone, and all together by α, β and γ, each so that its operations grow by the same factors, as near as rounding allows; trains \
      every network from scratch by the same short recipe, and says what beats what, with error bars. What is left in runs/scale/NAME: \
      report.html, dimensions.svg, table.csv, results.jsonl with every training, and best.json. After Ctrl-C or worse --resume goes on; \
      beside it there may be photos that were moved, --broken, --jobs, --threads, --cache, --cache-limit, --json and --quiet.

      Examples:
        effnet scale dimensions photos/ --baseline my.json
        effnet scale dimensions photos/ --baseline my.json --factors 1.5,2,3,4 --seeds 3 --epochs 6
        effnet scale dimensions photos/ --baseline my.json --factors 2,4 --under 1x1.3,2x1,2x1.3
        effnet scale dimensions --resume runs/scale/photos
      """)

  @OptionGroup var scaling: ScalingOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "By how much operations grow: a list of numbers above 1.", valueName: "1.5,2,3,4"),
    transform: NumberList.factors)
  var factors: [Double] = [1.5, 2, 3, 4]
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Depths and resolutions, as factors, under which width is scaled, too (figure 4): 1x1.3,2x1,2x1.3 for depth 1 and \
      resolution 1.3, and so on.
      """, valueName: "list"), transform: NumberList.settings)
  var under: [DimensionStudy.Setting] = []
  @OptionGroup var experiment: ExperimentOptions

  func validate() throws {
    guard scaling.coefficients.cost > 1.01 else {
      throw ValidationError(
        "α·β²·γ² is \(scaling.coefficients.cost.shortest): the network does not grow; raise --alpha, --beta or --gamma"
      )
    }
  }

  func run() throws {
    let run = ExperimentRun(options: experiment, command: "scale dimensions", place: "runs/scale")
    try run.run(belongs: { if case .dimensions = $0 { true } else { false } }) {
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
