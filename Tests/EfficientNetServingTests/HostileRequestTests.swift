import EfficientNetTestSupport
import Testing

@testable import EfficientNetServing

/// A request with one input of the given fields.
private func request(_ fields: String, outputs: String = "") -> String {
  #"{"inputs":[{"name":"image",\#(fields)}]\#(outputs)}"#
}

@Suite("Malformed and hostile requests") struct HostileRequestTests {
  /// Returns the message of the refusal, which must have status 400 and one line.
  private func refusal(
    _ json: String, _ binary: [UInt8] = [], header: String? = "",
    limits: InferenceLimits = InferenceLimits(), sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    let header = header == "" ? "\(json.utf8.count)" : header
    let error = #expect(throws: RequestError.self, sourceLocation: sourceLocation) {
      try InferenceRequest(
        body: Array(json.utf8) + binary, headerLength: header, onlyInput: .picture, limits: limits)
    }
    #expect(error?.status == 400, sourceLocation: sourceLocation)
    #expect(error?.message.contains { $0.isNewline } == false, sourceLocation: sourceLocation)
    return error?.message ?? ""
  }

  @Test(
    "the header with the bytes of the JSON must be a number up to the body's bytes",
    arguments: [
      "99999999999", "-1", "+2", "1.5", "3", "x", " 2", "0x2", "99999999999999999999", "", "٢",
    ])
  func headerLength(value: String) {
    let error = #expect(throws: RequestError.self) {
      try InferenceRequest(body: Array("{}".utf8), headerLength: value, onlyInput: .photo)
    }
    #expect(
      error?.message == "Inference-Header-Content-Length is '\(value)'; it must be the bytes of the"
        + " JSON, a whole number from 0 to the 2 bytes of the body")
  }

  @Test("an empty body is refused", arguments: [nil, "0", "1"])
  func emptyBody(header: String?) {
    #expect(refusal("", header: header).hasPrefix("the body is empty"))
  }

  @Test(
    "shapes must be extents of the data, whose product is a number",
    arguments: [
      ("[-1,2]", "shape is [-1,2]; send the actual extents, which are at least 0"),
      ("[4294967296,4294967296]", "which has too many elements; send fewer"),
      ("[9223372036854775807]", "which has too many elements; send fewer"),
      ("[9223372036854775807,2,0]", "which has too many elements; send fewer"),
      ("[9223372036854775808]", "shape: '9223372036854775808' is not a whole number from"),
      ("[1.0]", "shape: '1.0' is not a whole number from"),
      ("[\"1\"]", "shape: the JSON has"), ("3", "shape: the JSON has"),
      ("null", "it has no shape; send its extents"),
      ("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "the limit of this server is 16 dimensions"),
    ])
  func shapes(shape: String, message: String) {
    let text = refusal(request(#""shape":\#(shape),"datatype":"FP32","data":[]"#))
    #expect(text.hasPrefix("input 'image': ") && text.contains(message), "\(text)")
  }

  @Test("types must be known") func datatypes() {
    for datatype in ["\"FP33\"", "\"fp32\"", "\"STRING\"", "\"\""] {
      let text = refusal(request(#""shape":[1],"datatype":\#(datatype),"data":[1]"#))
      #expect(text.hasPrefix("input 'image': datatype is '") && text.hasSuffix("BYTES, BF16"))
    }
    #expect(
      refusal(request(#""shape":[1],"data":[1]"#)).contains("it has no datatype; send one of"))
    for datatype in ["FP16", "BF16"] {
      #expect(
        refusal(request(#""shape":[1],"datatype":"\#(datatype)","data":[1]"#))
          == "input 'image': \(datatype) cannot be sent as JSON; send FP32 or binary data")
    }
  }

  @Test(
    "numbers must fit in their type",
    arguments: [
      ("INT32", "1.5", "'1.5' is not a whole number from -2147483648 to 2147483647"),
      ("UINT8", "300", "'300' is not a whole number from 0 to 255"),
      ("UINT8", "-1", "'-1' is not a whole number from 0 to 255"),
      ("UINT64", "18446744073709551616", "from 0 to 18446744073709551615"),
      ("FP32", "1e999", "'1e999' is too large; the largest number is 3.4028235e+38"),
      ("FP64", "-1e999", "'-1e999' is too large; the largest number is 1.7976931348623157e+308"),
      ("INT8", "null", "where a number must follow"),
      ("BOOL", "1", "where true or false must follow"),
      ("BYTES", "1", "where a string must follow"),
      ("FP32", "\"1\"", "where a number must follow"),
      ("FP32", "true", "where a number must follow"),
      ("FP32", "{}", "where a number must follow"),
    ])
  func values(datatype: String, value: String, message: String) {
    let text = refusal(request(#""shape":[1],"datatype":"\#(datatype)","data":[\#(value)]"#))
    #expect(text.hasPrefix("input 'image': data: ") && text.contains(message), "\(text)")
  }

  @Test("minus zero is a number") func minusZero() throws {
    for (datatype, bytes) in [("FP32", [0, 0, 0, 0x80] as [UInt8]), ("UINT8", [0])] {
      let body = request(#""shape":[],"datatype":"\#(datatype)","data":[-0]"#)
      let decoded = try InferenceRequest(
        body: Array(body.utf8), headerLength: nil, onlyInput: .photo)
      #expect(decoded.inputs[0].contents == .numbers(bytes[...]))
    }
  }

  @Test(
    "data has as many elements as the shape, flat or nested like it",
    arguments: [
      "[1,2,3]", "[1,2,3,4,5]", "[]", "[[1,2],[3]]", "[[1,2],[3,4,5]]", "[[1,2,3,4]]",
      "[[1],[2],[3],[4]]", "[[1,2],3,4]", "[1,2,[3,4]]", "[[[1,2],[3,4]]]", "[[],[]]", "[[1,2]]",
    ])
  func nesting(data: String) {
    let text = refusal(request(#""shape":[2,2],"datatype":"UINT8","data":\#(data)"#))
    #expect(text.hasPrefix("input 'image': data: "), "\(text)")
    #expect(
      text.hasSuffix("; send flat data, or data nested like the shape")
        || text.contains("a number"), "\(text)")
  }

  @Test("nested data is the same as flat data, and the order of the fields does not matter")
  func orders() throws {
    var inputs: Set<InferenceTensor> = []
    for data in ["[1,2,3,4,5,6]", "[[[1,2,3],[4,5,6]]]", " [ [ [1,2 , 3],\n[4,5,6] ] ] "] {
      for body in [
        request(#""shape":[1,2,3],"datatype":"INT16","data":\#(data)"#),
        #"{"x":{"y":[]},"inputs":[{"data":\#(data),"x":1,"datatype":"INT16","shape":[1,2,3],"name":"#
          + #""image","parameters":null}],"outputs":null,"id":null,"parameters":null}"#,
      ] {
        let decoded = try InferenceRequest(
          body: Array(body.utf8), headerLength: "\(body.utf8.count)", onlyInput: .photo)
        inputs.formUnion(decoded.inputs)
      }
    }
    #expect(inputs.count == 1)
    #expect(inputs.first?.elements(Int16.self) == [1, 2, 3, 4, 5, 6])
  }

  @Test("a tensor without elements has empty data") func noElements() throws {
    for (shape, data) in [("[0]", "[]"), ("[0,3]", "[]"), ("[2,0]", "[]"), ("[2,0]", "[[],[]]")] {
      let body = request(#""shape":\#(shape),"datatype":"FP32","data":\#(data)"#)
      let decoded = try InferenceRequest(
        body: Array(body.utf8), headerLength: nil, onlyInput: .photo)
      #expect(decoded.inputs[0].contents == .numbers([]))
    }
  }

  @Test("sizes of binary tensors must be those of the shape and add up to the body") func sizes() {
    func binary(_ size: String, shape: String = "[2]", more: String = "") -> String {
      request(
        #""shape":\#(shape),"datatype":"FP32","parameters":{"binary_data_size":\#(size)}\#(more)"#)
    }
    let eight = [UInt8](repeating: 0, count: 8)
    #expect(
      refusal(binary("4"), eight)
        == "input 'image': binary_data_size is 4; FP32 of shape [2] needs 8")
    #expect(
      refusal(binary("8"), eight + [0]) == "1 bytes follow the last input; the binary_data_size of"
        + " all inputs must add up to the 9 bytes after the JSON")
    #expect(
      refusal(binary("8"), [0]) == "input 'image': binary_data_size is 8, but only 1 bytes follow;"
        + " check it and the header Inference-Header-Content-Length")
    for size in ["-1", "1.5", "\"8\"", "true", "1e300", "99999999999999999999"] {
      let text = refusal(binary(size), eight)
      #expect(text.contains("it must be a whole number of at least 0"), "\(text)")
    }
    #expect(refusal(binary("8", more: #","data":[1,2]"#), eight).contains("remove one of them"))
    #expect(refusal(request(#""shape":[2],"datatype":"FP32""#)).contains("neither data nor"))
    #expect(
      refusal(
        request(#""shape":[2],"datatype":"FP32","parameters":{"shared_memory_region":"a"}"#)
      ).contains("no shared memory"))
    // Without the header, the bytes after the JSON are no JSON.
    #expect(refusal(binary("8"), eight, header: nil).contains("where the end must follow"))
    #expect(refusal(binary("8"), header: nil).contains("Inference-Header-Content-Length"))
  }

  @Test("elements of BYTES have their length in front") func bytesElements() {
    func bytes(_ count: Int, _ binary: [UInt8]) -> String {
      refusal(
        request(
          #""shape":[\#(count)],"datatype":"BYTES","parameters":{"binary_data_size":\#(binary.count)}"#
        ), binary)
    }
    #expect(bytes(1, [1, 0, 0]).contains("3 bytes follow element 0"))
    #expect(
      bytes(1, [1, 0, 0, 0]).contains("element 0 has a length of 1 bytes, but only 0 follow"))
    #expect(bytes(1, [255, 255, 255, 255, 1]).contains("length of 4294967295 bytes, but only 1"))
    #expect(bytes(2, [1, 0, 0, 0, 7]).contains("the data has 1 elements; shape [2] needs 2"))
    #expect(bytes(1, [0, 0, 0, 0, 0, 0, 0, 0]).contains("has more than 1 elements; shape [1]"))
    #expect(bytes(1, []).contains("the data has 0 elements; shape [1] needs 1"))
    #expect(bytes(1025, []).contains("the limit of this server is 1024 elements of BYTES"))
  }

  @Test("base64 must be base64") func base64() {
    for text in ["/9j/4A", "a b=", "🐈", "===="] {
      let message = refusal(
        request(
          #""shape":[1],"datatype":"BYTES","parameters":{"content_type":"base64"},"data":["\#(text)"]"#
        ))
      #expect(message.contains("data: element 0 is not base64"), "\(message)")
    }
  }

  @Test("tensors are named and given once") func names() {
    let input = #""name":"a","shape":[0],"datatype":"FP32","data":[]"#
    #expect(
      refusal("{\"inputs\":[{\(input)},{\(input)}]}")
        == "input 'a' is given twice; remove one of them")
    #expect(
      refusal(request("\"shape\":[]", outputs: #","outputs":[{"name":"p"},{"name":"p"}]"#))
        == "output 'p' is given twice; remove one of them")
    #expect(refusal(#"{"inputs":[{}]}"#) == "inputs[0] has no name; send the name of the tensor")
    #expect(refusal(#"{"inputs":[{"name":1}]}"#).hasPrefix("inputs[0].name: the JSON has '1}]}'"))
    #expect(refusal(#"{"inputs":[],"outputs":[{}]}"#).hasPrefix("outputs[0] has no name"))
    for body in ["{}", #"{"inputs":[]}"#] {
      #expect(refusal(body) == "the request has no inputs; send at least one")
    }
    #expect(refusal(#"{"inputs":null}"#).contains("where an array must follow"))
    let name = String(repeating: "\u{202E}\\n", count: 1000)
    let message = refusal(#"{"inputs":[{"name":"\#(name)"}]}"#)
    #expect(message.count < 300 && !message.unicodeScalars.contains("\u{202E}"), "\(message)")
  }

  @Test("numbers of tensors are limited, and the limits are in the message") func tensors() {
    var limits = InferenceLimits()
    limits.tensors = 2
    let three = [#"{"name":"a"}"#, #"{"name":"b"}"#, #"{"name":"c"}"#].joined(separator: ",")
    #expect(
      refusal("{\"inputs\":[\(three)]}", limits: limits)
        == "the limit of this server is 2 inputs; send fewer")
    #expect(
      refusal("{\"outputs\":[\(three)]}", limits: limits)
        == "the limit of this server is 2 outputs; send fewer")
  }

  @Test("parameters of outputs have their types") func outputs() {
    for (parameters, message) in [
      (#"{"binary_data":1}"#, "binary_data is 1; it must be true or false"),
      (#"{"classification":0}"#, "classification is 0; it must be a whole number of at least 1"),
      (#"{"classification":1.5}"#, "classification is 1.5; it must be"),
      (#"{"classification":true}"#, "classification is true; it must be"),
    ] {
      let outputs = #","outputs":[{"name":"p","parameters":\#(parameters)}]"#
      let text = refusal(request(#""shape":[]"#, outputs: outputs))
      #expect(text.hasPrefix("output 'p': \(message)"), "\(text)")
    }
    let text = refusal(
      request(#""shape":[]"#, outputs: #","parameters":{"binary_data_output":"yes"}"#))
    #expect(text == "binary_data_output is 'yes'; it must be true or false")
  }

  @Test("deep JSON is refused wherever it is") func deep() {
    let deep = String(repeating: "[", count: 100_000)
    for text in [
      deep, #"{"x":\#(deep)"#, #"{"parameters":{"x":\#(deep)"#, #"{"inputs":\#(deep)"#,
      request(#""shape":\#(deep)"#), request(#""shape":[1],"datatype":"FP32","data":\#(deep)"#),
      request(#""shape":[1],"datatype":"FP32","data":\#(deep)\#(deep.replacing("[", with: "]"))"#),
    ] {
      _ = refusal(text)
    }
  }

  @Test("raw bodies must fill the shape") func raw() {
    #expect(
      refusal("12345", header: "0")
        == "input 'image': the body has 5 bytes; FP32 of shape [-1,2,2,3]"
        + " needs a multiple of 48")
    let fixed = TensorMetadata(name: "image", datatype: .fp32, shape: [1, 2])
    let error = #expect(throws: RequestError.self) {
      try InferenceRequest(
        body: [UInt8](repeating: 0, count: 16), headerLength: "0", onlyInput: fixed)
    }
    #expect(
      error?.message == "input 'image': the body has 16 bytes; FP32 of shape [1,2] needs 8")
  }

  @Test("damaged requests are read or refused, and never stop the server") func mutations() throws {
    let names = try RecordedRequest.names()
    let count = Mutations.count(20_000) / names.count + 1
    var refused = 0
    for name in names {
      let recorded = try RecordedRequest(name)
      var mutations = Mutations(seed: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }))
      for index in 0..<count {
        let body = mutations.damaged(recorded.body)
        let header = recorded.head["inference-header-content-length"]
        do throws(RequestError) {
          let request = try InferenceRequest(
            body: body, headerLength: index % 16 == 0 ? nil : header, onlyInput: .picture)
          #expect(!request.inputs.isEmpty)
          #expect(request.inputs.allSatisfy(isConsistent))
        } catch {
          refused += 1
          guard error.status == 400, !error.message.contains(where: \.isNewline) else {
            Issue.record("\(error)")
            continue
          }
        }
      }
    }
    #expect(refused > count)
  }

  /// Whether a tensor has the elements of its shape.
  private func isConsistent(_ tensor: InferenceTensor) -> Bool {
    let count = tensor.shape.reduce(1, *)
    switch tensor.contents {
    case .numbers(let bytes): return bytes.count == count * (tensor.datatype.byteCount ?? 0)
    case .elements(let elements): return elements.count == count && tensor.datatype == .bytes
    }
  }
}
