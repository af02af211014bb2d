import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite struct SafetensorsTests {
  private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  /// Calls `body` with the path of a file, then removes the file.
  private func withFile(_ bytes: [UInt8] = [], _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "effnet-\(UUID().uuidString).safetensors")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
  }

  private func file(header: String, data: Int = 0) -> [UInt8] {
    let length = header.utf8.count
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header.utf8
      + [UInt8](repeating: 0, count: data)
  }

  /// The error of reading the bytes, without the file's name.
  private func complaint(_ bytes: [UInt8]) throws -> String {
    var result = ""
    try withFile(bytes) { path in
      do throws(WeightsError) {
        let weights = try Weights(safetensors: path)
        result = "loads: \(weights.names)"
      } catch {
        result = String(error.description.dropFirst(path.count + 1))
        // Reading from memory gives the same error.
        #expect(throws: error) { try Weights(safetensors: bytes, source: path) }
      }
    }
    return result
  }

  private func counting(from start: Float, _ count: Int) -> [Float] {
    (0..<count).map { start + Float($0) / 4 }
  }

  // MARK: Files larger than the memory

  /// Calls `body` with the path of a file with one tensor of 8 TB, which takes no place on the disk.
  private func withHugeFile(
    _ name: String, _ dtype: String, count: Int, _ body: (String) throws -> Void
  ) throws {
    let header =
      "{\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(count)],\"data_offsets\":[0,\(1 << 43)]}}"
    try withFile(file(header: header)) { path in
      #expect(truncate(path, 8 + header.utf8.count + 1 << 43) == 0)
      try body(path)
    }
  }

  @Test(arguments: [("F16", 1 << 42, 17_592_186), ("I8", 1 << 43, 35_184_372)])
  func memoryIsCheckedForTheFloatsOfATensor(dtype: String, count: Int, megabytes: Int) throws {
    try withHugeFile("half", dtype, count: count) { path in
      let error = #expect(throws: WeightsError.self) { try Weights(safetensors: path) }
      #expect(
        error?.description
          == "\(path): not enough memory for its \(megabytes) MB of 32-bit floats")
    }
  }

  @Test func namesAreComparedBeforeTheElementsAreRead() throws {
    try withHugeFile("model.layers.0.weight", "F32", count: 1 << 41) { path in
      let outline = try Weights(outlineOf: path)
      #expect(outline.tensors["model.layers.0.weight"]?.count == 1 << 41)
      let error = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
      #expect(error?.description.contains("does not say which network it is for") == true)
    }
  }

  // MARK: Files of other programs

  @Test(arguments: [false, true]) func readsEveryTypeOfPython(inMemory: Bool) throws {
    let url = fixtures.appending(path: "types.safetensors")
    let weights =
      inMemory
      ? try Weights(safetensors: Array(Data(contentsOf: url)), source: "types")
      : try Weights(safetensors: url.path)
    #expect(weights.names == ["bfloat", "conv.weight", "double", "empty", "half", "scalar"])
    #expect(weights.metadata == ["format": "pt", "größe": "Straße \"42\"\n"])
    #expect(weights.tensors["conv.weight"]?.shape == [2, 3, 3, 3])
    #expect(weights.tensors["conv.weight"]?.elements == counting(from: 1, 54))
    #expect(weights.tensors["half"]?.elements == counting(from: 2, 5))
    #expect(weights.tensors["bfloat"]?.elements == counting(from: 3, 5))
    #expect(weights.tensors["double"]?.elements == counting(from: 4, 5))
    #expect(weights.tensors["scalar"]?.shape == [])
    #expect(weights.tensors["scalar"]?.elements == [5])
    #expect(weights.tensors["empty"]?.shape == [0, 3])
  }

  @Test func refusesIntegers() throws {
    let bytes = try Data(contentsOf: fixtures.appending(path: "integer.safetensors"))
    #expect(
      try complaint(Array(bytes))
        == "has a tensor 'mask' of dtype I32; save it as F32, F16 or BF16")
  }

  /// A training program's counters are noted if they are beside the network's prefix, and refused
  /// among its tensors.
  @Test func passesOverIntegersBesideTheNetwork() throws {
    for (name, isBeside) in [("metric.seen", true), ("model.seen", false)] {
      let header =
        #"{"model.conv_stem.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""\#(name)":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}"#
      let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
      defer { try? FileManager.default.removeItem(atPath: path) }
      var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      bytes += Data(header.utf8) + Data(count: 12)
      try bytes.write(to: URL(filePath: path))
      if isBeside {
        let weights = try Weights(safetensors: path)
        #expect(weights.beside == [name] && weights.names == ["model.conv_stem.weight"])
      } else {
        let error = #expect(throws: WeightsError.self) { try Weights(safetensors: path) }
        #expect(error?.description.contains("'model.seen' of dtype I64") == true)
      }
    }
  }

  @Test func readsUnalignedFloats() throws {
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    for padding in 0..<4 {
      let padded = header + String(repeating: " ", count: padding)
      let bytes = file(header: padded) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
      try withFile(bytes) { path in
        let weights = try Weights(safetensors: path)
        #expect(weights.tensors["a"]?.elements == [1, -2])
      }
    }
  }

  // MARK: Own files

  @Test func roundTrips() throws {
    let weights = Weights(
      source: "here",
      tensors: [
        "b": WeightTensor(shape: [2, 3], elements: counting(from: 1, 6)),
        "a/ä\n": WeightTensor(shape: [], elements: [.pi]),
        "none": WeightTensor(shape: [0, 4], elements: []),
        "odd": WeightTensor(shape: [3], elements: [-.infinity, -0.0, .leastNonzeroMagnitude]),
      ],
      metadata: ["variant": "b0", "quote\"": "\\ \u{1F} ü"])
    try withFile { path in
      try weights.write(safetensors: path)
      let first = try Data(contentsOf: URL(filePath: path))
      let read = try Weights(safetensors: path)
      #expect(read.metadata == weights.metadata)
      #expect(read.names == weights.names)
      for name in weights.names {
        #expect(read.tensors[name]?.shape == weights.tensors[name]?.shape)
        #expect(
          read.tensors[name]?.elements.map(\.bitPattern)
            == weights.tensors[name]?.elements.map(\.bitPattern))
      }
      // The data starts at a multiple of 64. The same weights give the same bytes, even if they are
      // read from the file that is being replaced.
      let headerLength = first.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect((8 + headerLength) % 64 == 0)
      try read.write(safetensors: path)
      #expect(try Data(contentsOf: URL(filePath: path)) == first)
    }
  }

  @Test func refusesReservedNamesAndBadFolders() {
    let tensor = WeightTensor(shape: [], elements: [1])
    #expect(throws: WeightsError.self) {
      try Weights(source: "", tensors: ["__metadata__": tensor])
        .write(safetensors: "/tmp/never.safetensors")
    }
    #expect(throws: WeightsError.self) {
      try Weights(source: "", tensors: ["a": tensor]).write(safetensors: "/none/a.safetensors")
    }
    #expect(throws: WeightsError.self) { try Weights(safetensors: "/none/a.safetensors") }
    #expect(throws: WeightsError.self) { try Weights(safetensors: "/tmp") }
  }

  // MARK: Lies

  @Test(arguments: [
    (#"["a"]"#, 0, "is damaged: its header is not a JSON object"),
    (
      #"{"a""#, 0,
      "is damaged: its header is not valid: it is not JSON, or has a number that is too large or not whole"
    ),
    (#"{"a":1}"#, 0, "is damaged: its header is not valid: 'a' has a value of the wrong type"),
    (#"{"a":1,"a":2}"#, 0, "is damaged: its header is not valid: the field 'a' is given twice"),
    (
      #"{"a":{"dtype":"F32","shape":[1]}}"#, 4,
      "is damaged: its header is not valid: 'data_offsets' is missing in 'a'"
    ),
    (
      #"{"__metadata__":{"a":1}}"#, 0,
      "is damaged: its header is not valid: '__metadata__.a' has a value of the wrong type"
    ),
    (
      #"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4,
      "has a tensor 'a' of the unknown dtype 'F31'"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4,
      "is damaged: tensor 'a' has an impossible shape -1×-1"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4,
      "is damaged: tensor 'a' has an impossible shape 4294967296×4294967296"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, 0,
      "is damaged: tensor 'a' has an impossible shape 4611686018427387904×4×0"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      "is damaged: tensor 'a' has impossible offsets"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4,
      "is damaged: tensor 'a' has impossible offsets"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 8,
      "is damaged: tensor 'a' has impossible offsets"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      "is damaged: tensor 'a' ends at byte 8 of 4; was the file cut short?"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#, 4,
      "is damaged: tensor 'a' ends at byte 9223372036854775807 of 4; was the file cut short?"
    ),
    (
      #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, 8,
      "is damaged: tensor 'a' is 2 F16 but has 8 bytes"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      "is damaged: tensor 'b' overlaps another one"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#, 12,
      "is damaged: 4 bytes before tensor 'b' belong to no tensor"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8,
      "is damaged: 4 bytes at its end belong to no tensor"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      "is damaged: its header is not valid: the field 'a' is given twice"
    ),
  ])
  func refuses(header: String, data: Int, expected: String) throws {
    #expect(try complaint(file(header: header, data: data)) == expected)
  }

  @Test func refusesWrongLengths() throws {
    #expect(
      try complaint([1, 2, 3]) == "is damaged: it has 3 bytes; a safetensors file has at least 8")
    #expect(
      try complaint([100, 0, 0, 0, 0, 0, 0, 0, 0x7B])
        == "is damaged: its header claims 100 bytes; the file has 9")
    #expect(
      try complaint([UInt8](repeating: 0xFF, count: 64))
        == "is damaged: its header claims 18446744073709551615 bytes; is it a safetensors file?")
  }

  @Test(
    "a file of another format is named, with the remedy",
    arguments: [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "is a Keras file (HDF5), not"),
      ([0x50, 0x4B, 0x03, 0x04, 0, 0, 8, 8], "is a zip archive, such as a PyTorch checkpoint"),
      ([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46], "is a pickle, such as a PyTorch checkpoint"),
      ([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46], "is a picture, not a weight file"),
    ] as [([UInt8], String)])
  func refusesOtherFormats(first: [UInt8], expected: String) throws {
    #expect(try complaint(first + [0, 0, 0, 0]).hasPrefix(expected))
  }

  @Test func refusesDeepNesting() throws {
    let nested = #"{"a":"# + String(repeating: "[", count: 1_000_000)
    #expect(try complaint(file(header: nested)).hasPrefix("is damaged: its header is not valid"))
  }

  @Test func refusesEveryTruncation() throws {
    let whole = try Data(contentsOf: fixtures.appending(path: "types.safetensors"))
    for count in whole.indices {
      #expect(try complaint(Array(whole[..<count])).hasPrefix("is damaged: "))
    }
  }

  @Test("tensors are copies: a file that becomes shorter later does not matter")
  func outlivesItsFile() throws {
    let header = #"{"a":{"dtype":"F32","shape":[5000],"data_offsets":[0,20000]}}"#
    try withFile(file(header: header, data: 20_000)) { path in
      let weights = try Weights(safetensors: path)
      #expect(truncate(path, 10) == 0)
      #expect(weights.tensors["a"]?.elements == [Float](repeating: 0, count: 5000))
      #expect(throws: WeightsError.self) { try Weights(safetensors: path) }
    }
  }

  @Test func survivesMutations() throws {
    let original = Array(try Data(contentsOf: fixtures.appending(path: "types.safetensors")))
    var mutations = Mutations(seed: 5)
    let url = FileManager.default.temporaryDirectory
      .appending(path: "effnet-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    for _ in 0..<Mutations.count(4000) {
      try Data(mutations.damaged(original)).write(to: url)
      do throws(WeightsError) {
        let weights = try Weights(safetensors: url.path)
        for tensor in weights.tensors.values {
          #expect(tensor.elements.count == tensor.count)
        }
      } catch {
        #expect(!error.description.contains { $0.isNewline })
      }
    }
  }
}
