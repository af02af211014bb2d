import ArgumentParser
import EfficientNet
import EfficientNetReports

struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "Scale networks in depth, width and resolution together.",
    discussion: """
      A baseline grows by α^φ in depth, β^φ in width and γ^φ in resolution, and its operations \
      by about 2^φ. 'table' shows the scaled networks and their costs, 'fit' finds the largest \
      network within a budget, 'search' finds α, β and γ on photos, 'dimensions' compares \
      scaling one dimension with scaling all.

      Examples:
        effnet scale table
        effnet scale table --baseline lite0 --phi 0...4 --write scaled/
        effnet scale fit --latency 20ms --write scaled/
        effnet scale search photos/ --baseline my.json --points 24
        effnet scale dimensions photos/ --baseline my.json --factors 1.5,2,3,4
      """,
    subcommands: [
      ScaleTableCommand.self, ScaleFitCommand.self, ScaleSearchCommand.self,
      ScaleDimensionsCommand.self,
    ])
}

/// Options for the baseline.
struct BaselineOptions: ParsableArguments {
  @Option(help: "The network at φ = 0: a short name or a JSON file.", value: "name|file.json")
  var baseline = "b0"

  @Flag(
    help: """
      Round repeats to the nearest whole number and channels to multiples of 2 (default: repeats up, \
      channels to multiples of 8, as in the released networks). Use it for small baselines, where \
      coarse steps hide the differences.
      """)
  var fine = false

  func network() throws -> Baseline {
    let baseline = try named()
    return fine ? Baseline(baseline.architecture, rule: baseline.rule.fine) : baseline
  }

  private func named() throws -> Baseline {
    if baseline.hasSuffix(".json") { return Baseline(try Architecture(json: baseline)) }
    guard let variant = Variant.all.first(where: { $0.name == baseline }) else {
      throw ValidationError(
        "there is no network '\(baseline)'; use a short name ('effnet models' lists them) or a JSON file"
      )
    }
    return Baseline(variant)
  }
}

/// Options for the baseline and the growth of each dimension.
struct ScalingOptions: ParsableArguments {
  @OptionGroup var base: BaselineOptions
  @Option(number: "α: factor on depth (block repeats) for each step of φ.")
  var alpha = CompoundCoefficients.paper.depth
  @Option(number: "β: factor on width (channels) for each step of φ.")
  var beta = CompoundCoefficients.paper.width
  @Option(number: "γ: factor on resolution (side of the image) for each step of φ.")
  var gamma = CompoundCoefficients.paper.resolution

  func validate() throws {
    for (name, value) in [("--alpha", alpha), ("--beta", beta), ("--gamma", gamma)] {
      try check(value, name, 0.1...10)
    }
  }

  var coefficients: CompoundCoefficients {
    CompoundCoefficients(depth: alpha, width: beta, resolution: gamma)
  }

  /// For instance "α 1.2, β 1.1, γ 1.15: α·β²·γ² = 1.920".
  var line: String {
    "α \(alpha.shortest), β \(beta.shortest), γ \(gamma.shortest): α·β²·γ² = "
      + coefficients.cost.formatted(digits: 3)
  }
}

/// Writes a network as a JSON file to a folder, which is created if needed. Returns the path.
func writeNetwork(_ network: Architecture, to folder: String) throws -> String {
  try Folder.make(folder)
  let name = network.name.split(separator: "/").joined(separator: "-")
  let path = "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\(name).json"
  try OutputFile.write(Array((network.json + "\n").utf8), to: path)
  return path
}
