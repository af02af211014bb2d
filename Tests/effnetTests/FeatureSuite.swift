import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport

/// Tests of commands that compute or read features, with three photos and the weights of a tiny
/// network.
protocol FeatureSuite {
  var bench: Workbench { get }
  var weights: String { get }
}

extension FeatureSuite {
  /// Returns a bench with photos/a.png, photos/b.png and photos/sub/c.png, and a weight file.
  static func fixture() throws -> (Workbench, String) {
    let bench = try Workbench()
    for (number, name) in ["a.png", "b.png", "sub/c.png"].enumerated() {
      try bench.write(picture(number + 1), "photos/\(name)")
    }
    return (bench, try bench.described(.tiny("tiny-silu")))
  }

  /// The path of one of the photos.
  func photo(_ name: String) -> String { "\(bench.path("photos"))/\(name)" }

  func write(_ picture: PixelBuffer, _ name: String) throws { try bench.write(picture, name) }

  /// Writes a file of features.
  func write(_ rows: [[Float]], named names: [String], _ name: String) throws -> String {
    try FeatureTable(source: "", names: names, rows: FeatureMatrix(rows))
      .write(to: bench.path(name))
    return bench.path(name)
  }

  func run(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments)
  }
}
