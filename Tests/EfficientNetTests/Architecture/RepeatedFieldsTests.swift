import Testing

@testable import EfficientNet

@Suite("Repeated fields of JSON")
struct RepeatedFieldsTests {
  @Test(
    "are named, however they are written",
    arguments: [
      (#"{"a": 1, "a": 2}"#, "a"),
      (#"{"b": {"a": [1, {"x": 2}], "c": "a", "a": 2}}"#, "a"),
      (#"[{"a": 1}, {"é": 1, "\u00e9": 2}]"#, "é"),
      (#"{"a\"": 1, "b": "{", "a\"": 2}"#, "a\""),
    ])
  func refused(json: String, field: String) {
    let error = #expect(throws: DecodingError.self) {
      try refuseRepeatedFields(in: Array(json.utf8))
    }
    #expect(error?.summary == "the field '\(field)' is given twice")
  }

  @Test(
    "are none in different objects, in values, or in what is no JSON",
    arguments: [
      #"{"a": {"a": 1}, "b": {"a": 2}}"#, #"[{"a": 1}, {"a": 2}]"#, #"{"a": "b", "b": "a"}"#,
      #"{"a": ["a", "a"], "b": "\"a\": 1, \"a\": 2"}"#, "}]{", #"{"a"#, #"{"a\"#, "",
    ])
  func read(json: String) throws {
    try refuseRepeatedFields(in: Array(json.utf8))
  }
}
