import EfficientNet
import Foundation
import Testing

/// timm's and torchvision's own tables, written by Tools/reference/make_preprocessing.py.
@Suite("Tables of timm and torchvision")
struct PreprocessingTablesTests {
  struct Entry: Decodable, CustomTestStringConvertible {
    let name: String
    let resize, crop: Int
    let interpolation: String
    let squash: Bool
    let mean, std: [Float]
    let epsilon, momentum: Double

    var testDescription: String { name }
  }

  private static let entries: [Entry] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/preprocessing.json")
    return (try? JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))) ?? []
  }()

  @Test("the tables have every network of both frameworks")
  func completeness() {
    let names = Set(Self.entries.map(\.name))
    let ours = PublishedNetwork.all.map(\.name).filter {
      $0.hasPrefix("timm/") || $0.hasPrefix("torchvision/")
    }
    #expect(names == Set(ours) && names.count == Self.entries.count)
  }

  @Test("preprocessing and batch norm equal the tables", arguments: entries)
  func table(entry: Entry) throws {
    let network = try PublishedNetwork(named: entry.name)
    let preprocessing = network.preprocessing
    #expect(preprocessing.resize == entry.resize && preprocessing.crop == entry.crop)
    #expect(preprocessing.interpolation.rawValue == entry.interpolation)
    #expect(preprocessing.squash == entry.squash)
    for (ours, theirs) in zip(preprocessing.mean + preprocessing.std, entry.mean + entry.std) {
      #expect(abs(ours - theirs) < 1e-4)
    }
    let architecture = network.architecture
    #expect(abs(architecture.batchNormEpsilon - entry.epsilon) < 1e-9)
    #expect(abs(architecture.batchNormMomentum - entry.momentum) < 1e-9)
  }
}
