import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Files with 8-bit codes")
struct CodesTests {
  private static let header =
    #"{"a":{"dtype":"I8","shape":[2,2],"data_offsets":[8,12]},"#
    + #""a_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

  private static func file(_ header: String, _ scales: [Float], _ codes: [Int8]) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    return bytes(UInt64(header.utf8.count)) + header.utf8 + scales.flatMap { bytes($0.bitPattern) }
      + codes.flatMap(bytes)
  }

  /// Files with the smallest and largest scales.
  private static let weights = Weights(
    source: "a test",
    tensors: [
      "b": WeightTensor(
        shape: [4, 255], codes: (0..<4).flatMap { _ in -127...127 },
        scales: [.leastNonzeroMagnitude, 1e-30, 0.1, .greatestFiniteMagnitude / 128]),
      "a": WeightTensor(shape: [3, 1], codes: [1, 0, -127], scales: [0.5, 1, 1]),
      "empty": WeightTensor(shape: [0, 4], codes: [], scales: []),
      // These are not scales: there are no codes of the names.
      "c": WeightTensor(shape: [1], elements: [2]),
      "c_scale": WeightTensor(shape: [1], elements: [3]),
      "d_scale": WeightTensor(shape: [1], elements: [4]),
    ])

  @Test("codes and their scales become one tensor")
  func reading() throws {
    let folder = try TemporaryFolder()
    let bytes = Self.file(Self.header, [0.5, 3], [1, -127, 0, 127])
    try folder.write(bytes, "w")
    for weights in [
      try Weights(safetensors: bytes, source: "w"), try Weights(safetensors: folder.path("w")),
    ] {
      #expect(weights.names == ["a"])
      let tensor = try #require(weights.tensors["a"])
      #expect(tensor.shape == [2, 2])
      #expect(tensor.elements == [0.5, -63.5, 0, 381])
      #expect(tensor.scales == [0.5, 3])
      #expect(tensor.codes == [1, -127, 0, 127])
      #expect(tensor.withoutScales.elements == tensor.elements)
      #expect(tensor.withoutScales.codes == nil)
    }
    let outline = try Weights(outlineOf: folder.path("w"))
    #expect(outline.names == ["a"])
    #expect(outline.tensors["a"]?.shape == [2, 2])
    #expect(outline.tensors["a"]?.scales == [])
  }

  @Test("tensors with scales are read as they were written, bit for bit")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    try Self.weights.write(safetensors: folder.path("w"))
    let read = try Weights(safetensors: folder.path("w"))
    #expect(read.names == Self.weights.names)
    for (name, tensor) in Self.weights.tensors {
      let other = try #require(read.tensors[name])
      #expect(other.shape == tensor.shape)
      #expect(other.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern))
      #expect(other.scales == tensor.scales)
      #expect(other.codes == tensor.codes)
    }
    #expect(read.tensors["b"]?.codes == (0..<4).flatMap { _ in Int8(-127)...127 })
    try read.write(safetensors: folder.path("again"))
    #expect(try folder.bytes("again") == folder.bytes("w"))
  }

  @Test("a tensor with the name of another one's scales is not written")
  func takenName() throws {
    var weights = Self.weights
    weights.tensors["a_scale"] = WeightTensor(shape: [1], elements: [1])
    let folder = try TemporaryFolder()
    let path = folder.path("w.safetensors")
    let error = #expect(throws: WeightsError.self) { try weights.write(safetensors: path) }
    #expect(
      error?.description
        == "\(path) cannot have a tensor 'a_scale': it is the name of the scales of 'a'"
    )
  }

  @Test(
    "codes without usable scales are refused",
    arguments: [
      (
        #"{"a":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}}"#, [],
        "has a tensor 'a' of dtype I8 without its scales 'a_scale'; save it with them, or as F32, "
          + "F16 or BF16"
      ),
      (
        #"{"a":{"dtype":"I8","shape":[],"data_offsets":[8,9]},"#
          + #""a_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
          + #""b":{"dtype":"I8","shape":[3],"data_offsets":[9,12]}}"#, [1, 1],
        "is damaged: tensor 'a' is I8 but has no outputs"
      ),
      (
        header.replacing("[2],", with: "[1,2],"), [1, 1],
        "is damaged: tensor 'a_scale' is 1×2 F32; the 2 outputs of 'a' need 2 F32"
      ),
      (
        header.replacing("[2,2]", with: "[4]"), [1, 1],
        "is damaged: tensor 'a_scale' is 2 F32; the 4 outputs of 'a' need 4 F32"
      ),
      (
        header.replacing(#""F32","shape":[2]"#, with: #""F64","shape":[1]"#), [1, 1],
        "is damaged: tensor 'a_scale' is 1 F64; the 2 outputs of 'a' need 2 F32"
      ),
      (
        header.replacing(#""F32","shape":[2]"#, with: #""I8","shape":[8]"#), [1, 1],
        "has a tensor 'a_scale' of dtype I8 without its scales 'a_scale_scale'; save it with them, "
          + "or as F32, F16 or BF16"
      ),
    ] as [(String, [Float], String)])
  func refusesTensors(header: String, scales: [Float], expected: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("w")
    let bytes = Self.file(header, scales, [1, 2, 3, 4])
    try folder.write(bytes, "w")
    let error = #expect(throws: WeightsError.self) { try Weights(safetensors: path) }
    #expect(error?.description.dropFirst(path.count + 1) == expected[...])
    for read in [
      { try Weights(outlineOf: path) }, { try Weights(safetensors: bytes, source: path) },
    ] {
      let other = #expect(throws: WeightsError.self) { try read() }
      #expect(other?.description == error?.description)
    }
  }

  @Test(
    "scales and codes out of range are refused",
    arguments: [
      (0, 2, "a scale is 0.0; it must be above 0, and 127 times the scale finite"),
      (-1, 2, "a scale is -1.0; it must be above 0, and 127 times the scale finite"),
      (.nan, 2, "a scale is nan; it must be above 0, and 127 times the scale finite"),
      (.infinity, 2, "a scale is inf; it must be above 0, and 127 times the scale finite"),
      (3e36, 2, "a scale is 3e+36; it must be above 0, and 127 times the scale finite"),
      (1, -128, "a code is -128; codes are -127 to 127"),
    ] as [(Float, Int8, String)])
  func refusesValues(scale: Float, code: Int8, expected: String) throws {
    let folder = try TemporaryFolder()
    let bytes = Self.file(Self.header, [1, scale], [1, 2, code, 4])
    try folder.write(bytes, "w")
    let error = #expect(throws: WeightsError.self) { try Weights(safetensors: folder.path("w")) }
    #expect(error?.description == "\(folder.path("w")) is damaged: tensor 'a': \(expected)")
    let other = #expect(throws: WeightsError.self) { try Weights(safetensors: bytes, source: "w") }
    #expect(other?.description == "w is damaged: tensor 'a': \(expected)")
  }

  @Test("no damage of a file with codes ends the process")
  func mutations() throws {
    let folder = try TemporaryFolder()
    try Self.weights.write(safetensors: folder.path("w"))
    let original = try folder.bytes("w")
    var mutations = Mutations(seed: 11)
    for _ in 0..<Mutations.count(300) {
      let bytes = mutations.damaged(original)
      do throws(WeightsError) {
        for tensor in try Weights(safetensors: bytes, source: "w").tensors.values {
          #expect(tensor.elements.count == tensor.count)
          #expect((tensor.codes == nil) == (tensor.scales == nil))
        }
      } catch {
        #expect(!error.description.contains { $0.isNewline })
      }
    }
  }
}
