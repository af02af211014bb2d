import Testing

@testable import EfficientNet

@Suite("Mistakes in JSON that decoders accept silently")
struct SilentMistakesTests {
  @Test(
    "repeated fields are refused by name, however they are spelled",
    arguments: [
      (#"{"a": 1, "a": 2}"#, "a"),
      (#"{"b": {"a": [1, {"x": 2}], "c": "a", "a": 2}}"#, "a"),
      (#"[{"a": 1}, {"é": 1, "\u00e9": 2}]"#, "é"),
      (#"{"a\"": 1, "b": "{", "a\"": 2}"#, "a\""),
    ])
  func refused(json: String, field: String) {
    let error = #expect(throws: DecodingError.self) {
      try refuseSilentMistakes(in: Array(json.utf8))
    }
    #expect(error?.summary == "the field '\(field)' is given twice")
  }

  @Test(
    "a comma after the last element is refused with its place",
    arguments: [
      ("[1,]", "line 1, column 3", "]"), ("{\"a\": 1 , }", "line 1, column 9", "}"),
      ("{\"a\": [\n  {\"é\": 1},\n ],\n \"b\": 1}", "line 2, column 11", "]"),
      ("{\n\r\n\"a\": {\"b\": \",}\",\t}}", "line 3, column 16", "}"),
    ])
  func commas(json: String, place: String, bracket: String) {
    let error = #expect(throws: DecodingError.self) {
      try refuseSilentMistakes(in: Array(json.utf8))
    }
    #expect(error?.summary == "\(place) has a comma before '\(bracket)'; remove the comma")
    let decoding = #expect(throws: FieldError.self) {
      let _: [String: Int] = try decodedJSON(Array(json.utf8))
    }
    #expect(decoding?.description == error?.summary)
  }

  @Test(
    "equal names in different objects or in values, and invalid JSON, are accepted",
    arguments: [
      #"{"a": {"a": 1}, "b": {"a": 2}}"#, #"[{"a": 1}, {"a": 2}]"#, #"{"a": "b", "b": "a"}"#,
      #"{"a": ["a", "a"], "b": "\"a\": 1, \"a\": 2"}"#, "}]{", #"{"a"#, #"{"a\"#, "",
      #"{"a": ",]", "b": [1, 2, "," ]}"#, "[1,\n2]", ",",
    ])
  func read(json: String) throws {
    try refuseSilentMistakes(in: Array(json.utf8))
  }
}
