import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetHub

@Suite("Networks from repositories")
struct HubSnapshotTests {
  @Test("a repository's config.json sets preprocessing, size and classes")
  func snapshot() throws {
    var architecture = try PublishedNetwork(named: "timm/mobilenetv2_035").architecture
    architecture.classes = 3
    let configuration = """
      {"architecture": "mobilenetv2_035", "num_classes": 3, "num_features": 1280,
       "label_names": ["cat", "dog", "bird"],
       "pretrained_cfg": {"input_size": [3, 64, 64], "interpolation": "bilinear", "crop_pct": 0.8,
         "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 0.5]}}
      """
    try withTemporaryFolder { folder in
      let cache = ModelCache(folder: folder)
      let repository = try HubRepository("ada/tiny")
      let place = cache.folder(of: repository)
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      var weights = Weights(source: "a test")
      for stored in NameMap.timm.parameters(of: architecture) {
        weights.tensors[stored.name] = WeightTensor(
          shape: stored.shape, elements: Array(repeating: 0.5, count: stored.shape.reduce(1, *)))
      }
      try weights.write(safetensors: "\(place)/model.safetensors")
      try Data(configuration.utf8).write(to: URL(filePath: "\(place)/config.json"))
      func file(_ name: String) throws -> HubSource.File {
        let size = try Data(contentsOf: URL(filePath: "\(place)/\(name)")).count
        return HubSource.File(name: name, size: size, sha256: "00")
      }
      let source = HubSource(
        endpoint: "http://127.0.0.1", repository: "ada/tiny", revision: "main", commit: "0123",
        configuration: try file("config.json"), weights: try file("model.safetensors"))
      try JSONEncoder().encode(source).write(to: URL(filePath: "\(place)/source.json"))
      let snapshot = try #require(cache.snapshot(of: repository))
      let model = try snapshot.model()
      architecture.resolution = 64
      #expect(model.description.architecture == architecture)
      #expect(
        model.description.preprocessing
          == Preprocessing(
            resize: 80, crop: 64, interpolation: .bilinear, mean: [127.5, 127.5, 127.5],
            std: [63.75, 127.5, 127.5]))
      #expect(model.description.classes.map(\.name) == ["cat", "dog", "bird"])
      #expect(model.description.provenance == "http://127.0.0.1/ada/tiny, commit 0123, sha256 00")
      let unknown = configuration.replacing("mobilenetv2_035", with: "resnet50")
      try Data(unknown.utf8).write(to: URL(filePath: "\(place)/config.json"))
      let other = try TimmConfiguration(path: "\(place)/config.json")
      let error = #expect(throws: TimmConfigurationError.self) {
        try other.description(provenance: "")
      }
      #expect(error?.description.contains("no network is named 'timm/resnet50'") == true)
    }
  }
}
