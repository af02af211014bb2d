import ArgumentParser
import EfficientNet
import EfficientNetSearch

struct ScaleTableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Show the scaled networks of a baseline and their costs.",
    usage: "effnet scale table [<baseline>] [<options>]",
    discussion: """
      Prints for each φ: the factors on depth, width and resolution, the rounded repeats and \
      channels, parameters, multiply-accumulate operations (MACs), and their growth over the \
      baseline: 2^φ, at which the paper aims, (α·β²·γ²)^φ, which the factors give before rounding, \
      and the growth that the network reaches; the size of the outputs of all layers, and the \
      median latency on this machine. Latency is not measured for networks whose run would take \
      more than about 10 s (estimated from B0's) or half of the memory. For the baseline b0 also \
      prints the released B1 to B7 with the paper's FLOPs and top-1; their authors chose the \
      factors by hand, so they differ from φ = 1 to 7.

      Examples:
        effnet scale table
        effnet scale table lite0 --phi 0...3 --write scaled/
        effnet scale table --phi 0,0.5,1 --no-latency --csv > table.csv
        effnet summary scaled/b0-phi1.json
      """)

  @Argument(help: ArgumentHelp("The network at φ = 0, instead of --model.", valueName: "baseline"))
  var network: String?
  @OptionGroup var scaling: ScalingOptions
  @Option(
    parsing: .unconditional,
    help: "Values of φ: a list such as 0,1,2.5 or a range such as 0...7 (default: 0...7).",
    transform: NumberList.phis)
  var phi: [Double] = (0...7).map(Double.init)
  @Option(help: "Write each network as a JSON file for --model to this folder.", value: "folder")
  var write: String?
  @Flag(help: "Do not measure latency.") var noLatency = false
  @OptionGroup var speed: LatencyOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print CSV.") var csv = false
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    if let network, let other = scaling.base.model.model ?? scaling.base.baseline {
      throw ValidationError("\(network) and \(other) both name the baseline; leave out one")
    }
    if json, csv { throw ValidationError("--json and --csv cannot be used together") }
    if noLatency, speed.isGiven {
      throw ValidationError(
        "--no-latency measures nothing; leave out --threads, --batch and --precision")
    }
  }

  /// The option for the baseline, or the argument in its place.
  private var base: BaselineOptions {
    var base = scaling.base
    if let network { base.model.model = network }
    return base
  }

  func run() throws {
    let baseline = try base.network()
    let networks = try phi.map { phi in
      let network = baseline.network(scaling.coefficients, phi: phi)
      try network.validate()
      return network
    }
    // Nothing is written before the end.
    Interruption.endAtOnce(saying: Interruption.noUnfinishedFiles)
    var rows = zip(networks, phi).map { network, phi in
      ScaledNetwork(
        network, of: baseline, phi: phi, factors: scaling.coefficients.factors(phi: phi),
        released: released(phi))
    }
    if !noLatency { try measure(networks, into: &rows) }
    if let write {
      for (index, network) in networks.enumerated() {
        rows[index].file = try writeNetwork(network, to: write)
      }
    }
    try show(rows, of: baseline)
  }

  /// Measures the networks, except those whose runs are too long or too large.
  private func measure(_ networks: [Architecture], into rows: inout [ScaledNetwork]) throws {
    let (settings, pool) = (speed.settings, speed.pool())
    let b0 = try Variant(named: "b0").architecture
    let single = LatencySettings(threads: settings.threads, batch: 1, precision: settings.precision)
    let pace =
      try single.milliseconds(of: b0, seconds: 0.2, pool: pool) / Double(NetworkCost(b0).macs)
    let progress = ProgressLine("networks", isQuiet: quiet)
    for (index, network) in networks.enumerated() {
      progress.update(index, of: networks.count)
      let expected = pace * Double(rows[index].macs) * Double(settings.batch)
      guard expected <= ScaleTable.longestRun, try settings.haveRoom(for: network)
      else { continue }
      rows[index].medianMS = try settings.milliseconds(of: network, seconds: 1, pool: pool)
    }
  }

  /// Returns the released network that is often taken for this φ.
  private func released(_ phi: Double) -> Variant? {
    guard base.name.lowercased() == "b0", base.isUnchanged, phi == phi.rounded(), 0...7 ~= phi
    else { return nil }
    return Variant.all.first { $0.name == "b\(Int(phi))" }
  }

  private func show(_ rows: [ScaledNetwork], of baseline: Baseline) throws {
    let table = ScaleTable(
      baseline: baseline.architecture.name,
      baselineMacs: NetworkCost(baseline.architecture).macs, coefficients: scaling.coefficients,
      fine: scaling.base.fine, speed: noLatency ? nil : speed.settings, networks: rows)
    if json { return try StandardOutput.print(json: table, isPretty: true) }
    if csv { return try StandardOutput.print(table.csv) }
    try StandardOutput.print(scaling.lines + ["", table.text])
  }
}
