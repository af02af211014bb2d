import ArgumentParser
import EfficientNet

/// The option that keeps the first stages of a network without weights, or of a search space.
struct StageOptions: ParsableArguments {
  @Option(
    number: """
      Use only this many first stages (default: all). Each stage with stride 2 halves the maps, so \
      small photos need fewer.
      """)
  var stages: Int?

  func validate() throws {
    try check(stages, "--stages", 1...64)
  }

  /// Returns the number of stages to keep; nil for all.
  ///
  /// - Parameters:
  ///   - count: The number of stages that there are.
  ///   - name: What has these stages, for the error: "b0" or "the space mnasnet".
  /// - Throws: `ValidationError` if there are fewer stages.
  func checked(atMost count: Int, for name: String) throws -> Int? {
    if let stages, stages > count {
      throw ValidationError("--stages is \(stages); for \(name) it must be at most \(count)")
    }
    return stages
  }

  /// Returns the network with its first stages only, and their number in its name.
  ///
  /// - Throws: `ValidationError` if the network has fewer stages.
  func apply(to architecture: Architecture) throws -> Architecture {
    guard let stages = try checked(atMost: architecture.stages.count, for: architecture.name)
    else { return architecture }
    var result = architecture
    result.stages = Array(architecture.stages.prefix(stages))
    result.name += "-s\(stages)"
    try result.validate()
    return result
  }
}
