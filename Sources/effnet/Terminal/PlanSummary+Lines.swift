import EfficientNet
import EfficientNetReports

extension PlanSummary {
  /// The plan as tables.
  var lines: [String] {
    let sizes = [
      "\(model): \(steps.count) steps, "
        + "\(steps.reduce(0) { $0 + $1.layers.count }) layers without norms and "
        + "activations; "
        + "\(threads.counted("thread", "threads")), \(instructionSet), "
        + precision.rawValue,
      "weights \(megabytes(weightBytes)); for each image under way "
        + "\(megabytes(arenaBytes)) of feature maps in \(buffers.count) buffers; "
        + "for each thread \(megabytes(scratchBytes)) of intermediate results", "",
    ]
    var stepTable = TextTable([.left, .left, .right, .right, .right, .left, .right])
    stepTable.add("step", "computes", "output", "tiles", "pieces", "reads → writes", "weights")
    for step in steps {
      stepTable.add(
        step.name, step.operation, step.output.map(String.init).joined(separator: "×"),
        step.tiles.joined(separator: " "), "\(step.pieces)",
        "\(list(step.reads)) → \(list(step.writes))", step.weightBytes.grouped)
    }
    var bufferTable = TextTable([.right, .left, .left, .right, .right, .right])
    bufferTable.add("buffer", "layout", "numbers", "bytes", "offset", "steps")
    for (number, buffer) in buffers.enumerated() {
      let first = max(buffer.firstStep + 1, 1)
      bufferTable.add(
        "\(number)", buffer.layout, buffer.precision.rawValue, buffer.bytes.grouped,
        buffer.offset.grouped,
        "\(first)–\(min(buffer.lastStep + 1, steps.count))")
    }
    return sizes + stepTable.lines + [""] + bufferTable.lines
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
