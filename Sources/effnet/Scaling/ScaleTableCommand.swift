import ArgumentParser
import EfficientNet
import EfficientNetSearch

struct ScaleTableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Show what a baseline becomes at each φ, and what it costs.",
    discussion: """
      For each φ: the factors on depth, width and resolution, what repeats and channels become after rounding, parameters, \
      multiply-accumulate operations, memory of the activations in training and the median time on this machine, unless a run would take \
      more than about 10 s, by B0's pace, or half of the memory. Beside B0 it shows the \
      released B1 to B7, which are not φ = 1 to 7: their authors chose the numbers by hand.

      Examples:
        effnet scale table
        effnet scale table --baseline my.json --alpha 1.3 --beta 1.1 --gamma 1.1 --phi 0...3 --write scaled/
        effnet scale table --phi 0,0.5,1 --no-latency --csv > table.csv
        effnet summary --model scaled/b0-phi1.json
      """)

  @OptionGroup var scaling: ScalingOptions
  @Option(
    parsing: .unconditional,
    help: "Which φ: a list such as 0,1,2.5 or whole numbers such as 0...7.",
    transform: NumberList.phis)
  var phi: [Double] = (0...7).map(Double.init)
  @OptionGroup var speed: LatencyOptions
  @Flag(help: "Do not measure times.") var noLatency = false
  @Option(help: "A folder for a JSON file of each network, for --model.", value: "folder")
  var write: String?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print CSV.") var csv = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    if json, csv { throw ValidationError("--json and --csv exclude each other") }
    if noLatency, speed.isGiven {
      throw ValidationError(
        "--no-latency measures nothing; leave out --threads, --batch and --precision")
    }
  }

  func run() throws {
    let baseline = try scaling.base.network()
    let networks = try phi.map { phi in
      let network = baseline.network(scaling.coefficients, phi: phi)
      try network.validate()
      return network
    }
    // Nothing is written before all is done.
    Interruption.endAtOnce()
    var rows = zip(networks, phi).map { network, phi in
      ScaledNetwork(
        network, phi: phi, factors: scaling.coefficients.factors(phi: phi),
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

  /// Measures the networks whose runs are not too long and not too large.
  private func measure(_ networks: [Architecture], into rows: inout [ScaledNetwork]) throws {
    let (settings, pool) = (speed.settings, speed.pool())
    let b0 = try Variant(named: "b0").architecture
    let single = LatencySettings(
      threads: settings.threads, batch: 1, precision: settings.precision)
    let pace =
      try single.milliseconds(of: b0, seconds: 0.2, pool: pool) / Double(NetworkCost(b0).macs)
    let progress = ProgressLine("networks", isQuiet: quiet)
    for (index, network) in networks.enumerated() {
      progress.update(index, of: networks.count)
      let expected = pace * Double(rows[index].macs) * Double(settings.batch)
      guard expected <= ScaleTable.longestRun, settings.haveRoom(for: network)
      else { continue }
      rows[index].medianMS = try settings.milliseconds(of: network, seconds: 1, pool: pool)
    }
  }

  /// The released network that the paper's readers take for this φ.
  private func released(_ phi: Double) -> Variant? {
    guard scaling.base.baseline == "b0", phi == phi.rounded(), 0...7 ~= phi else { return nil }
    return Variant.all.first { $0.name == "b\(Int(phi))" }
  }

  private func show(_ rows: [ScaledNetwork], of baseline: Baseline) throws {
    let table = ScaleTable(
      baseline: baseline.architecture.name, coefficients: scaling.coefficients,
      speed: noLatency ? nil : speed.settings, networks: rows)
    if json { return try StandardOutput.print(json: table, isPretty: true) }
    if csv { return try StandardOutput.print(table.csv) }
    let remark = "The paper asks for α, β, γ of at least 1 with |α·β²·γ² − 2| < 0.1."
    try StandardOutput.print(
      [scaling.line] + (scaling.coefficients.meets() ? [] : [remark]) + ["", table.text])
  }
}
