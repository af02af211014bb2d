import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// The logits of published networks, from weight files with the publishers' names.
///
/// `make test` runs the small ones. `make parity` sets EFFNET_PARITY=all, runs all and prints a
/// table.
@Suite("Parity", .serialized)
struct ParityTests {
  private static let runsAll = ProcessInfo.processInfo.environment["EFFNET_PARITY"] == "all"

  private static let references = ReferenceLogits.all.filter {
    runsAll || $0.parameters < 6_000_000
      || ["lukemelas/efficientnet-b2", "resnet-50-style"].contains($0.name)
  }

  @Test("the reference files are complete")
  func fixtures() {
    #expect(ReferenceLogits.all.count == 69)
  }

  @Test("a published network's weight file gives its logits", arguments: references)
  func logits(reference: ReferenceLogits) throws {
    try withTemporaryFolder { folder in
      let description = try reference.description()
      let architecture = description.architecture
      let file = "\(folder)/weights.safetensors"
      try reference.weights(of: architecture).write(safetensors: file)
      let model = try Model(weightFile: file, for: description)
      let engine = try Engine(model.description.architecture, weights: model.weights)
      var session = engine.makeSession(pool: ThreadPool())
      let logits = session.run(reference.image(architecture)).elements
      let error = reference.error(of: logits)
      #expect(Graph(architecture).parameterCount == reference.parameters)
      #expect(error < 1e-4)
      #expect(logits.firstIndex(of: logits.max() ?? 0) == reference.argmax)
      if Self.runsAll {
        let name = reference.testDescription.padding(toLength: 48, withPad: " ", startingAt: 0)
        print("parity  \(name)  \(reference.parameters)  \(error)")
      }
    }
  }

  @Test("the reference runner and every instruction set give PyTorch's logits for B0")
  func b0() throws {
    let reference = try #require(
      ReferenceLogits.all.first { $0.name == "lukemelas/efficientnet-b0" })
    let architecture = try reference.description().architecture
    let weights = try NameMap.lukemelas.canonical(
      Formula.weights(of: architecture, naming: .lukemelas), for: architecture)
    let images = Formula.images(architecture.inputShape)
    let exact = try ReferenceRunner(architecture, weights: weights).run(images)
    #expect(reference.error(of: exact.elements) < 1e-5)
    for isa in InstructionSet.available {
      let engine = try Engine(architecture, weights: weights, instructionSet: isa)
      var session = engine.makeSession(pool: ThreadPool())
      let logits = session.run(images)
      #expect(relativeError(logits.elements, exact.elements) < 2e-5, "\(isa)")
    }
  }
}
