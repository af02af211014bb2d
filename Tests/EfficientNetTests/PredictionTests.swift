import EfficientNet
import Foundation
import Testing

@Suite("Predictions")
struct PredictionTests {
  @Test("predictions are sorted by logit, then by index, with the softmax as probability")
  func best() {
    let labels = ["a", "b", "c", "d"].map { ClassLabel(name: $0) }
    let best = Prediction.best(3, of: [1, 3, -2, 3], labels: labels)
    #expect(best.map(\.label) == ["b", "d", "a"])
    #expect(best.map(\.index) == [1, 3, 0])
    let sum = exp(1.0) + 2 * exp(3.0) + exp(-2.0)
    #expect(abs(best[0].probability - exp(3.0) / sum) < 1e-12)
    #expect(abs(best[2].probability - exp(1.0) / sum) < 1e-12)
    #expect(Prediction.best(9, of: [1, 3, -2, 3], labels: labels).count == 4)
  }

  @Test("large logits do not overflow")
  func overflow() {
    let best = Prediction.best(
      1, of: [3e38, -3e38], labels: [ClassLabel(name: "a"), ClassLabel(name: "b")])
    #expect(best[0].probability == 1)
  }

  @Test("ImageNet has its thousand classes")
  func imageNet() {
    #expect(ClassLabel.imageNet.count == 1000)
    #expect(ClassLabel.imageNet[0] == ClassLabel(name: "tench", wnid: "n01440764"))
    #expect(Set(ClassLabel.imageNet.map(\.wnid)).count == 1000)
  }

  @Test("labels are read from lines and from tab-separated fields")
  func labels() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "labels.txt").path
    try "cat\r\nhot dog\n0\tn01440764\ttench\n\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try ClassLabel.read(path: path) == [
        ClassLabel(name: "cat"), ClassLabel(name: "hot dog"),
        ClassLabel(name: "tench", wnid: "n01440764"),
      ])
    try "cat\n\ndog\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: LabelsError.emptyLine(path: path, line: 2)) { try ClassLabel.read(path: path) }
    try Data([0xFF, 0xFE, 0x41]).write(to: URL(filePath: path))
    #expect(throws: LabelsError.notText(path: path)) { try ClassLabel.read(path: path) }
  }
}
