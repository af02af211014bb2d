import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetReports

extension InspectCommand {
  /// Prints the summary of an ONNX file.
  func showONNX(_ path: String) throws {
    guard try ModelSource(network, scale: scale).description() == nil else {
      throw ValidationError(
        "--model compares the names of tensors, which an ONNX file may choose; leave it out")
    }
    let summary = try ONNXSummary(onnx: path)
    if json { return try StandardOutput.print(json: summary, isPretty: true, keepsKeys: true) }
    try StandardOutput.print(summary.lines)
    if tensors {
      try StandardOutput.print(
        [""]
          + summary.initializers.tableLines(
            .left { $0.name }, .left { $0.type }, .left { $0.dimensions }))
    }
    if classes {
      guard let names = summary.classes else { throw Self.noClasses(path) }
      try StandardOutput.print(Self.lines(of: names.map { ClassLabel(name: $0) }))
    }
  }
}

extension ONNXSummary {
  fileprivate var lines: [String] {
    var lines = [
      "\(path): \(form) of \(producer.isEmpty ? "an unnamed producer" : producer), "
        + (opset.map { "opset \($0)" } ?? "without operators of ONNX"),
      "graph \(graph): \(nodes.counted("node", "nodes")), "
        + "\(initializers.count.counted("initializer", "initializers")) with "
        + numbers.counted("parameter", "parameters")
        + (hasFoldedBatchNorm ? " (batch norms are folded into the convolutions)" : ""),
    ]
    lines += inputs.map { "input \($0.name): \($0.type), \($0.dimensions)" }
    lines += outputs.map { "output \($0.name): \($0.type), \($0.dimensions)" }
    if let classes {
      lines.append(
        "\(classes.count.counted("class", "classes")): "
          + classes.prefix(3).joined(separator: ", ") + (classes.count > 3 ? ", …" : ""))
    }
    if let network = metadata["variant"], isOurs {
      lines.append(
        "network \(network), written by effnet, with timm's names of tensors; photos are prepared "
          + "as the metadata say")
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key })
    where key != "classes" || classes == nil {
      lines.append("metadata \(key): \(value)")
    }
    lines.append(
      "effnet reads it as a weight file\(isDescribed ? "" : ", with --model if it is one of its networks"); "
        + "ONNX Runtime runs it: onnxruntime.InferenceSession(\(path.pythonLiteral))")
    return lines.map { String($0.oneLine.prefix(300)) }
  }
}

extension ONNXSummary {
  /// Whether the file is one of this program without batch norms, which it folds by default.
  private var hasFoldedBatchNorm: Bool {
    isOurs && !initializers.contains { $0.name.hasSuffix("running_var") }
  }

  private var isOurs: Bool { producer == "swift-efficientnet" }
}

extension ONNXSummary.Value {
  /// For instance "batch×3×224×224".
  fileprivate var dimensions: String {
    shape.isEmpty ? "no shape" : shape.joined(separator: "×")
  }
}
