import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetFormats
import EfficientNetReports
import EfficientNetSearch

/// Where a search looks.
struct SearchSpaceOptions: ParsableArguments {
  @Option(help: "The search space: mnasnet, efficientnet, or a JSON file.", value: "name|file.json")
  var space = "mnasnet"
  @Option(number: "Factor on the space's channels.") var width: Double?
  @Option(number: "Take the first so many stages of the space only.") var stages: Int?
  @Option(number: "Side of the images (default: the space's).") var resolution: Int?
  @Flag(help: "Print the space as JSON, how large it is, and no more.") var showSpace = false

  func validate() throws {
    try check(width, "--width", 0.05...20)
    try check(stages, "--stages", 1...64)
    try check(resolution, "--resolution", 8...4096)
  }

  /// The space that is named.
  ///
  /// - Throws: `ValidationError`, ``FileError``.
  func narrowed() throws -> SearchSpace {
    let named = try named()
    if let stages, stages > named.reference.stages.count {
      throw ValidationError(
        "--stages is \(stages); the space \(named.name) has \(named.reference.stages.count)")
    }
    let space = named.narrowed(width: width ?? 1, stages: stages, resolution: resolution)
    if let complaint = space.complaint {
      throw ValidationError("the search space \(space.name): \(complaint)")
    }
    return space
  }

  private func named() throws -> SearchSpace {
    if space.hasSuffix(".json") { return try SearchSpace(json: space) }
    guard let found = SearchSpace.all.first(where: { $0.name == space }) else {
      let names = SearchSpace.all.map(\.name).joined(separator: ", ")
      throw ValidationError(
        "there is no search space '\(space)'; it may be \(names), or a JSON file")
    }
    return found
  }

  /// Prints the space.
  func show() throws {
    let space = try narrowed()
    try StandardOutput.print(json: space, isPretty: true, keepsKeys: true)
    let cost = NetworkCost(space.reference)
    StandardError.write(
      "\(space.decisions.count.counted("decision", "decisions")), "
        + "10^\(space.magnitude.formatted(digits: 1)) points; the reference has "
        + "\(cost.parameters.grouped) parameters and \((Double(cost.macs) / 1e6).formatted(digits: 2)) M MACs\n"
    )
  }
}
