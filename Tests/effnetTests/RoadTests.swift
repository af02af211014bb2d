import EfficientNetTestSupport
import Foundation
import Testing

/// All steps of the paper on a small scale.
@Suite("All steps of the paper")
struct RoadTests {
  @Test("one script runs search, α β γ, the family and its training, and resumes where it stopped")
  func small() throws {
    let folder = try TemporaryFolder()
    try folder.writeTwoShades("photos")
    func road() throws -> CommandLineTool.Output {
      try CommandLineTool.run(
        CommandLineTool.root.appending(path: "Examples/road/road.sh"), ["--small", "photos"],
        environment: [
          "EFFNET": CommandLineTool.buildFolder.appending(path: "effnet").path, "ROAD": "road",
        ], folder: folder.url)
    }
    let first = try road()
    #expect(first.status == 0, "\(first.standardError)")
    func exists(_ name: String) -> Bool {
      folder.exists("road/\(name)")
    }
    #expect(exists("search/best.json") && exists("grid/table.csv"))
    let family = try folder.names("road/family")
    #expect(family.count == 2)
    for network in family {
      let name = network.dropLast(".json".count)
      #expect(exists("train/\(name)/best.safetensors"), "\(name)")
      #expect(first.standardOutput.contains("\(name): top-1 "), "\(name)")
    }
    let again = try road()
    #expect(again.status == 0 && again.standardOutput.contains("== done"))
    #expect(!again.standardOutput.contains("reward"), "nothing is done twice")
    let wrong = try CommandLineTool.run(
      CommandLineTool.root.appending(path: "Examples/road/road.sh"), [], folder: folder.url)
    let help = try CommandLineTool.run(
      CommandLineTool.root.appending(path: "Examples/road/road.sh"), ["--help"], folder: folder.url)
    #expect(help.status == 0 && help.standardOutput.hasPrefix("usage: road.sh [--small] photos\n"))
    #expect(wrong.status == 2 && wrong.standardError.contains("usage: road.sh"))
  }
}
