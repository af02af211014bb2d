import EfficientNetCompute
import Foundation
import Testing

@Suite("Texts in lines and commands")
struct StringLinesTests {
  @Test(
    "bash reads a shell word as the text",
    arguments: [
      "plain/path-1.jpg", "", "two words", "it's", "$HOME `x` \"y\" \\", "a\nb", "\u{1B}[31mred",
      "\u{85}",
      "é\u{301}'", "'\n\\'", "-x",
    ])
  func shellWord(text: String) throws {
    let word = text.shellWord
    #expect(!word.unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value })
    let output = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"), ["bash", "-c", "printf %s. \(word)"])
    #expect(output.standardOutput == text + ".")
  }
}
