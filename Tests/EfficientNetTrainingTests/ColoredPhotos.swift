import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import Foundation

@testable import EfficientNetTraining

/// Photos of two colors, and a tiny network that can learn them.
enum ColoredPhotos {
  static let architecture = Architecture(
    name: "tiny", resolution: 24, stem: 8,
    stages: [
      .mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1),
      .mbConv(expand: 4, kernel: 3, stride: 2, channels: 12, repeats: 2),
    ], head: 24, classes: 2, activation: .silu, dropout: 0.2, stochasticDepth: 0.2)

  /// Writes a folder with reddish and bluish photos, and calls `body` with it and a folder for
  /// runs.
  static func with(_ body: (_ photos: String, _ runs: String) throws -> Void) throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(to: folder)
    try body(folder.appending(path: "photos").path, folder.appending(path: "runs").path)
  }

  /// Writes the photos, and calls `body` with their folder.
  static func with(_ body: (_ photos: String) async throws -> Void) async throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(to: folder)
    try await body(folder.appending(path: "photos").path)
  }

  private static func temporaryFolder() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "effnet-trainer-\(UUID().uuidString)")
  }

  private static func write(to folder: URL) throws {
    var generator = SeededGenerator(seed: 1)
    for (name, red) in [("red", true), ("blue", false)] {
      let place = folder.appending(path: "photos/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<14 {
        let bytes = (0..<32 * 28).flatMap { _ -> [UInt8] in
          let (high, low) = (
            UInt8.random(in: 90...255, using: &generator),
            UInt8.random(in: 0...165, using: &generator)
          )
          return red ? [high, 100, low] : [low, 100, high]
        }
        let png = try PixelBuffer(width: 32, height: 28, bytes: bytes).png()
        try Data(png).write(to: place.appending(path: "\(number).png"))
      }
    }
  }

  /// The configuration of a run on the photos, of eight epochs by default.
  static func configuration(
    _ photos: String, _ data: DataSplit, average: Double? = 0.5, weights: String? = "a test"
  ) -> RunConfiguration {
    var recipe = Recipe.finetune
    (recipe.epochs, recipe.headEpochs, recipe.batch, recipe.rate) = (8, 1, 5, 0.1)
    (recipe.rateBatch, recipe.freezesNorms, recipe.average) = (5, false, average)
    (recipe.stochasticDepth, recipe.accumulation) = (nil, 2)
    recipe.augmentation = Augmentation(crop: RandomResizedCrop(area: 0.5...1), flip: 0.5)
    let model = ModelDescription(
      architecture: architecture,
      preprocessing: Preprocessing(
        resize: 28, crop: 24, interpolation: .bilinear, mean: [127, 127, 127], std: [64, 64, 64]),
      classes: data.training.classes, provenance: "a test")
    return RunConfiguration(
      version: "test", command: "test", data: photos, validationShare: 0.2, limit: nil,
      dataFingerprint: data.fingerprint, model: model, weights: weights, seed: 3,
      freezing: .nothing,
      recipe: recipe, brokenLimit: 1, checkpointMinutes: 60)
  }

  /// The untrained network.
  static func model(_ configuration: RunConfiguration) throws -> Model {
    try Model(
      configuration.model,
      weights: Weights(untrained: configuration.model.architecture, seed: configuration.seed))
  }
}
