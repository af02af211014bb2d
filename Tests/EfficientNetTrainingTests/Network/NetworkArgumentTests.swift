import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetTraining

/// Wrong arguments of a network in training end the process with a message, also in release builds.
@Suite("Arguments of a training network")
struct NetworkArgumentTests {
  /// A network for two images.
  private static func network(keepsStages: Bool = false) throws -> TrainingNetwork {
    let architecture = Architecture.tiny[0]
    return try TrainingNetwork(
      architecture, weights: Formula.weights(of: architecture), maximumBatch: 2,
      pool: ThreadPool(threads: 1), keepsStages: keepsStages)
  }

  private static func images(_ count: Int) -> Tensor {
    var shape = Architecture.tiny[0].inputShape
    shape.n = count
    return Formula.images(shape)
  }

  private func expect(
    _ message: String, _ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = String(
      decoding: try #require(result, sourceLocation: sourceLocation).standardErrorContent,
      as: UTF8.self)
    #expect(output.contains("Fatal error: \(message)"), "\(output)", sourceLocation: sourceLocation)
  }

  @Test("too many images")
  func images() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try Self.network().forward(Self.images(3), seed: nil)
    }
    try expect(
      "the images are 3×33×33×3; they must be n×33×33×3, with n from 1 to 2", result)
  }

  @Test("a wrong number of gradients")
  func gradients() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let network = try Self.network()
      _ = network.forward(Self.images(2), seed: nil)
      network.backward([1])
    }
    let classes = Architecture.tiny[0].classes
    try expect(
      "there are 1 gradients; there must be 2 × \(classes), one for each logit of the last forward "
        + "pass", result)
  }

  @Test("stages that are not kept, an unknown one, and a class that does not exist")
  func stages() async throws {
    let none = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try Self.network().stageGradients(Self.images(1), of: "conv_stem") { _ in [0] }
    }
    try expect("the network keeps no stages; create it with keepsStages", none)
    let unknown = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try Self.network(keepsStages: true)
        .stageGradients(Self.images(1), of: "stem") { _ in [0] }
    }
    try expect("the stage is 'stem'; it must be one of conv_stem, blocks.0, ", unknown)
    let beyond = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try Self.network(keepsStages: true)
        .stageGradients(Self.images(1), of: "blocks.0") { [$0.count] }
    }
    let last = Architecture.tiny[0].classes - 1
    try expect("the class is \(last + 1); it must be from 0 to \(last)", beyond)
  }
}
