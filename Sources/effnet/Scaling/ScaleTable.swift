import EfficientNet
import EfficientNetReports
import EfficientNetSearch

struct ScaleTable: Encodable {
  let baseline: String
  let baselineMacs: Int
  let coefficients: CompoundCoefficients
  /// Whether repeats and channels are rounded in fine steps.
  let fine: Bool
  /// The settings of the measurement; nil if times were not measured.
  let speed: LatencySettings?
  let networks: [ScaledNetwork]

  /// The longest run in milliseconds; slower networks are not measured.
  static let longestRun = 10_000.0

  var csv: String {
    var lines = [
      "phi,depth,width,resolution_factor,resolution,repeats,channels,parameters,macs,activation_bytes,median_ms,"
        + "released,released_depth,released_width,released_resolution,released_parameters,released_macs"
    ]
    for row in networks {
      let cells: [String] = [
        row.phi.shortest, row.depth.shortest, row.width.shortest, row.resolutionFactor.shortest,
        "\(row.resolution)", row.repeats.dashed, row.channels.dashed, "\(row.parameters)",
        "\(row.macs)", "\(row.activationBytes)",
        row.medianMS?.formatted(digits: 3) ?? "",
      ]
      let released = row.released.map {
        "\($0.name),\($0.depth.shortest),\($0.width.shortest),\($0.resolution),\($0.parameters),\($0.macs)"
      }
      lines.append((cells + [released ?? ",,,,,"]).joined(separator: ","))
    }
    return lines.joined(separator: "\n")
  }

  var text: String {
    var columns: [TextColumn<ScaledNetwork>] = [
      .right("φ") { Self.short($0.phi) }, .right("depth") { $0.depth.formatted(digits: 3) },
      .right("width") { $0.width.formatted(digits: 3) }, .right("pixels") { "\($0.resolution)" },
      .right("parameters") { Double($0.parameters).abbreviated },
      .right("MACs") { Double($0.macs).abbreviated },
      .right("2^φ") { pow(2, $0.phi).fixed(2) },
      .right("(α·β²·γ²)^φ") { Self.promised(by: $0).fixed(2) },
      .right("reached") { growth(of: $0).fixed(2) },
      .right("activations") { Self.bytes($0.activationBytes) },
    ]
    let hasMemory = networks.contains { $0.memoryBytes != nil }
    if hasMemory { columns.append(.right("memory") { $0.memoryBytes.map(Self.bytes) ?? "–" }) }
    if speed != nil || networks.contains(where: { $0.medianMS != nil }) {
      columns.append(
        .right("median") {
          $0.medianMS.map { "\($0.formatted(digits: $0 < 10 ? 2 : 1)) ms" } ?? "–"
        })
    }
    var lines = networks.tableLines(columns)
    lines.append("")
    lines += networks.tableLines(
      .right("φ") { Self.short($0.phi) }, .left("repeats") { $0.repeats.dashed },
      .left("channels") { $0.channels.dashed })
    let released = networks.compactMap(\.released)
    if !released.isEmpty {
      lines.append("")
      lines += released.tableLines(
        .left("released") { $0.name }, .right("depth") { $0.depth.formatted(digits: 3) },
        .right("width") { $0.width.formatted(digits: 3) }, .right("pixels") { "\($0.resolution)" },
        .right("parameters") { Double($0.parameters).abbreviated },
        .right("MACs") { Double($0.macs).abbreviated },
        .right("paper's FLOPs") { $0.paper?.flopsText ?? "" },
        .right("top-1, %") { $0.paper?.top1Text ?? "" })
    }
    lines += ["", NetworkCost.unit] + growthLines
    if let roundingLine { lines.append(roundingLine) }
    lines += [
      "Activations: the outputs of all layers for one image. A run and training take less for an "
        + "image: they do not keep all outputs. 'effnet train --estimate' prints the memory of a "
        + "training."
    ]
    if hasMemory {
      lines.append(
        "Memory: the weights and activations of a run; the process takes more. 1 MB is 10⁶ bytes.")
    }
    if let speed {
      lines.append("Times: \(speed.words).")
      if networks.contains(where: { $0.medianMS == nil }) {
        lines.append(
          "–: not measured; a run would take more than \(Int(Self.longestRun / 1000)) s or half of the memory."
        )
      }
    }
    let files = networks.compactMap(\.file)
    if !files.isEmpty { lines += [""] + files.map { "wrote \($0)" } }
    return lines.joined(separator: "\n")
  }

  /// At most four decimals, as in the networks' names.
  private static func short(_ phi: Double) -> String { ((phi * 1e4).rounded() / 1e4).shortest }

  /// The meanings of the columns on the growth of the operations.
  private var growthLines: [String] {
    [
      "2^φ: the growth of the MACs that the paper aims at, with α·β²·γ² of about 2.",
      "(α·β²·γ²)^φ: the growth that the factors of depth, width, resolution give before rounding.",
      "reached: the growth of the network, whose layers, channels and pixels are whole numbers.",
    ]
  }

  /// The operations before rounding, (α·β²·γ²)^φ, as a multiple of the baseline's.
  private static func promised(by network: ScaledNetwork) -> Double {
    let side = network.width * network.resolutionFactor
    return network.depth * side * side
  }

  /// The operations of a network as a multiple of the baseline's.
  private func growth(of network: ScaledNetwork) -> Double {
    Double(network.macs) / Double(baselineMacs)
  }

  /// An explanation if the operations of a network differ by more than a tenth from the product of
  /// the factors, (α·β²·γ²)^φ; nil otherwise.
  private var roundingLine: String? {
    /// The factor by which rounding changes the operations, up or down.
    func error(_ network: ScaledNetwork) -> Double {
      let ratio = growth(of: network) / Self.promised(by: network)
      return max(ratio, 1 / ratio)
    }
    guard let worst = networks.max(by: { error($0) < error($1) }), error(worst) > 1.1
    else { return nil }
    let remedies = worst.rounding.remedies.joined(separator: "; ")
    return
      "Operations: at φ = \(Self.short(worst.phi)) (α·β²·γ²)^φ is "
      + "\(Self.promised(by: worst).fixed(2)), the network has "
      + "\(growth(of: worst).fixed(2)) × \(baseline): "
      + worst.rounding.words + (remedies.isEmpty ? "." : " (\(remedies)).")
  }

  /// For instance "89.6 MB" or "1.2 GB".
  private static func bytes(_ count: Int) -> String {
    let megabytes = Double(count) / 1e6
    return megabytes < 1000
      ? "\(megabytes.formatted(digits: 1)) MB" : "\((megabytes / 1000).formatted(digits: 2)) GB"
  }
}
