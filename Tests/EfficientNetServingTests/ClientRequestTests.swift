import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

/// The numbers and photos of Tools/serving/make_requests.py.
private let numbers: [Float] = [
  0, 0.5, -1, 0.1, -2.1179039, 2.64, 1e-7, 3e38, -.leastNonzeroMagnitude, 16_777_216,
  0.48627451, 255,
]
private let photos = [
  [0xFF, 0xD8, 0xFF, 0xE0] + Array("first\0".utf8), [0x89] + Array("PNG\r\n\u{1A}\nsecond".utf8),
]

@Suite("Requests of real clients") struct ClientRequestTests {
  @Test(
    "a picture of numbers arrives bit by bit, as JSON and in binary",
    arguments: ["json", "binary", "classification", "schedule", "kserve-json", "kserve-binary"])
  func pictures(name: String) throws {
    let request = try RecordedRequest(name).decoded()
    let input = try #require(request.inputs.first)
    #expect(request.inputs.count == 1)
    #expect((input.name, input.shape, input.datatype) == ("image", [1, 2, 2, 3], .fp32))
    #expect(input.floats == numbers)
  }

  @Test("an id is kept", arguments: ["json", "kserve-json", "kserve-photos"])
  func ids(name: String) throws {
    #expect(try RecordedRequest(name).decoded().id == "42")
    #expect(try RecordedRequest("binary").decoded().id == nil)
  }

  @Test("outputs are binary as the client says") func outputs() throws {
    let advertised = ["probabilities"]
    let json = try RecordedRequest("json").decoded().outputs(advertised: advertised)
    #expect(json == [.init(name: "probabilities", isBinary: false)])
    // Without outputs, tritonclient sets binary_data_output; kserve's client does not.
    let binary = try RecordedRequest("binary").decoded()
    #expect(binary.outputs == nil)
    #expect(
      binary.outputs(advertised: advertised) == [.init(name: "probabilities", isBinary: true)])
    let kserve = try RecordedRequest("kserve-json").decoded().outputs(advertised: advertised)
    #expect(kserve == [.init(name: "probabilities", isBinary: false)])
    // The parameter of an output precedes that of the request.
    #expect(
      try RecordedRequest("kserve-binary").decoded().outputs == [
        .init(name: "probabilities", isBinary: false), .init(name: "logits", isBinary: true),
      ])
    #expect(
      try RecordedRequest("classification").decoded().outputs == [
        .init(name: "probabilities", isBinary: true, classification: 3)
      ])
  }

  @Test("parameters are strings, numbers and booleans") func parameters() throws {
    let parameters = try RecordedRequest("schedule").decoded().parameters
    #expect(
      parameters == [
        "priority": .number(1), "timeout": .number(2_000_000), "note": .string("hello"),
        "ratio": .number(0.5), "binary_data_output": .bool(true),
      ])
    #expect(parameters["timeout"]?.wholeNumber == 2_000_000)
    #expect(parameters["ratio"]?.wholeNumber == nil)
  }

  @Test(
    "photos are parts of the body",
    arguments: [("photos", [2]), ("column", [2, 1]), ("kserve-photos", [2])])
  func encodedPhotos(name: String, shape: [Int]) throws {
    let input = try #require(try RecordedRequest(name).decoded().inputs.first)
    #expect((input.shape, input.datatype) == (shape, .bytes))
    #expect(input.strings == photos)
  }

  @Test("a body without JSON is the only input") func raw() throws {
    let recorded = try RecordedRequest("raw")
    let request = try recorded.decoded()
    #expect(request.inputs.first?.strings == [photos[0]])
    #expect(request.inputs.first?.shape == [1])
    #expect(
      request.outputs(advertised: ["logits"]) == [.init(name: "logits", isBinary: true)])

    let floats = Array(try RecordedRequest("binary").body.suffix(48))
    let picture = try InferenceRequest(body: floats, headerLength: "0", onlyInput: .picture)
    #expect(picture.inputs.first?.shape == [1, 2, 2, 3])
    #expect(picture.inputs.first?.floats == numbers)
    let two = try InferenceRequest(body: floats + floats, headerLength: "0", onlyInput: .picture)
    #expect(two.inputs.first?.shape == [2, 2, 2, 3])
  }

  @Test("the escapes of texts are resolved") func texts() throws {
    let input = try #require(try RecordedRequest("texts").decoded().inputs.first)
    #expect(input.strings == ["Grüße, 世界", "🐈 \"\\\n", ""].map { Array($0.utf8) })
  }

  @Test("base64 is decoded where content_type says so") func base64() throws {
    let recorded = try RecordedRequest("base64")
    #expect(try recorded.decoded().inputs.first?.strings == [photos[0]])
    let plain = String(decoding: recorded.body, as: UTF8.self)
      .replacing("content_type", with: "content-type")
    let request = try InferenceRequest(
      body: Array(plain.utf8), headerLength: nil, onlyInput: .photo)
    #expect(request.inputs.first?.strings == [Array("/9j/4GZpcnN0AA==".utf8)])
  }

  @Test("null is NaN; the word NaN, which tritonclient sends, is refused with the remedy")
  func nan() throws {
    let floats = try #require(try RecordedRequest("kserve-nan").decoded().inputs.first?.floats)
    #expect(floats[0] == 1 && floats[1].isNaN)
    let error = #expect(throws: RequestError.self) { try RecordedRequest("nan").decoded() }
    #expect(error?.message.contains("send null") == true)
  }

  @Test("the extremes of every type arrive", arguments: ["types-json", "types-mixed"])
  func types(name: String) throws {
    let inputs = try RecordedRequest(name).decoded().inputs
    let byName = Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0) })
    func extremes<Value: FixedWidthInteger>(_ name: String, _ type: Value.Type) {
      #expect(byName[name]?.datatype.rawValue == name.uppercased())
      #expect(byName[name]?.elements(type) == [.min, .max])
    }
    extremes("uint8", UInt8.self)
    extremes("uint16", UInt16.self)
    extremes("uint32", UInt32.self)
    extremes("uint64", UInt64.self)
    extremes("int8", Int8.self)
    extremes("int16", Int16.self)
    extremes("int32", Int32.self)
    extremes("int64", Int64.self)
    #expect(byName["bool"]?.elements(UInt8.self) == [0, 1])
    #expect(byName["fp32"]?.floats == [.leastNormalMagnitude, .greatestFiniteMagnitude])
    #expect(
      byName["fp64"]?.elements(UInt64.self).map(Double.init(bitPattern:))
        == [.leastNormalMagnitude, .greatestFiniteMagnitude])
    if name == "types-mixed" {
      #expect(byName["fp16"]?.elements(UInt16.self) == [0x3C00, 0xFBFF])
      #expect(byName["bf16"]?.elements(UInt16.self) == [0x3F80, 0xC380])
    }
  }
}
