import Testing

@testable import EfficientNet

@Suite("Repeated fields of JSON")
struct RepeatedFieldsTests {
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
      try refuseRepeatedFields(in: Array(json.utf8))
    }
    #expect(error?.summary == "the field '\(field)' is given twice")
  }

  @Test(
    "equal names in different objects or in values, and invalid JSON, are accepted",
    arguments: [
      #"{"a": {"a": 1}, "b": {"a": 2}}"#, #"[{"a": 1}, {"a": 2}]"#, #"{"a": "b", "b": "a"}"#,
      #"{"a": ["a", "a"], "b": "\"a\": 1, \"a\": 2"}"#, "}]{", #"{"a"#, #"{"a\"#, "",
    ])
  func read(json: String) throws {
    try refuseRepeatedFields(in: Array(json.utf8))
  }
}
