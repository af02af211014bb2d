import EfficientNet
import EfficientNetReports
import FoundationEssentials

/// A plan as a table or as JSON.
struct PlanReport {
  let summary: PlanSummary

  func print(asJSON json: Bool) throws {
    guard !json else {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return try StandardOutput.print(String(decoding: encoder.encode(summary), as: UTF8.self))
    }
    for line in lines { try StandardOutput.print(line) }
  }

  private var lines: [String] {
    let sizes = [
      "\(summary.model): \(summary.steps.count) steps, "
        + "\(summary.steps.reduce(0) { $0 + $1.layers.count }) layers without norms and "
        + "activations; "
        + "\(summary.threads.counted("thread", "threads")), \(summary.instructionSet), "
        + summary.precision.rawValue,
      "weights \(megabytes(summary.weightBytes)); for each image under way "
        + "\(megabytes(summary.arenaBytes)) of feature maps in \(summary.buffers.count) buffers; "
        + "for each thread \(megabytes(summary.scratchBytes)) of intermediate results", "",
    ]
    var steps = TextTable([.left, .left, .right, .right, .right, .left, .right])
    steps.add("step", "computes", "output", "tiles", "pieces", "reads → writes", "weights")
    for step in summary.steps {
      steps.add(
        step.name, step.operation, step.output.map(String.init).joined(separator: "×"),
        step.tiles.joined(separator: " "), "\(step.pieces)",
        "\(list(step.reads)) → \(list(step.writes))", step.weightBytes.grouped)
    }
    var buffers = TextTable([.right, .left, .left, .right, .right, .right])
    buffers.add("buffer", "layout", "numbers", "bytes", "offset", "steps")
    for (number, buffer) in summary.buffers.enumerated() {
      let first = max(buffer.firstStep + 1, 1)
      buffers.add(
        "\(number)", buffer.layout, buffer.precision.rawValue, buffer.bytes.grouped,
        buffer.offset.grouped,
        "\(first)–\(min(buffer.lastStep + 1, summary.steps.count))")
    }
    return sizes + steps.lines + [""] + buffers.lines
  }

  private func list(_ buffers: [Int]) -> String {
    buffers.map(String.init).joined(separator: " ")
  }

  private func megabytes(_ bytes: Int) -> String {
    bytes < 100_000
      ? "\((Double(bytes) / 1e3).formatted(digits: 1)) kB"
      : "\((Double(bytes) / 1e6).formatted(digits: 2)) MB"
  }
}
