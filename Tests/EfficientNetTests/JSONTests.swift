import EfficientNet
import Foundation
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("control characters are escaped, and read again")
  func controlCharacters() throws {
    let names = ["a\u{202E}gpj.exe", "\u{7F}\u{85}\u{9B}", "\u{200F}\u{2066}\u{2028}", "é\n世界🐈"]
    let json = try encodedJSON(names)
    #expect(
      json == #"["a\u202egpj.exe","\u007f\u0085\u009b","\u200f\u2066\u2028","é\n世界🐈"]"#)
    let read: [String] = try decodedJSON(Array(json.utf8))
    #expect(read == names)
    #expect(try encodedJSON(["\u{202E}": 1], isPretty: true) == "{\n  \"\\u202e\" : 1\n}")
  }
}
