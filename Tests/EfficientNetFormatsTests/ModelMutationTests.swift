import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Damaged files of whole networks, loaded like every command loads them: each loads with the
/// shapes of its network or fails with an error of one line.
@Suite struct ModelMutationTests {
  private static let architecture = Architecture(
    name: "tiny", resolution: 16, stem: 4,
    stages: [
      .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 4, repeats: 1),
      .mbConv(expand: 2, kernel: 3, stride: 2, channels: 4, repeats: 2),
      .articleMBConv(expand: 2, kernel: 3, stride: 1, channels: 4, repeats: 1),
    ], head: 6,
    classes: 3, activation: .silu, dropout: 0)

  /// The formats of weight files; those of PyTorch and Keras have their own suites.
  enum Form: CaseIterable {
    case ours, int8, foreign, npz
  }

  @Test("a damaged model file loads, or fails with an error of one line", arguments: Form.allCases)
  func survives(form: Form) throws {
    try withTemporaryFolder { folder in
      let description = Self.architecture.standardDescription(provenance: "a test")
      let model =
        try form == .int8
        ? Formula.int8Model(Self.architecture)
        : Model(description, weights: Formula.weights(of: Self.architecture))
      let path = "\(folder)/whole"
      switch form {
      case .ours, .int8: try model.write(to: path)
      case .foreign: try model.weights.write(safetensors: path)
      case .npz: try model.weights.write(npz: path)
      }
      let original = Array(try Data(contentsOf: URL(filePath: path)))
      let damaged = "\(folder)/damaged"
      let pool = ThreadPool(threads: 1)
      let image = Formula.images(Self.architecture.inputShape)
      var mutations = Mutations(seed: 3)
      var loaded = 0
      let count = Mutations.count(500)
      for _ in 0..<count {
        try Data(mutations.damaged(original)).write(to: URL(filePath: damaged))
        do {
          let describesItself = [.ours, .int8].contains(form)
          let model = try Model(weightFile: damaged, for: describesItself ? nil : description)
          let expected = Graph(model.description.architecture).parameters
          for parameter in expected {
            #expect(model.weights.tensors[parameter.name]?.shape == parameter.shape)
          }
          #expect(model.weights.tensors.count == expected.count)
          loaded += 1
          guard form == .int8, model.description.architecture == Self.architecture else { continue }
          // What the codes and scales have become may not end the process.
          var session = try Engine(model, precision: nil, pool: pool).makeSession(pool: pool)
          #expect(session.run(image).elements.count == Self.architecture.classes)
        } catch {
          #expect(!"\(error)".contains { $0.isNewline })
          #expect("\(error)".contains("damaged") || "\(error)".contains("tiny"), "\(error)")
        }
      }
      // Outside zip archives, elements have no checksums.
      #expect(loaded < count)
    }
  }

  @Test("a damaged network as JSON loads, or fails with an error of one line")
  func json() throws {
    try withTemporaryFolder { folder in
      let original = Array(Self.architecture.json.utf8)
      let damaged = "\(folder)/damaged.json"
      var mutations = Mutations(seed: 4)
      for _ in 0..<Mutations.count(500) {
        try Data(mutations.damaged(original)).write(to: URL(filePath: damaged))
        do throws(ArchitectureError) {
          _ = try Architecture(json: damaged)
        } catch {
          #expect(error.description.hasPrefix("\(damaged) "))
          #expect(!error.description.contains { $0.isNewline })
        }
      }
    }
  }
}
