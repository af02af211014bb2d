import Testing

@testable import EfficientNetServing

@Suite("JSON of requests") struct JSONReaderTests {
  private static func check(_ text: String, limits: JSONLimits = JSONLimits()) throws {
    try check(Array(text.utf8), limits: limits)
  }

  private static func check(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws {
    var reader = JSONReader(bytes, limits: limits)
    try reader.skip()
    try reader.finish()
  }

  private static func string(_ text: String) throws -> String {
    var reader = JSONReader(Array(text.utf8))
    return try reader.string()
  }

  @Test(
    "what RFC 8259 allows is read",
    arguments: [
      "{}", "[]", " \t\r\n[ ] ", "0", "-0", "-0.0e-0", "1E+5", "1.5e3", "\"\"", "null", "true",
      "[1,[2,{\"a\":[null]}],\"b\"]", "{\"\":1,\"a\":{\"\":2}}", "\"\\u0000\\/\\b\u{7F}\u{2028}\"",
      "\"\\ud83d\\uDC08\"", "[1e999, 1e-999]",
    ])
  func allowed(text: String) throws { try Self.check(text) }

  @Test(
    "all else is refused",
    arguments: [
      "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{a:1}", "{\"a\"}", "{\"a\":}",
      "{\"a\":1,}", "{\"a\" 1}", "{1:1}", "{\"a\":1 \"b\":2}", "]", "[}", "{]", "[] []", "[]x",
      "01", "-", "-a", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "1_0", "--1", "NaN",
      "Infinity", "-Infinity", "nul", "nulls", "True", "tru", "'a'", "\"", "\"a", "\"\n\"",
      "\"\\\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u", "// a\n1", "[1]//",
      "\u{FEFF}[]", "\u{A0}[]", "\0",
    ])
  func refused(text: String) {
    let error = #expect(throws: RequestError.self) { try Self.check(text) }
    #expect(error?.status == 400)
    #expect(error?.message.contains { $0.isNewline } == false)
  }

  @Test("strings are UTF-8 and surrogates are pairs") func strings() throws {
    #expect(
      try Self.string("\"\\ud83d\\udc08\\u00fc\\\"\\\\\\/\\b\\f\\n\\r\\t\"")
        == "🐈ü\"\\/\u{8}\u{C}\n\r\t")
    #expect(try Self.string("\"ü🐈\"") == "ü🐈")
    for text in [#""\ud83d""#, #""\udc08""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\udc08\ud83d""#]
    {
      #expect(throws: RequestError.self) { try Self.check(text) }
    }
    // Overlong, cut off, lone continuation, surrogate, beyond Unicode.
    for bytes: [UInt8] in [
      [0xC0, 0x80], [0xE2, 0x82], [0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    ] {
      #expect(throws: RequestError.self) { try Self.check([0x22] + bytes + [0x22]) }
      #expect(throws: RequestError.self) { try Self.check([0x22] + bytes + Array("\\n\"".utf8)) }
      #expect(throws: RequestError.self) {
        try Self.check(Array("{\"".utf8) + bytes + Array("\":1}".utf8))
      }
    }
  }

  @Test("a field that is given twice is refused, in every object") func repeatedFields() throws {
    for text in [#"{"a":1,"a":1}"#, #"[{"b":{"a":1,"b":2,"\u0061":3}}]"#] {
      let error = #expect(throws: RequestError.self) { try Self.check(text) }
      #expect(error?.message == "the field 'a' is given twice; remove one of them")
    }
    try Self.check(#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#)
  }

  @Test("levels and fields are limited") func limits() throws {
    var limits = JSONLimits()
    (limits.depth, limits.fields) = (3, 2)
    try Self.check("[[[]]]", limits: limits)
    try Self.check(#"{"a":1,"b":2}"#, limits: limits)
    let deep = #expect(throws: RequestError.self) {
      try Self.check("[[{\"a\":[]}]]", limits: limits)
    }
    #expect(deep?.message == "the JSON is nested in more than 3 levels; send flat data")
    let wide = #expect(throws: RequestError.self) {
      try Self.check(#"{"a":1,"b":2,"c":3}"#, limits: limits)
    }
    #expect(wide?.message == "an object has more than 2 fields; send fewer")
    for character in ["[", "{\"a\":"] {
      #expect(throws: RequestError.self) {
        try Self.check(String(repeating: character, count: 1_000_000))
      }
    }
  }

  @Test("a message shows the place and a part of the text") func messages() {
    let error = #expect(throws: RequestError.self) { try Self.check("{\"a\":\t\u{1B}[2J\n}") }
    #expect(
      error?.message == "the JSON has '?[2J?}' at byte 6, where a value must follow")
    for word in ["NaN", "Infinity", "-Infinity"] {
      let nan = #expect(throws: RequestError.self) { try Self.check("[\(word)]") }
      #expect(nan?.message.hasSuffix("must follow; send null, because JSON has no NaN") == true)
    }
    let end = #expect(throws: RequestError.self) { try Self.check("[1") }
    #expect(end?.message == "the JSON ends at byte 2, where ',' or ']' must follow")
  }
}
