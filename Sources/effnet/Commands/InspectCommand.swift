import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetReports

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a weight file contains and which network it fits.",
    usage: "effnet inspect <file> [<options>]",
    discussion: """
      Reads safetensors, PyTorch checkpoints, Keras files and .npz. Identifies the network by \
      the file's own description, or by the names and shapes of its tensors, and lists tensors \
      that are missing, extra or of another shape. With --model it compares the file with that \
      network. The best weights of a run are named by its folder, downloaded weights by their \
      name.

      Of an ONNX file, it shows the producer, inputs, outputs, the numbers of nodes, initializers \
      and parameters, and the metadata.

      Examples:
        effnet inspect model.safetensors
        effnet inspect runs/train/photos --classes
        effnet inspect checkpoint.pth --model timm/efficientnet_b0
        effnet inspect b0.onnx
      """)

  @Argument(help: "The weight file, the folder of a run, or the name of downloaded weights.")
  var file: String
  @OptionGroup var network: ModelOptions
  @Flag(help: "List all tensors with their shapes.") var tensors = false
  @Flag(help: "List all classes. --json always has them.") var classes = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var checkpoint: CheckpointOptions
  @OptionGroup var scale: ScaleOptions

  func run() throws {
    let file = try weightFile()
    let form = try WeightFileForm(of: file)
    if form == .onnx { return try showONNX(file) }
    let contents = try WeightFile(file, prefersEMA: !checkpoint.noEma)
    let wanted = try ModelSource(network, scale: scale).description()
    let stated = wanted == nil ? StatedNetwork(contents.weights.metadata) : nil
    let inspection = try WeightInspection(
      contents, path: file, form: form.rawValue, against: wanted ?? stated?.description,
      listsTensors: tensors)
    if json { return try StandardOutput.print(json: inspection, isPretty: true, keepsKeys: true) }
    try StandardOutput.print(inspection.lines(isCompared: wanted != nil, stated: stated))
    if classes {
      guard let classes = inspection.description?.classes else { throw Self.noClasses(file) }
      try StandardOutput.print(Self.lines(of: classes))
    }
  }

  /// Returns the path of the weights, of which a run and a name have one.
  private func weightFile() throws -> String {
    if case .file = try ModelSource.Kind(of: file) { return file }
    return try ModelSource(network: file).weightFile()
  }

  /// The error about a file without names of classes.
  static func noClasses(_ path: String) -> CommandError {
    CommandError("\(path) does not name its classes")
  }

  static func lines(of classes: [ClassLabel]) -> [String] {
    [""]
      + classes.enumerated().tableLines(
        .right("class") { "\($0.offset)" }, .left("name") { $0.element.name },
        .left { $0.element.wnid ?? "" })
  }
}

extension WeightInspection {
  /// Returns the text of the inspection, most important facts first.
  ///
  /// - Parameters:
  ///   - isCompared: Whether the file is compared with a network that the user named.
  ///   - stated: The network that the file states without a description.
  fileprivate func lines(isCompared: Bool, stated: StatedNetwork?) -> [String] {
    var lines = [
      "\(path.oneLine): \(form), \(tensorCount.grouped) tensors, \(numbers.grouped) numbers"
        + (naming.map { ", named as in \($0)" } ?? "")
        + (naming == "timm" ? ", whose names effnet uses too" : "")
    ]
    if let description {
      let architecture = description.architecture
      let preprocessing = description.preprocessing
      let labels = description.classes.prefix(3).map(\.name).joined(separator: ", ")
      lines += [
        "describes itself: \(architecture.name), \(architecture.resolution)×\(architecture.resolution)"
          + "×\(architecture.inputChannels), \(architecture.padding.rawValue) padding, "
          + "batch-norm epsilon \(architecture.batchNormEpsilon)",
        "photos: \(preprocessing.words)",
        "\(description.classes.count.counted("class", "classes")): \(labels)"
          + (description.classes.count > 3 ? ", …" : ""),
        "from: \(description.provenance)",
      ].map(\.oneLine.shortened)
      if let quantization = description.quantization {
        lines.append("int8: calibrated with \(quantization.calibration)".oneLine.shortened)
        if !quantization.floats.isEmpty {
          lines.append("in 32-bit floats: \(quantization.floats.joined(separator: ", "))".oneLine)
        }
      }
    }
    if let stated {
      lines.append("written by 'effnet convert'; the network is: \(stated.words)")
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key })
    where description == nil && (stated == nil || key != Weights.optionsKey) {
      lines.append("metadata \(key): \(value.prefix(200))".oneLine)
    }
    // A file that names its network needs no list of the networks of the same shapes.
    let own = (description ?? StatedNetwork(metadata)?.description)?.architecture.name
    lines += fitLines(isCompared: isCompared || stated != nil, own: own)
    if !isCompared, let next { lines.append("next: \(next)") }
    if !beside.isEmpty {
      lines.append("not part of the network, not used (\(beside.count)):")
      lines += Self.shown(beside)
    }
    if let tensors {
      lines.append("")
      lines += tensors.tableLines(
        .left { $0.name }, .left { $0.shape.map(String.init).joined(separator: "×") })
    }
    return lines
  }

  /// The command that classifies a photo with the file; nil if it cannot, or if the user must
  /// choose the network.
  private var next: String? {
    guard fits.count == 1, fits[0].exact, fits[0].refusal == nil, fits[0].classes > 0,
      fits[0].channels == 3
    else { return nil }
    let command = ["effnet", "classify", "photo.jpg"]
    return shellLine(command + ["--model", path]).oneLine
  }

  /// The first ten items of a list, and the number of the others.
  private static func shown(_ items: [String]) -> [String] {
    let rest = items.count > 10 ? ["  … and \(items.count - 10) more (--json lists all)"] : []
    return items.prefix(10).map { "  \($0)".oneLine } + rest
  }

  private func fitLines(isCompared: Bool, own: String?) -> [String] {
    guard let first = fits.first else { return ["fits no network: no tensor has a known name"] }
    let names = fits.map(\.model).joined(separator: ", ")
    let own = own == names ? nil : own
    guard !first.exact else {
      var lines = [
        "fits \(names), "
          + (first.classes == 0
            ? "without a classifier, " : "with \(first.classes.counted("class", "classes")) and ")
          + first.channels.counted("input channel", "input channels")
      ]
      if let refusal = first.refusal {
        return lines + ["but effnet cannot run it: \(refusal)".oneLine]
      }
      lines += first.notes.map { "note: \($0)".oneLine }
      if description == nil { lines += fits.map { "  \($0.model): \($0.assumed)" } }
      if fits.count > 1 {
        lines.append(
          "choose the network that the weights were trained for with --model, for example: "
            + shellLine([
              "effnet", "classify", "photo.jpg", "--model", first.model, "--weights", path,
            ]).oneLine)
      }
      return lines
    }
    let counts = [
      (first.missing.count, "missing"), (first.extra.count, "extra"),
      (first.mismatches.count, "of another shape"),
    ].filter { $0.0 > 0 }
    if !isCompared, description == nil, counts.map(\.0).reduce(0, +) > 10 {
      return [
        "fits no known network; for a network of your own, name its JSON file with --model",
        "closest: \(names) (\(counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")); "
          + "--model \(first.model) lists them)",
      ]
    }
    var lines = [
      others.isEmpty && own == nil
        ? "fits no network exactly; closest: \(names)"
        : "does not fit \(names); it "
          + (own.map { "is \($0)" } ?? "fits \(others.joined(separator: ", "))")
    ]
    func list(_ title: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      lines.append("\(title) (\(items.count)):")
      lines += Self.shown(items)
    }
    list("missing", first.missing)
    list("extra", first.extra)
    list(
      "of another shape",
      first.mismatches.map {
        "\($0.name): \($0.found.map(String.init).joined(separator: "×")), "
          + "the network needs \($0.expected.map(String.init).joined(separator: "×"))"
      })
    return lines
  }
}

extension String {
  /// The first 500 characters: a text from a file may have any length. --json has all of it.
  fileprivate var shortened: String { count > 500 ? "\(prefix(500))…" : self }
}
