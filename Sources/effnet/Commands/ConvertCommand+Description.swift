import EfficientNet
import EfficientNetFormats
import EfficientNetReports

extension ConvertCommand {
  /// Notes that classes are numbers, since the input does not name them.
  func noteNumbers(of description: ModelDescription) {
    let count = description.classes.count
    guard classes == nil, !fromScratch, count > 0,
      description.classes == ClassLabel.numbered(count)
    else { return }
    StandardError.note(
      "\(input) does not name its \(count.counted("class", "classes")), so \(output) has numbers; "
        + "name them with --labels FILE")
  }

  /// Prints how to name the network of an output that does not describe it, and what the output
  /// does not keep.
  ///
  /// - Parameter isStated: Whether the metadata can name the network.
  func noteDescription(of description: ModelDescription, isStated: Bool) {
    let names = description.classes
    let isNamed = names != ClassLabel.numbered(names.count) && names != ClassLabel.imageNet
    let listing = shellLine(["effnet", "models", network.model ?? input, "--json"])
    let (words, named) =
      options(naming: description) ?? (
        "--model and a file with the output of: \(listing)",
        description.architecture.standardDescription(provenance: "")
      )
    let ours = description.preprocessing
    var losses: [String] = []
    if isNamed { losses.append("the names of the classes") }
    if ours != named.preprocessing {
      losses.append(
        "the preprocessing (photos are \(ours.words); by the name: \(named.preprocessing.words))")
    }
    let lost =
      losses.isEmpty
      ? nil : "not kept: \(losses.joined(separator: ", ")); a file with --naming ours keeps them"
    if !isStated || options(naming: description) == nil {
      StandardError.note(
        "\(output) does not describe its network; name it again with \(words)"
          + (lost.map { "; \($0)" } ?? ""))
    } else if let lost {
      StandardError.note("\(output): \(lost)")
    }
    if let python = description.architecture.python(loading: output, naming: naming) {
      StandardError.note("in \(naming.rawValue), load it with: \(python)")
    }
  }

  /// Returns the options that name a network, such as "--model b0 --width 0.25 --resolution 32",
  /// and its description by this name; nil if it is no published network at some scale.
  func options(
    naming description: ModelDescription
  ) -> (words: String, named: ModelDescription)? {
    let architecture = description.architecture
    // The name of a scaled network, such as "b0-w0.25", ends with its factors.
    guard
      let parts = architecture.name.wholeMatch(of: /(.+?)(?:-w([0-9.]+))?(?:-d([0-9.]+))?/),
      let published = try? PublishedNetwork(named: String(parts.1)),
      case let named = published.description(
        width: parts.2.flatMap { Double($0) }, depth: parts.3.flatMap { Double($0) }, provenance: ""
      ), named.architecture.stages == architecture.stages
    else { return nil }
    var words = ["--model", published.name]
    if let width = parts.2 { words += ["--width", String(width)] }
    if let depth = parts.3 { words += ["--depth", String(depth)] }
    if architecture.resolution != published.architecture.resolution {
      words += ["--resolution", "\(architecture.resolution)"]
    }
    return (shellLine(words), named.at(resolution: architecture.resolution))
  }
}
