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
      (cost / target)^w. Then the few with the highest rewards, the finalists, are trained longer, \
      next to the space's reference at as many operations.

      The search space is MnasNet's around MobileNetV2 (mnasnet), the same around B0 \
      (efficientnet), a JSON file like the output of --show-space, or the same choices around the \
      network of --model. --width, --depth, --stages and --resolution shrink it for small machines \
      and small photos. --width rounds channels to multiples of 4 here, but to multiples of 8 in \
      'train' and 'scale', so the same width gives other channels there. Before it starts, the \
      command prints the number of trainings and about how long they take; --estimate only prints \
      that.

      In the output, a stage is written such as "MB6 k5 se c40 ×3 pool": the operation (conv: \
      full convolution; sep: MBConv1, depthwise-separable; MB3, MB6: MBConv3, MBConv6, which \
      expand 3 or 6 times), the kernel (k5: 5×5), squeeze-and-excitation (se), the channels, the \
      number of layers, and the skip connection (pool: pooled; plain: none; without a word: \
      identity).

      The folder of the search, runs/search/NAME, holds report.html with the Pareto front, the \
      reward over time and drawings of the networks with the highest rewards; search.csv with \
      every proposal, table.csv with the finalists, results.jsonl with every training, and for \
      --model of other commands best.json, the network with the highest reward, and \
      reference.json, the reference that is trained with the finalists. There is a \
      winner only if its reward is significantly higher than that of each other finalist. So \
      with --top 0 or 1 there is none. After Ctrl-C, a full disk or a crash, --resume continues \
      the search; with --json, it prints lines for new proposals only, and search.csv has all. \
      --against, --broken, --jobs, --threads, --cache, --cache-limit, --json, --quiet \
      and the path of moved photos can be changed on resume, and --top-seeds can be raised.

      Examples:
        effnet search photos/ --width 0.25 --stages 5 --resolution 48 --samples 60
        effnet search photos/ --target 30M --controller evolution --top 5
        effnet search photos/ --model b0 --width 0.25 --stages 5 --resolution 32
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
  @Option(number: "Train this many networks with the highest rewards longer; 0 for none.")
  var top = 3
  @Option(
    number: "Epochs of the longer trainings (default: four times those of the search).",
    value: "epochs")
  var topEpochs: Int?
  @Option(number: "Longer trainings per network, with different seeds.") var topSeeds = 3
  @Option(
    help: ArgumentHelp(
      """
      Also draw this search with the same objective in the report; may be repeated. The findings \
      compare with all random searches together. A resumed search keeps its searches, unless \
      --against names others.
      """,
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
    if space.showSpace { return try space.show(classes: classes()) }
    let run = ExperimentRun(
      options: experiment, command: .search, others: against,
      finalSeeds: GivenOptions.names.contains("--top-seeds") ? topSeeds : nil)
    try run.run(seeds: Self.seeds) {
      let space = try space.narrowed()
      return { try study(of: space, $0, $1) }
    }
  }

  /// The number of classes of the photos; nil without photos.
  private func classes() throws -> Int? {
    try experiment.photos.map {
      try DataSplit(
        path: $0, validation: experiment.split, seed: experiment.seed, limit: experiment.subset
      ).training.classes.count
    }
  }

  /// Returns the study of a search on photos; nil if it was interrupted.
  private func study(of space: SearchSpace, _ recipe: Recipe, _ data: DataSplit) throws -> Study? {
    let classes = data.training.classes.count
    var space = space
    space.reference.classes = classes
    func study(_ latencies: LatencyTable?) throws -> Study {
      .architectures(
        SearchStudy(
          space, objective: try objective.objective(space, classes: classes, latencies),
          controller: controller, samples: samples, batch: proposals, finalists: top,
          finalEpochs: topEpochs ?? 4 * recipe.epochs, finalSeeds: topSeeds, latencies: latencies))
    }
    // Refuse other searches before the latencies are measured, which takes long.
    try experiment.settings(
      of: study(nil), recipe, data, on: experiment.photos ?? "", seeds: Self.seeds
    ).compared(
      with: against, classes: classes,
      comparesTargets: objective.objective != .latency || objective.target != nil)
    let latencies = try objective.latencies(
      of: space, classes: classes, isQuiet: experiment.quiet)
    if objective.objective == .latency, latencies == nil { return nil }
    return try study(latencies)
  }

  /// The number of trainings of a proposal if --seeds does not set it.
  private static let seeds = 1
}

struct SearchSpaceOptions: ParsableArguments {
  @Option(
    help: """
      The search space: mnasnet, efficientnet or a JSON file (default: mnasnet, or the choices of \
      mnasnet around the network of --model).
      """, value: "name|file.json")
  var space: String?
  @OptionGroup var network: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @Flag(
    help: """
      Print the space as JSON and its size, and exit. The costs are those for the classes of the \
      photos, if named, else for 1,000 classes.
      """)
  var showSpace = false

  func validate() throws {
    if space != nil, network.model != nil {
      throw ValidationError("--space and --model both name the space's network; leave out one")
    }
  }

  func narrowed() throws -> SearchSpace {
    let named = try named()
    let space = named.narrowed(
      stages: try shortening.checked(
        atMost: named.reference.stages.count, for: "the space \(named.name)"))
    if let complaint = space.complaint {
      throw ValidationError("the search space \(space.name): \(complaint)")
    }
    return space
  }

  /// The space with all stages.
  private func named() throws -> SearchSpace {
    guard network.model != nil else {
      return try predefined().narrowed(
        width: scale.width ?? 1, depth: scale.depth ?? 1, resolution: network.resolution)
    }
    let reference = try ModelSource(network, scale: scale).architecture()
    // Narrow networks need finer steps of channels.
    return SearchSpace(
      name: reference.name, reference: reference, multiple: scale.width == nil ? 8 : 4)
  }

  private func predefined() throws -> SearchSpace {
    let space = space ?? "mnasnet"
    if space.hasSuffix(".json") { return try SearchSpace(json: space) }
    if let found = SearchSpace.all.first(where: { $0.name == space }) { return found }
    let names = SearchSpace.all.map(\.name).joined(separator: ", ")
    throw ValidationError(
      "there is no search space '\(space)'; use \(names) or a JSON file")
  }

  /// Prints the space and its size.
  ///
  /// - Parameter classes: The number of classes of the reference; nil for that of the space.
  func show(classes: Int?) throws {
    var space = try narrowed()
    space.reference.classes = classes ?? space.reference.classes
    try StandardOutput.print(json: space, isPretty: true, keepsKeys: true)
    let cost = NetworkCost(space.reference)
    StandardError.write(
      "\(space.decisions.count.counted("decision", "decisions")), "
        + "10^\(space.magnitude.formatted(digits: 1)) points; the reference has "
        + "\(cost.parameters.grouped) parameters and "
        + "\((Double(cost.macs) / 1e6).formatted(digits: 2)) M MACs for "
        + space.reference.classes.counted("class", "classes") + "\n"
    )
  }
}

extension SearchStudy.ControllerKind: ExpressibleByArgument {}
extension Objective.Cost: ExpressibleByArgument {}
