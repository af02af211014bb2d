import EfficientNet
import EfficientNetReports
import EfficientNetSearch

/// The output of `effnet scale table`.
struct ScaleTable: Encodable {
  let baseline: String
  let coefficients: CompoundCoefficients
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
        "\(row.resolution)", Self.list(row.repeats), Self.list(row.channels), "\(row.parameters)",
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
    var lines = networks.tableLines(
      .right("φ") { Self.short($0.phi) }, .right("depth") { $0.depth.formatted(digits: 3) },
      .right("width") { $0.width.formatted(digits: 3) }, .right("pixels") { "\($0.resolution)" },
      .right("parameters") { Self.millions($0.parameters) },
      .right("MACs") { Self.millions($0.macs) },
      .right("activations") { "\(Self.millions($0.activationBytes))B" },
      .right("median") {
        $0.medianMS.map { "\($0.formatted(digits: $0 < 10 ? 2 : 1)) ms" } ?? "–"
      })
    lines.append("")
    lines += networks.tableLines(
      .right("φ") { Self.short($0.phi) }, .left("repeats") { Self.list($0.repeats) },
      .left("channels") { Self.list($0.channels) })
    let released = networks.compactMap(\.released)
    if !released.isEmpty {
      lines.append("")
      lines += released.tableLines(
        .left("released") { $0.name }, .right("depth") { $0.depth.formatted(digits: 3) },
        .right("width") { $0.width.formatted(digits: 3) }, .right("pixels") { "\($0.resolution)" },
        .right("parameters") { Self.millions($0.parameters) },
        .right("MACs") { Self.millions($0.macs) })
    }
    lines += [
      "",
      "Activations: the outputs of all layers, which training keeps; running a network takes less.",
    ]
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

  private static func list(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: "-")
  }

  /// For instance "390.8 M"; counts below 100,000 in full.
  private static func millions(_ count: Int) -> String {
    count < 100_000 ? "\(count.grouped) " : (Double(count) / 1e6).formatted(digits: 1) + " M"
  }
}
