import EfficientNetServing
import EfficientNetTestSupport
import Testing

@Suite("Photos of a request") struct PhotoUploadTests {
  private func json(
    _ text: String, limits: PhotoUpload.Limits = .init()
  ) throws(RequestError) -> PhotoUpload {
    try PhotoUpload(body: Array(text.utf8), contentType: "application/json", limits: limits)
  }

  private func form(_ parts: [(head: String, body: String)], photos: Int = 64) throws(RequestError)
    -> PhotoUpload
  {
    let text = parts.map {
      "--x\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.body)\r\n"
    }
    return try PhotoUpload(
      body: Array((text.joined() + "--x--").utf8), contentType: "multipart/form-data; boundary=x",
      limits: .init(photos: photos))
  }

  private func text(_ upload: PhotoUpload) -> [String] {
    upload.photos.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test(
    "photos in JSON",
    arguments: [
      (#"{"image":"YQ=="}"#, ["a"]), (#" { "image" : "YWI=" } "#, ["ab"]),
      (#"{"images":["YWJj","","ZA=="]}"#, ["abc", "", "d"]),
      (#"{"image":"data:image/png;base64,YQ=="}"#, ["a"]),
      (#"{"image":"DATA:;charset=x;BASE64,YQ=="}"#, ["a"]),
      // Escapes that PHP, .NET and others write.
      (#"{"im\u0061ge":"data:image\/png;base64,Pj4\u002b"}"#, [">>>"]),
      (#"{"image":"Pz8\/"}"#, ["???"]),
    ])
  func photos(body: String, expected: [String]) throws { #expect(text(try json(body)) == expected) }

  @Test("only 'images' asks for a list")
  func lists() throws {
    #expect(try !json(#"{"image":"YQ=="}"#).isList)
    #expect(try json(#"{"images":["YQ=="]}"#).isList)
    #expect(try !form([("name=a; filename=a", "")]).isList)
    #expect(try form([("name=a; filename=a", ""), ("name=a; filename=b", "")]).isList)
  }

  @Test(
    "text fields in JSON are strings, numbers or booleans",
    arguments: [
      (#""lite0""#, "lite0"), ("5", "5"), ("-1.5e+3", "-1.5e+3"), ("true", "true"),
      ("false", "false"), ("0", "0"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""ä\u00e4\ud83d\ude00""#, "ää😀"), (#""""#, ""),
    ])
  func fields(value: String, expected: String) throws {
    let upload = try json(#"{"image":"YQ==","model": \#(value) }"#)
    #expect(upload.fields == ["model": expected])
  }

  @Test("the type JSON may have parameters, and its case does not matter")
  func mediaTypes() throws {
    let body = Array(#"{"image":"YQ=="}"#.utf8)
    for type in ["Application/JSON; charset=utf-8", "application/json;", " application/json "] {
      #expect(text(try PhotoUpload(body: body, contentType: type)) == ["a"])
    }
    let error = refusal { () throws(RequestError) in
      _ = try PhotoUpload(body: body, contentType: "Multipart/Mixed; boundary=x")
    }
    #expect(error?.status == 415)
    for type in ["application/jsonx", "text/json", nil] {
      #expect(try PhotoUpload(body: body, contentType: type).photos[0].bytes == body[...])
    }
  }

  @Test(
    "wrong JSON is refused with what is wrong",
    arguments: [
      ("", "byte 0 is not a JSON object"), ("[]", "byte 0 is not a JSON object"),
      ("\u{FEFF}{}", "byte 0 is not a JSON object"), ("{", "byte 1 is not a string"),
      ("{}", "has no photo"), (#"{"images":[]}"#, "has no photo"),
      (#"{"top":5}"#, "has no photo"), (#"{"image"}"#, "byte 8 is not ':'"),
      (#"{"image":null}"#, "byte 9 is not a string for 'image'"),
      (#"{"image":["YQ=="]}"#, "byte 9 is not a string for 'image'"),
      (#"{"images":"YQ=="}"#, "byte 10 is not a list for 'images'"),
      (#"{"images":["YQ==",]}"#, "byte 18 is not a string for 'images[1]'"),
      (#"{"images":["YQ==""#, "byte 17 is not ',' or ']'"),
      (#"{"images":[["#, "byte 11 is not a string for 'images[0]'"),
      (#"{"image":"YQ=="#, "the string for 'image' does not end"),
      (#"{"image":"YQ==\"#, "the string for 'image' does not end"),
      (#"{"image":"YQ==",}"#, "byte 16 is not a string"),
      (#"{"image":"YQ=="]"#, "byte 15 is not ',' or '}'"),
      (#"{"image":"YQ=="}x"#, "byte 16 is not the end of the body"),
      (#"{"image":"YQ==","image":"YQ=="}"#, "photos twice"),
      (#"{"image":"YQ==","images":["YQ=="]}"#, "photos twice"),
      (#"{"image":"YQ==","top":1,"t\u006fp":1}"#, "'top' is given twice"),
      (#"{"image":"YQ==","top":[1]}"#, "byte 22 is not a string, a number"),
      (#"{"image":"YQ==","top":01}"#, "byte 22 is not a string, a number"),
      (#"{"image":"YQ==","top":.5}"#, "byte 22 is not a string, a number"),
      (#"{"image":"YQ==","top":null}"#, "byte 22 is not a string, a number"),
      (#"{"image":"YQ==","tpo":1}"#, "unknown field 'tpo'; the fields are 'model', 'top'"),
      (#"{"image":"YQ==","top":"\x"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\ud83d"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\ud83d\u0041"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\ude00"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\u00+1"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\u-000"}"#, "the string for 'top' is invalid"),
      (#"{"image":"YQ==","top":"\u00"}"#, "the string for 'top' is invalid"),
      ("{\"image\":\"YQ==\",\"top\":\"\n\"}", "the string for 'top' is invalid"),
      (#"{"image":"http://127.0.0.1/a.jpg"}"#, "'image' is an address"),
      (#"{"image":"HTTPS://a.jpg"}"#, "'image' is an address"),
      (#"{"image":"data:image/png,abc"}"#, "without ';base64,'"),
      (#"{"image":"data:"}"#, "without ';base64,'"),
      (#"{"image":"YQ=="# + #"\n"}"#, "length 5 or its padding"),
      (#"{"image":"Y\nQ=="}"#, "character 1 is a line break; use one line"),
      ("{\"image\":\"Y\nQ==\"}", "character 1 is a line break; use one line"),
      (#"{"image":"YQ--"}"#, "base64 for URLs"), (#"{"image":"YQ"}"#, "length 2 or its padding"),
      (#"{"image":"YQ="}"#, "length 3 or its padding"),
      (#"{"image":"===="}"#, "length 4 or its padding"),
      (#"{"image":"Y==="}"#, "length 4 or its padding"),
      (#"{"image":"YQ==YQ=="}"#, "length 8 or its padding"),
      (#"{"images":["YQ==","Y!=="]}"#, "'images[1]' is not base64: character 1 is not"),
      (#"{"image":"Yä=="}"#, "character 1 is not one"),
    ])
  func wrongJSON(body: String, reason: String) throws {
    let error = try #require(refusal { () throws(RequestError) in _ = try json(body) })
    #expect(error.status == 400)
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test("JSON that is not UTF-8 is refused")
  func encoding() {
    for body in [Array(#"{"image":"YQ==","top":""#.utf8) + [0xFF] + Array("\"}".utf8), [0xFF]] {
      let error = refusal { () throws(RequestError) in
        _ = try PhotoUpload(body: body, contentType: "application/json")
      }
      #expect(error?.status == 400)
    }
  }

  @Test("a million brackets are refused at the first one")
  func depth() {
    let brackets = String(repeating: "[", count: 1_000_000)
    for body in [
      brackets, "{\"images\":\(brackets)", "{\"top\":\(brackets)", "{\"\(brackets)\":1}",
    ] {
      let error = refusal { () throws(RequestError) in _ = try json(body) }
      #expect(error?.status == 400)
      #expect(error?.message.utf8.count ?? 0 < 400)
    }
  }

  @Test("wrong forms are refused")
  func wrongForms() {
    for (parts, reason) in [
      ([], "has no photo"), ([("name=top", "3")], "has no photo"),
      ([("name=a; filename=a", ""), ("name=tpo", "3")], "unknown field 'tpo'"),
      ([("name=a; filename=a", ""), ("name=top", "3"), ("name=top", "3")], "'top' is given twice"),
    ] {
      let error = refusal { () throws(RequestError) in _ = try form(parts) }
      #expect(error?.status == 400)
      #expect(error?.message.contains(reason) == true)
    }
    let bytes = Array("--x\r\nContent-Disposition: form-data; name=top\r\n\r\n".utf8) + [0xFF]
    let error = refusal { () throws(RequestError) in
      _ = try PhotoUpload(
        body: bytes + Array("\r\n--x--".utf8), contentType: "multipart/form-data; boundary=x")
    }
    #expect(error?.message == "the field 'top' is not text in UTF-8")
    #expect(
      refusal { () throws(RequestError) in _ = try PhotoUpload(body: [], contentType: nil) }?
        .message == "the request has no body; send a photo")
  }

  @Test("the number of photos is limited")
  func limits() throws {
    let photo = ("name=a; filename=a", "")
    #expect(try form([photo, photo], photos: 2).photos.count == 2)
    for error in [
      refusal { () throws(RequestError) in _ = try form([photo, photo, photo], photos: 2) },
      // The third one is not decoded.
      refusal { () throws(RequestError) in
        _ = try json(#"{"images":["YQ==","YQ==","!"]}"#, limits: .init(photos: 2))
      },
    ] {
      #expect(error?.status == 413)
      #expect(error?.message.contains("more than 2 photos") == true)
    }
  }

  @Test("a route chooses the names of its fields")
  func knownFields() throws {
    let body = Array(#"{"image":"YQ==","class":3,"method":"occlusion"}"#.utf8)
    let upload = try PhotoUpload(
      body: body, contentType: "application/json", fields: ["model", "class", "method"])
    #expect(upload.fields == ["class": "3", "method": "occlusion"])
  }

  @Test("memory is a small multiple of the body")
  func memory() async throws {
    if Sanitizer.isActive { return }
    await #expect(processExitsWith: .success) {
      let digits = [UInt8](repeating: UInt8(ascii: "A"), count: 40_000_000)
      let body = Array("{\"image\":\"".utf8) + digits + Array("\"}".utf8)
      limitAddresses(spare: 120_000_000)
      let upload = try PhotoUpload(body: body, contentType: "application/json")
      #expect(upload.photos[0].bytes.count == 30_000_000)
    }
  }
}
