import ArgumentParser
import EfficientNet

/// The option that keeps the first stages of a network without weights.
struct StageOptions: ParsableArguments {
  @Option(
    number: """
      Use only this many first stages of the network (default: all). Each stage with stride 2 halves \
      the maps, so small photos need fewer.
      """)
  var stages: Int?

  func validate() throws {
    try check(stages, "--stages", 1...64)
  }

  /// Returns the network with its first stages only, and their number in its name.
  ///
  /// - Throws: `ValidationError` if the network has fewer stages.
  func apply(to architecture: Architecture) throws -> Architecture {
    guard let stages else { return architecture }
    let count = architecture.stages.count
    guard stages <= count else {
      throw ValidationError(
        "--stages is \(stages); for \(architecture.name) it must be at most \(count)")
    }
    var result = architecture
    result.stages = Array(architecture.stages.prefix(stages))
    result.name += "-s\(stages)"
    try result.validate()
    return result
  }
}
