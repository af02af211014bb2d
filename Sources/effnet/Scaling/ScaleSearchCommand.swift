import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleSearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find α, β and γ on photos by the paper's grid search.",
    discussion: """
      Scales the baseline to φ = 1 with every α from 1 to 2 and every β and γ from 1 to 1.5 \
      whose α·β²·γ² is near --budget: 108 networks by default. Trains each from scratch with the \
      same short recipe, and reports the highest on the validation photos and those that cannot be \
      told apart from it. --points takes a part of the grid, with points far from each other; \
      --halve trains all networks briefly, and only the better half twice as long, again and \
      again.

      --model, --width, --depth, --stages and --resolution choose the baseline. The default is \
      b0 at 224 pixels, which is slow. Before it starts, the command prints the number of trainings \
      and about how long they take; --estimate only prints that. If no network is clearly better \
      than guessing, or the highest is not significantly better than each other one, or --halve \
      trained a single one in full, the report says so in place of a winner.

      The experiment's folder, runs/scale-search/NAME, holds report.html with the accuracy \
      surface, table.csv, accuracy.svg, results.jsonl with every training, and best.json, the \
      network with the highest accuracy. After Ctrl-C, a full disk or a crash, --resume \
      continues the experiment; with a larger --seeds, it adds trainings of each network, also to \
      a finished one. --broken, --jobs, --threads, --cache, --cache-limit, --json, --quiet and the \
      path of moved photos can be changed on resume.

      Examples:
        effnet scale search photos/ --width 0.25 --resolution 64 --points 24 --fine
        effnet scale search photos/ --model my.json --points 24 --equal-macs
        effnet scale search photos/ --model my.json --epochs 8 --halve 2
        effnet scale search --resume runs/scale-search/photos
      """)

  @OptionGroup var base: BaselineOptions
  @Option(number: "Target of α·β²·γ².") var budget = 2.0
  @Option(number: "Largest difference of α·β²·γ² from --budget.") var tolerance = 0.1
  @Option(number: "Distance between neighboring values of α, β and γ.") var step = 0.05
  @Option(number: "Train this many points of the grid, the paper's included (default: all).")
  var points: Int?
  @Flag(
    help: """
      Adjust each network's φ so that its operations are as near to the budget as rounding allows \
      (default: φ = 1). Use it for small baselines, where one repeat or eight channels matter.
      """)
  var equalMacs = false
  @Option(
    number: """
      Number of times to keep the better half and train it again, twice as long; the last round \
      trains for --epochs.
      """, value: "times")
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
    let run = ExperimentRun(options: experiment, command: .scaleSearch)
    try run.run {
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
        "the grid is empty: no α from 1 to 2 and β, γ from 1 to 1.5 in steps of \(step) have "
          + "|α·β²·γ² − \(budget)| < \(tolerance); raise --tolerance or lower --step")
    }
    guard min(points ?? count, count) <= 10000 else {
      throw ValidationError(
        "the grid has \(count.grouped) points; it must have at most 10,000: raise --step, or use --points"
      )
    }
    return grid
  }
}
