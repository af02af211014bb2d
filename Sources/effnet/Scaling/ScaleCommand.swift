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
        effnet scale table --model lite0 --phi 0...4 --write scaled/
        effnet scale fit --latency 20ms --write scaled/
        effnet scale search photos/ --model my.json --points 24
        effnet scale dimensions photos/ --model my.json --factors 2,4 --fine
      """,
    subcommands: [
      ScaleTableCommand.self, ScaleFitCommand.self, ScaleSearchCommand.self,
      ScaleDimensionsCommand.self,
    ])
}

/// Options for the baseline, the network at φ = 0.
struct BaselineOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @Option(help: ArgumentHelp("The former name of --model.", visibility: .hidden))
  var baseline: String?

  @Flag(
    help: """
      Round repeats to the nearest whole number and channels to multiples of 2 (default: repeats up, \
      channels to multiples of 8, as in the released networks). Use it for small baselines, where \
      coarse steps hide the differences.
      """)
  var fine = false

  func validate() throws {
    if baseline != nil, model.model != nil {
      throw ValidationError("--baseline is another name of --model; leave out one of them")
    }
  }

  /// Whether no option scales the network before φ does.
  var isUnchanged: Bool {
    scale.width == nil && scale.depth == nil && model.resolution == nil
      && shortening.stages == nil
  }

  /// Whether the network is not named, so that it has its default.
  var isDefault: Bool { model.model == nil && baseline == nil && isUnchanged }

  var name: String { model.model ?? baseline ?? "b0" }

  /// Returns the network with its family's rounding rule.
  func network() throws -> Baseline {
    var named = model
    named.model = name
    let source = try ModelSource(named, scale: scale)
    let rule = source.named?.kind.published.map { Baseline($0.variant).rule } ?? .released
    return Baseline(try shortening.apply(to: source.architecture()), rule: fine ? rule.fine : rule)
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

  /// Checks that operations grow with φ.
  func checkGrowth() throws {
    guard coefficients.cost > 1.01 else {
      throw ValidationError(
        "α·β²·γ² is \(coefficients.cost.shortest); it must be above 1.01: raise --alpha, --beta or "
          + "--gamma")
    }
  }

  var coefficients: CompoundCoefficients {
    CompoundCoefficients(depth: alpha, width: beta, resolution: gamma)
  }

  /// For instance "α 1.2, β 1.1, γ 1.15: α·β²·γ² = 1.920", and a remark if the paper's conditions
  /// are not met.
  var lines: [String] {
    let line =
      "α \(alpha.shortest), β \(beta.shortest), γ \(gamma.shortest): α·β²·γ² = "
      + coefficients.cost.formatted(digits: 3)
    let remark =
      "The paper requires α, β and γ of at least 1 and α·β²·γ² ≈ 2; effnet takes "
      + "|α·β²·γ² − 2| < 0.1 as that."
    return [line] + (coefficients.meets() ? [] : [remark])
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
