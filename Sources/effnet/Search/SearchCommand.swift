public import ArgumentParser
import EfficientNet
import EfficientNetReports
public import EfficientNetSearch
import EfficientNetTraining

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find an architecture on photos by MnasNet's search, which found B0.",
    discussion: """
      A controller proposes networks of a search space, a few at a time. Each is trained from \
      scratch with the same short recipe, and the controller learns from the reward: accuracy · \
      (cost / target)^w. Then the best few are trained longer, next to the space's reference at \
      as many operations.

      The search space is MnasNet's around MobileNetV2 (mnasnet), the same around B0 \
      (efficientnet), or a JSON file like the output of --show-space. --width, --stages and \
      --resolution shrink it for small machines and small photos.

      The folder of the search, runs/search/NAME, holds report.html with the Pareto front, the \
      reward over time and drawings of the best networks; search.csv with every proposal, \
      table.csv with the finalists, results.jsonl with every training, and best.json, the \
      winner, for --model and for --baseline of 'effnet scale search'. After Ctrl-C, a full disk \
      or a crash, --resume continues the search. --against, --broken, --jobs, --threads, \
      --cache, --cache-limit, --json, --quiet and the path of moved photos can be changed on \
      resume.

      Examples:
        effnet search photos/ --width 0.25 --stages 5 --resolution 48 --samples 60
        effnet search photos/ --target 30M --controller evolution --top 5
        effnet search photos/ --objective latency --target 5ms
        effnet search --space mnasnet --width 0.5 --show-space
        effnet search --resume runs/search/photos
      """)

  @OptionGroup var space: SearchSpaceOptions
  @OptionGroup var objective: ObjectiveOptions
  @Option(help: "Controller that proposes networks.")
  var controller = SearchStudy.ControllerKind.ppo
  @Option(number: "Number of networks to propose.") var samples = 60
  @Option(number: "Networks to propose before the controller learns from them.") var proposals = 6
  @Option(number: "Train this many of the best networks longer; 0 for none.") var top = 3
  @Option(
    number: "Epochs of the longer trainings (default: four times those of the search).",
    value: "epochs")
  var topEpochs: Int?
  @Option(number: "Longer trainings per network, with different seeds.") var topSeeds = 3
  @Option(
    help: ArgumentHelp(
      "Also draw this search with the same objective in the report; may be repeated.",
      valueName: "experiment"))
  var against: [String] = []
  @OptionGroup var experiment: ExperimentOptions

  func validate() throws {
    try check(samples, "--samples", 1...1_000_000)
    try check(proposals, "--proposals", 1...10000)
    try check(top, "--top", 0...1000)
    try check(topEpochs, "--top-epochs", 1...100_000)
    try check(topSeeds, "--top-seeds", 1...1000)
  }

  func run() throws {
    if space.showSpace { return try space.show() }
    let run = ExperimentRun(
      options: experiment, command: "search", place: "runs/search", others: against)
    try run.run(seeds: 1, belongs: { if case .architectures = $0 { true } else { false } }) {
      let space = try space.narrowed()
      return { try study(of: space, $0, $1) }
    }
  }

  /// Returns the study of a search on photos; nil if it was interrupted.
  private func study(of space: SearchSpace, _ recipe: Recipe, _ data: DataSplit) throws -> Study? {
    let classes = data.training.classes.count
    var space = space
    space.reference.classes = classes
    let latencies = try objective.latencies(
      of: space, classes: classes, isQuiet: experiment.quiet)
    if objective.objective == .latency, latencies == nil { return nil }
    let study = SearchStudy(
      space, objective: try objective.objective(space, classes: classes, latencies),
      controller: controller, samples: samples, batch: proposals, finalists: top,
      finalEpochs: topEpochs ?? 4 * recipe.epochs, finalSeeds: topSeeds, latencies: latencies)
    return .architectures(study)
  }
}

/// Options for the search space.
struct SearchSpaceOptions: ParsableArguments {
  @Option(help: "The search space: mnasnet, efficientnet or a JSON file.", value: "name|file.json")
  var space = "mnasnet"
  @Option(number: "Factor on the space's channels (default: 1).", value: "factor") var width:
    Double?
  @Option(number: "Use only this many first stages of the space (default: all).") var stages: Int?
  @Option(number: "Side of the images, in pixels (default: the space's).", value: "pixels")
  var resolution: Int?
  @Flag(help: "Print the space as JSON and its size, and exit.") var showSpace = false

  func validate() throws {
    try check(width, "--width", 0.05...20)
    try check(stages, "--stages", 1...64)
    try check(resolution, "--resolution", 8...4096)
  }

  func narrowed() throws -> SearchSpace {
    let named = try named()
    if let stages, stages > named.reference.stages.count {
      throw ValidationError(
        "--stages is \(stages); for the space \(named.name) it must be at most \(named.reference.stages.count)"
      )
    }
    let space = named.narrowed(width: width ?? 1, stages: stages, resolution: resolution)
    if let complaint = space.complaint {
      throw ValidationError("the search space \(space.name): \(complaint)")
    }
    return space
  }

  private func named() throws -> SearchSpace {
    if space.hasSuffix(".json") { return try SearchSpace(json: space) }
    if let found = SearchSpace.all.first(where: { $0.name == space }) { return found }
    let names = SearchSpace.all.map(\.name).joined(separator: ", ")
    throw ValidationError(
      "there is no search space '\(space)'; use \(names) or a JSON file")
  }

  func show() throws {
    let space = try narrowed()
    try StandardOutput.print(json: space, isPretty: true, keepsKeys: true)
    let cost = NetworkCost(space.reference)
    StandardError.write(
      "\(space.decisions.count.counted("decision", "decisions")), "
        + "10^\(space.magnitude.formatted(digits: 1)) points; the reference has "
        + "\(cost.parameters.grouped) parameters and \((Double(cost.macs) / 1e6).formatted(digits: 2)) M MACs\n"
    )
  }
}

extension SearchStudy.ControllerKind: ExpressibleByArgument {}
extension Objective.Cost: ExpressibleByArgument {}
