import Foundation
import Testing

/// README's program in a package of its own, as a user would build it: with `traits: []`, so without anything but the
/// toolchain and the system's libraries.
@Suite("A client package")
struct ClientPackageTests {
  @Test("README's program builds, runs and fetches no dependency")
  func readmeProgram() throws {
    let root = CommandLineTool.root
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let program = try #require(
      readme.components(separatedBy: "```swift\n").dropFirst()
        .compactMap { $0.components(separatedBy: "```").first }
        .first { $0.contains("import EfficientNetImages") })
    #expect(program.split(separator: "\n").count <= 12)

    let client = try TemporaryFolder()
    let sources = client.url.appending(path: "Sources/client")
    try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
    try Data(program.utf8).write(to: sources.appending(path: "main.swift"))
    _ = try client.file(
      "Package.swift",
      contents: """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
          name: "client",
          dependencies: [
            .package(name: "swift-efficientnet", path: "\(root.path)", traits: [])
          ],
          targets: [
            .executableTarget(
              name: "client",
              dependencies: [
                .product(name: "EfficientNet", package: "swift-efficientnet"),
                .product(name: "EfficientNetImages", package: "swift-efficientnet"),
              ])
          ])
        """)
    let weights = client.url.appending(path: "tiny.safetensors").path
    try writeTinyModel(to: weights)

    let build = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"), ["swift", "build", "--package-path", client.url.path])
    try #require(build.status == 0, "\(build.standardOutput)\(build.standardError)")
    // What SwiftPM resolved, if anything, would be in this file.
    let pins = client.url.appending(path: "Package.resolved")
    #expect(!FileManager.default.fileExists(atPath: pins.path))

    let photo = root.appending(path: "Examples/photos/rocket.jpg").path
    let output = try CommandLineTool.run(
      client.url.appending(path: ".build/debug/client"), [weights, photo])
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.lines.count == 3)
    #expect(output.lines.allSatisfy { $0.hasPrefix("\(photo) class, ") })
  }
}
