import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("Errors as JSON")
struct JSONErrorTests {
  @Test(
    "with --json, the error that ends a command is also an object on standard output",
    arguments: [
      ("classify cat.jpg --model my.safetensors", "file", 1),
      ("classify cat.jpg", "noWeights", 1), ("classify", "usage", 2), ("sumary", "usage", 2),
      ("models b99", "usage", 2), ("inspect none.safetensors", "file", 1),
    ])
  func object(line: String, kind: String, status: Int32) throws {
    let folder = try TemporaryFolder()
    let output = try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"),
      line.split(separator: " ").map(String.init) + ["--json"], folder: folder.url)
    #expect(output.status == status && output.lines.count == 1, "\(output)")
    let object = try JSONDecoder().decode(
      [String: String].self, from: Data(output.standardOutput.utf8))
    let error = try #require(object["error"])
    #expect(object == ["error": error, "kind": kind])
    #expect(output.standardError == "effnet: \(error)\n")
    if line.contains("my.safetensors") {
      let page = CommandLineTool.root.appending(path: "Docs/inference.md")
      let text = try String(contentsOf: page, encoding: .utf8)
      #expect(text.contains("    $ effnet \(line) --json\n    \(output.standardOutput)"))
    }
  }

  @Test("'runs --json' has the error of a folder that cannot be read")
  func runs() throws {
    let output = try CommandLineTool.effnet("runs", "/none", "--json")
    let errors = try JSONDecoder().decode(
      [[String: String]].self, from: Data(output.standardOutput.utf8))
    #expect(output.status == 1)
    #expect(errors == [["error": "/none: No such file or directory", "kind": "file"]])
  }

  @Test("errors of other libraries have a kind, too")
  func kinds() {
    #expect((CancellationError() as any Error).kind == "cancelled")
    #expect((POSIXError(.EIO) as any Error).kind == "other")
  }
}
