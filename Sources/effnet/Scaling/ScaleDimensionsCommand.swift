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

  @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
  var photos: String?
  @OptionGroup var scaling: ScalingOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "By how much operations grow: a list of numbers above 1.", valueName: "1.5,2,3,4"),
    transform: FactorList.init(text:))
  var factors = FactorList(values: [1.5, 2, 3, 4])
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Depths and resolutions, as factors, under which width is scaled, too (figure 4): 1x1.3,2x1,2x1.3 for depth 1 and \
      resolution 1.3, and so on.
      """, valueName: "list"), transform: SettingList.init(text:))
  var under = SettingList(values: [])
  @OptionGroup var experiment: ExperimentOptions

  func validate() throws {
    guard photos != nil || experiment.resume != nil else {
      throw ValidationError("name photos to train on, or an experiment with --resume")
    }
    guard scaling.coefficients.cost > 1.01 else {
      throw ValidationError(
        "α·β²·γ² is \(scaling.coefficients.cost.shortest): the network does not grow; raise --alpha, --beta or --gamma"
      )
    }
  }

  func run() throws {
    let run = ExperimentRun(options: experiment, command: "scale dimensions", place: "runs/scale")
    if let resume = experiment.resume {
      return try run.goOn(with: resume, photos: photos) {
        if case .dimensions = $0 { true } else { false }
      }
    }
    guard let photos else { return }
    let baseline = try scaling.network()
    try run.begin(on: photos) { _, data in
      .dimensions(
        DimensionStudy(
          baseline.with(classes: data.training.classes.count),
          coefficients: scaling.coefficients, factors: factors.values, settings: under.values))
    }
  }
}

/// Factors of a command line.
struct FactorList {
  let values: [Double]

  init(values: [Double]) { self.values = values }

  /// - Throws: `ValidationError`.
  init(text: String) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let value = Double($0), value > 1, value <= 64 else {
        throw ValidationError(
          "factors are '\(text)'; they may be a list of numbers above 1 up to 64, such as 1.5,2,3,4"
        )
      }
      return value
    }
    guard Set(values).count == values.count, values.count <= 100 else {
      throw ValidationError("factors are '\(text)'; each may be named once, and 100 of them")
    }
  }
}

/// Depths and resolutions of a command line.
struct SettingList {
  let values: [DimensionStudy.Setting]

  init(values: [DimensionStudy.Setting]) { self.values = values }

  /// - Throws: `ValidationError`.
  init(text: String) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      let numbers = $0.split(separator: "x", omittingEmptySubsequences: false).map { Double($0) }
      guard numbers.count == 2, let depth = numbers[0], let resolution = numbers[1],
        1...20 ~= depth, 1...20 ~= resolution
      else {
        throw ValidationError(
          "--under is '\(text)'; it may be a list of depths and resolutions from 1 to 20, such as 1x1.3,2x1,2x1.3"
        )
      }
      return DimensionStudy.Setting(depth: depth, resolution: resolution)
    }
    guard Set(values).count == values.count, values.count <= 20 else {
      throw ValidationError("--under is '\(text)'; each may be named once, and 20 of them")
    }
  }
}
