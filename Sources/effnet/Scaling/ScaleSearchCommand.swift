import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleSearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find α, β and γ on photos: the paper's grid search.",
    discussion: """
      Scales the baseline to φ = 1 with every α from 1 to 2 and every β and γ from 1 to 1.5 for which α·β²·γ² is near the budget, \
      108 networks by default, trains each from scratch by the same short recipe, and says which is best on the validation photos, and \
      which others cannot be told from it. --points takes some of the grid, far from each other; --halve trains all briefly and only \
      the better half twice as long, again and again. What is left in runs/scale/NAME: report.html with the accuracy surface, table.csv, \
      accuracy.svg, results.jsonl with every training, and best.json, the best network. After Ctrl-C or worse --resume goes on; beside it \
      there may be photos that were moved, --broken, --jobs, --threads, --cache, --cache-limit, --json and --quiet.

      Examples:
        effnet scale search photos/ --baseline my.json
        effnet scale search photos/ --baseline my.json --points 24 --seeds 2 --epochs 4 --equal-macs
        effnet scale search photos/ --baseline my.json --epochs 8 --halve 2 --subset 5000
        effnet scale search --resume runs/scale/photos
      """)

  @OptionGroup var base: BaselineOptions
  @Option(number: "What α·β²·γ² should be.") var budget = 2.0
  @Option(number: "How far it may be from that.") var tolerance = 0.1
  @Option(number: "From one α, β or γ to the next.") var step = 0.05
  @Option(number: "How many points of the grid, the paper's among them (default: all).")
  var points: Int?
  @Flag(
    help: """
      Move each network's φ from 1 so that its operations are as near to the budget as rounding allows: for small baselines, where \
      one more repeat, or eight more channels, is much.
      """)
  var equalMacs = false
  @Option(
    number:
      "How often the better half is trained again, twice as long; --epochs is the last round's.",
    value: "times")
  var halve = 0
  @OptionGroup var experiment: ExperimentOptions

  func validate() throws {
    try check(budget, "--budget", 1.05...20)
    try check(tolerance, "--tolerance", 1e-3...2)
    try check(step, "--step", 5e-3...0.5)
    try check(points, "--points", 1...10000)
    try check(halve, "--halve", 0...10)
  }

  func run() throws {
    let run = ExperimentRun(options: experiment, command: "scale search", place: "runs/scale")
    try run.run(belongs: { if case .grid = $0 { true } else { false } }) {
      let (grid, baseline) = (try grid(), try base.network())
      return { _, data in
        .grid(
          GridStudy(
            baseline.with(classes: data.training.classes.count), grid: grid, points: points,
            matchesCost: equalMacs, halvings: halve))
      }
    }
  }

  private func grid() throws -> ScalingGrid {
    let grid = ScalingGrid(budget: budget, tolerance: tolerance, step: step)
    let count = grid.points.count
    guard count > 0 else {
      throw ValidationError(
        "the grid has no point: α is 1 to 2, β and γ are 1 to 1.5 in steps of \(step), and none has "
          + "|α·β²·γ² − \(budget)| < \(tolerance); raise --tolerance, or lower --step")
    }
    guard min(points ?? count, count) <= 10000 else {
      throw ValidationError(
        "the grid has \(count.grouped) points; raise --step, or take some of them with --points")
    }
    return grid
  }
}
