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
  /// - Parameter isSafetensors: Whether the output has metadata.
  func noteDescription(of description: ModelDescription, isSafetensors: Bool) {
    let options = options(naming: description)
    defer {
      if let python = description.architecture.python(loading: output, naming: naming) {
        StandardError.note("in \(naming.rawValue), load it with: \(python)")
      } else if naming == .timm {
        StandardError.note(
          "effnet knows no name of this network in timm, so there is no line of Python that loads "
            + output)
      }
    }
    // Such a file has the whole description.
    if isSafetensors, naming == .timm, options == nil { return }
    let names = description.classes
    let isNamed = names != ClassLabel.numbered(names.count) && names != ClassLabel.imageNet
    let listing = shellLine(["effnet", "models", network.model ?? input, "--json"])
    let (words, named) =
      options ?? (
        "--model FILE.json, the output of: \(listing)",
        description.architecture.standardDescription(provenance: "")
      )
    let ours = description.preprocessing
    var notes: [String] = []
    if !isSafetensors || options == nil {
      notes.append(
        "\(output) does not describe its network; use it with "
          + "\(shellLine(["--weights", output])) \(words)")
    }
    if isNamed {
      notes.append("\(output) does not keep the names of the classes; give them with --labels FILE")
    }
    if ours != named.preprocessing {
      notes.append(
        "\(output) does not keep the preprocessing: photos are \(ours.words); by the name they are "
          + named.preprocessing.words
          + (ours.cropShare(after: named.preprocessing).map { "; give it again with --crop \($0)" }
            ?? ""))
    }
    if notes.count > (isSafetensors && options != nil ? 0 : 1) {
      notes.append("a .safetensors file with --naming ours keeps everything")
    }
    StandardError.note(notes)
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

extension Preprocessing {
  /// The value of --crop that turns another preprocessing into this one; nil if there is none.
  fileprivate func cropShare(after other: Preprocessing) -> String? {
    let share = Double(crop) / Double(resize)
    return [1, 10, 100, 1000, 1e4, 1e5].lazy.map { (share * $0).rounded(.down) / $0 }.first {
      Preprocessing.cropShares ~= $0 && other.withCropShare($0) == self
    }?.shortest
  }
}
