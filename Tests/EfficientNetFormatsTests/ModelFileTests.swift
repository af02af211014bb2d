import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetFormats

@Suite("Models from weight files")
struct ModelFileTests {
  private static let architecture = Architecture.tiny[0]

  /// The bytes of a safetensors file with two bytes per number.
  private func safetensors(
    _ weights: Weights, dtype: String, _ bits: (Float) -> UInt16
  ) -> Data {
    var data: [UInt8] = []
    var fields: [String] = []
    for name in weights.names {
      guard let tensor = weights.tensors[name] else { continue }
      let start = data.count
      for element in tensor.elements {
        let word = bits(element)
        data += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
      }
      fields.append(
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(data.count)]}"
      )
    }
    let header = Array("{\(fields.joined(separator: ","))}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return Data(length + header + data)
  }

  @Test("a file of another network is refused before its elements are read")
  func foreign() throws {
    for (name, message) in [
      ("layers.0.weight", "has unknown tensor names, such as 'layers.0.weight'"),
      (
        "conv_stem.weight", "tensor 'conv_stem.weight' is 2199023255552, the network needs 32×3×3×3"
      ),
    ] {
      let header =
        "{\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\(1 << 41)],\"data_offsets\":[0,\(1 << 43)]}}"
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
      try withTemporaryFolder { folder in
        let path = "\(folder)/huge.safetensors"
        try Data(length + header.utf8).write(to: URL(filePath: path))
        // The file takes no place on the disk.
        #expect(truncate(path, 8 + header.utf8.count + 1 << 43) == 0)
        let network = try PublishedNetwork(named: "timm/efficientnet_b0")
        let error = #expect(throws: WeightsError.self) {
          try Model(weightFile: path, for: network.imageNetDescription(provenance: ""))
        }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
      }
    }
  }

  @Test("a checkpoint of another network is refused before its elements are read")
  func foreignCheckpoint() throws {
    var bytes = try Fixture.bytes("plain.zip.pth")
    let directory = try ZipDirectory(of: bytes.span.bytes)
    let elements = try #require(directory.entries.first { $0.name.hasSuffix("/data/0") }?.range)
    // Reading the elements would be an error, since their checksum is wrong.
    bytes[elements.lowerBound] ^= 1
    try withTemporaryFolder { folder in
      let path = "\(folder)/foreign.pth"
      try Data(bytes).write(to: URL(filePath: path))
      let error = #expect(throws: WeightsError.self) { try Model(weightFile: path) }
      #expect(error?.description.contains("has unknown tensor names, such as 'bn.bias'") == true)
    }
  }

  private func logits(_ weights: Weights) throws -> Tensor {
    let engine = try Engine(Self.architecture, weights: weights)
    var session = engine.makeSession(pool: ThreadPool(threads: 1))
    return session.run(Formula.images(Self.architecture.inputShape))
  }

  @Test("the folder of a run stands for its best weights")
  func runFolder() throws {
    try withTemporaryFolder { folder in
      #expect(throws: WeightsError.self) { try Model(weightFile: folder) }
      try Formula.model(Self.architecture).write(to: "\(folder)/best.safetensors")
      let model = try Model(weightFile: folder)
      #expect(model.description.architecture.name == Self.architecture.name)
    }
  }

  @Test("half precision computes with the rounded numbers", arguments: ["F16", "BF16"])
  func halves(dtype: String) throws {
    let isBrain = dtype == "BF16"
    let weights = Formula.weights(of: Self.architecture)
    var rounded = weights
    rounded.tensors = weights.tensors.mapValues { tensor in
      WeightTensor(
        shape: tensor.shape,
        elements: tensor.elements.map {
          isBrain ? Float(bitPattern: $0.bitPattern & 0xFFFF_0000) : Float(Float16($0))
        })
    }
    try withTemporaryFolder { folder in
      let path = "\(folder)/half.safetensors"
      try safetensors(weights, dtype: dtype) {
        isBrain ? UInt16($0.bitPattern >> 16) : Float16($0).bitPattern
      }.write(to: URL(filePath: path))
      let model = try Model(
        weightFile: path, for: Self.architecture.standardDescription(provenance: ""))
      let half = try logits(model.weights)
      #expect(half == (try logits(rounded)))
      #expect(half != (try logits(weights)))
    }
  }

  @Test("a file's number of classes and channels replaces the description's, and names follow")
  func ends() throws {
    var other = Self.architecture
    (other.classes, other.inputChannels) = (4, 1)
    try withTemporaryFolder { folder in
      let path = "\(folder)/other.safetensors"
      try Formula.weights(of: other).write(safetensors: path)
      let model = try Model(
        weightFile: path, for: Self.architecture.standardDescription(provenance: "here"))
      #expect(model.description.architecture == other)
      #expect(model.description.classes == ClassLabel.numbered(4))
      #expect(model.description.provenance == "here")
    }
  }

  @Test("a file that fits several networks, or none, is an error")
  func choices() throws {
    func message(_ architecture: Architecture, _ naming: NameMap = .timm) throws -> String {
      var result = ""
      try withTemporaryFolder { folder in
        var weights = Weights(source: "a test")
        for stored in naming.parameters(of: architecture) {
          weights.tensors[stored.name] = WeightTensor(
            shape: stored.shape,
            elements: Array(repeating: 0.5, count: stored.shape.reduce(1, *)))
        }
        let path = "\(folder)/w.safetensors"
        try weights.write(safetensors: path)
        do {
          result = "fits " + (try Model(weightFile: path).description.architecture.name)
        } catch { result = "\(error)" }
      }
      return result
    }
    var lite = try PublishedNetwork(named: "timm/efficientnet_lite0").architecture
    lite.classes = 2
    let several = try message(lite)
    #expect(several.contains("timm/efficientnet_lite0 and timm/tf_efficientnet_lite0"))
    #expect(several.contains("name the network that it was saved from"))
    var one = try PublishedNetwork(named: "timm/mobilenetv2_035").architecture
    one.classes = 2
    #expect(try message(one) == "fits timm/mobilenetv2_035")
    let none = try message(Self.architecture)
    #expect(none.contains("fits no known network") && none.contains("name the network"))
    try withTemporaryFolder { folder in
      let path = "\(folder)/odd.safetensors"
      try Weights(source: "", tensors: ["x": WeightTensor(shape: [1], elements: [0])])
        .write(safetensors: path)
      let error = #expect(throws: WeightsError.self) { try Model(weightFile: path) }
      #expect(error?.description.contains("has unknown tensor names") == true)
      try Weights(source: "").write(safetensors: path)
      let empty = #expect(throws: WeightsError.self) { try Model(weightFile: path) }
      #expect(empty == .unsupported(source: path, reason: "has no tensors"))
    }
  }
}
