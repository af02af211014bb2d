import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("Standard output")
struct StandardOutputTests {
  @Test("a write has whole lines and at most 4096 bytes, or one longer line")
  func writes() {
    func counts(_ lengths: [Int]) -> [Int] {
      StandardOutput.writes(of: lengths.map { String(repeating: "x", count: $0) }).map(\.count)
    }
    #expect(counts([]).isEmpty)
    #expect(counts([0, 3]) == [5])
    #expect(counts([4095]) == [4096])
    #expect(counts([2000, 2094, 10]) == [4096, 11])
    #expect(counts([10, 5000, 10, 20]) == [11, 5001, 32])
  }

  @Test("results are written before the command ends, so that SIGKILL keeps them")
  func killed() throws {
    let folder = try TemporaryFolder()
    let weights = folder.path("tiny.safetensors")
    try writeTinyModel(to: weights)
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    let list = try folder.file(
      "list.txt", contents: String(repeating: photo + "\n", count: 3000)
    ).path
    let results = folder.path("results")
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        """
        '\(effnet)' classify - --weights '\(weights)' --top 1 --quiet <'\(list)' >'\(results)' &
        for i in {1..6000}; do [ -s '\(results)' ] && break; sleep 0.01; done
        kill -KILL $!
        wait $!
        """,
      ])
    #expect(output.status == 128 + 9)
    let text = try String(contentsOfFile: results, encoding: .utf8)
    #expect(text.hasPrefix("\(photo): class, ") && text.hasSuffix(" %\n"))
  }

  @Test(
    "a command whose output nothing reads ends silently",
    arguments: ["models", "models --json", "--help"], ["", "trap '' PIPE; "])
  func brokenPipe(arguments: String, start: String) throws {
    // The pipe has no reader before effnet starts.
    let output = try shell("\(start)exec 3> >(:); wait $!; \"$@\" \(arguments) >&3")
    #expect(output.status == 128 + 13 && output.standardError.isEmpty, "\(output)")
  }

  @Test("output that cannot be written is an error", arguments: ["models", "--help", "--version"])
  func fullDisk(arguments: String) throws {
    let output = try shell("\"$@\" \(arguments) > /dev/full")
    #expect(output.status == 1, "\(output)")
    #expect(output.standardError == "effnet: standard output: No space left on device\n")
  }

  /// Runs a command of bash, in which "$@" is effnet.
  private func shell(_ command: String) throws -> CommandLineTool.Output {
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    return try CommandLineTool.run(
      URL(filePath: "/bin/bash"), ["-c", command + "; exit $?", "bash", effnet])
  }
}
