import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetReports
import FoundationEssentials

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what a weight file is, and which network it fits.",
    discussion: """
      Safetensors, PyTorch checkpoints, Keras files and .npz. The network is told by the file's own \
      description, or by the names and shapes of its tensors; what is missing, extra or of another shape is \
      listed. With --model the file is compared with that network.

      Examples:
        effnet inspect model.safetensors
        effnet inspect checkpoint.pth --model timm/efficientnet_b0
      """)

  @Argument(help: "The file.") var file: String
  @OptionGroup var network: ModelOptions
  @Flag(help: "Take the trained weights of a checkpoint that also has their moving averages.")
  var noEma = false
  @Flag(help: "List all tensors.") var tensors = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let form = try WeightFileForm(of: file)
    let weights = try Weights(weightFile: file, prefersEMA: !noEma)
    let inspection = try Inspection(
      weights, path: file, form: form.name, against: network.description(),
      listsTensors: tensors)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try StandardOutput.print(String(decoding: encoder.encode(inspection), as: UTF8.self))
    } else {
      for line in inspection.lines { try StandardOutput.print(line) }
    }
  }
}

/// What is known of a weight file.
private struct Inspection: Encodable {
  /// How the file compares with one network.
  struct Fit: Encodable {
    let model: String
    let exact: Bool
    let classes: Int
    let channels: Int
    let padding: String
    let batchNormEpsilon: Double
    let missing: [String]
    let extra: [String]
    let mismatches: [WeightsFit.Mismatch]
    /// Padding, epsilon and preprocessing, in words.
    let assumed: String
    /// Why the file is not run although its tensors fit; nil if it is.
    let refusal: String?
    /// What the file leaves open.
    let notes: [String]

    private enum CodingKeys: String, CodingKey {
      case model, exact, classes, channels, padding, missing, extra, mismatches, assumed
      case refusal, notes
      case batchNormEpsilon = "batch_norm_epsilon"
    }

    /// - Parameter description: What is known of the network beside the file.
    init(_ fit: WeightsFit, of weights: Weights, as description: ModelDescription) {
      model = description.architecture.name
      var adapted = description
      adapted.architecture = fit.architecture
      var (refusal, notes): (String?, [String]) = (nil, [])
      if fit.missing.isEmpty, fit.mismatches.isEmpty {
        do {
          adapted = try adapted.adapted(toKeras: weights, naming: fit.naming, notes: &notes)
        } catch {
          refusal = "\(error)"
        }
      }
      (self.refusal, self.notes) = (refusal, notes)
      let architecture = adapted.architecture
      assumed =
        "\(architecture.padding.rawValue) padding, epsilon \(architecture.batchNormEpsilon), "
        + "photos \(adapted.preprocessing.words)"
      exact = fit.isExact
      classes = fit.architecture.classes
      channels = fit.architecture.inputChannels
      padding = architecture.padding.rawValue
      batchNormEpsilon = architecture.batchNormEpsilon
      (missing, extra, mismatches) = (fit.missing, fit.extra, fit.mismatches)
    }
  }

  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
  }

  let path: String
  let form: String
  /// The program whose names the tensors have.
  let naming: String?
  let tensorCount: Int
  let numbers: Int
  let metadata: [String: String]
  /// The file's own description, in our files.
  let description: ModelDescription?
  let fits: [Fit]
  /// The names of what stands beside the network and is not read.
  let beside: [String]
  let tensors: [Tensor]?

  private enum CodingKeys: String, CodingKey {
    case path, form, naming, numbers, metadata, description, fits, beside, tensors
    case tensorCount = "tensor_count"
  }

  init(
    _ weights: Weights, path: String, form: String, against wanted: ModelDescription?,
    listsTensors: Bool
  ) throws {
    self.path = path
    self.form = form
    tensorCount = weights.tensors.count
    numbers = weights.tensors.values.reduce(0) { $0 + $1.count }
    // A Keras model's configuration is a megabyte of layers.
    metadata = weights.metadata.filter {
      $0.key != Model.metadataKey && $0.key != Weights.kerasConfigurationKey
    }
    beside = weights.beside
    tensors =
      listsTensors
      ? weights.names.map { Tensor(name: $0, shape: weights.tensors[$0]?.shape ?? []) } : nil
    let map = NameMap.detected(in: weights)
    naming = map?.program
    description = try Model.description(in: weights)
    if let description {
      var compared = description
      compared.architecture = wanted?.architecture ?? description.architecture
      fits = [
        Fit(
          WeightsFit(weights, to: compared.architecture, naming: .timm), of: weights, as: compared
        )
      ]
    } else if let wanted {
      fits = [
        Fit(
          WeightsFit(weights, to: wanted.architecture, naming: map ?? .timm), of: weights,
          as: wanted)
      ]
    } else {
      fits = weights.implementations().map {
        Fit($0.fit, of: weights, as: $0.implementation.imageNetDescription(provenance: path))
      }
    }
  }

  /// What a reader wants to know, most important first.
  var lines: [String] {
    var lines = [
      "\(path.oneLine): \(form), \(tensorCount.grouped) tensors, \(numbers.grouped) numbers"
        + (naming.map { ", named as in \($0)" } ?? "")
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
      ].map(\.oneLine)
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where description == nil {
      lines.append("metadata \(key): \(value.prefix(200))".oneLine)
    }
    lines += fitLines
    if !beside.isEmpty {
      lines.append("beside the network, not used (\(beside.count)):")
      lines += Self.shown(beside)
    }
    if let tensors {
      lines.append("")
      var table = TextTable([.left, .left])
      for tensor in tensors {
        table.add(tensor.name.oneLine, tensor.shape.map(String.init).joined(separator: "×"))
      }
      lines += table.lines
    }
    return lines
  }

  /// The first few names of a list.
  private static func shown(_ items: [String]) -> [String] {
    let rest = items.count > 10 ? ["  … and \(items.count - 10) more (--json lists all)"] : []
    return items.prefix(10).map { "  \($0)".oneLine } + rest
  }

  private var fitLines: [String] {
    guard let first = fits.first else { return ["fits no network: none of the names is known"] }
    let names = fits.map(\.model).joined(separator: ", ")
    guard !first.exact else {
      var lines = [
        "fits \(names), "
          + (first.classes == 0
            ? "without a classifier, " : "with \(first.classes.counted("class", "classes")) and ")
          + first.channels.counted("input channel", "input channels")
      ]
      if let refusal = first.refusal { return lines + ["but it is not run: \(refusal)".oneLine] }
      lines += first.notes.map { "note: \($0)".oneLine }
      if description == nil { lines += fits.map { "  \($0.model): \($0.assumed)" } }
      if fits.count > 1 {
        lines.append("name the one the weights were trained with by --model")
      }
      return lines
    }
    var lines = ["fits no network exactly; closest: \(names)"]
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

extension Preprocessing {
  /// For instance "resized to 256, cropped to 224, bicubic, mean 123.675 116.28 103.53, deviation …".
  fileprivate var words: String {
    func numbers(_ values: [Float]) -> String {
      let all = Set(values).count == 1 ? [values[0]] : values
      return all.map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: " ")
    }
    return "resized to \(resize)\(squash ? "×\(resize)" : ""), cropped to \(crop), "
      + "\(interpolation.rawValue), mean \(numbers(mean)), deviation \(numbers(std))"
  }
}
