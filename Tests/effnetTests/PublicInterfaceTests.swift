import EfficientNetTestSupport
import Foundation
import Testing

/// Docs/api lists the public declarations of all libraries, so that each change of them is
/// deliberate and visible in a diff. `make api` writes the lists.
@Suite("Public interface")
struct PublicInterfaceTests {
  static let modules = [
    "EfficientNetSystem", "EfficientNetCompute", "EfficientNet", "EfficientNetImages",
    "EfficientNetFormats", "EfficientNetHub", "EfficientNetReports", "EfficientNetFeatures",
    "EfficientNetTraining", "EfficientNetSearch", "EfficientNetExplanation",
    "EfficientNetQuantization",
  ]

  /// The output of `swift symbolgraph-extract`.
  private struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
      struct Identifier: Decodable { let precise: String }
      struct Fragment: Decodable { let spelling: String }
      struct Comment: Decodable {}
      let identifier: Identifier
      let pathComponents: [String]
      let declarationFragments: [Fragment]?
      let docComment: Comment?
    }
    struct Relationship: Decodable {
      let kind: String
      let source: String
      let targetFallback: String?
    }
    let symbols: [Symbol]
    let relationships: [Relationship]
  }

  @Test("the public declarations equal the list, and each has a comment", arguments: modules)
  func declarations(module: String) throws {
    let graphs = try symbolGraphs(of: module)
    let undocumented = graphs.flatMap(\.symbols).filter { $0.docComment == nil }
      .map { $0.pathComponents.joined(separator: ".") }
    #expect(undocumented.isEmpty)

    let text = listing(of: graphs)
    let file = CommandLineTool.root.appending(path: "Docs/api/\(module).txt")
    if ProcessInfo.processInfo.environment["EFFNET_API"] == "write" {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let listed = try String(contentsOf: file, encoding: .utf8)
    let changes = text.split(separator: "\n").difference(from: listed.split(separator: "\n"))
    let lines = changes.map { change in
      switch change {
      case .insert(_, let line, _): "+ \(line)"
      case .remove(_, let line, _): "- \(line)"
      }
    }
    #expect(
      lines.isEmpty,
      "\(module) changed; if that is intended, write the lists with 'make api':\n\(lines.joined(separator: "\n"))"
    )
  }

  /// One line for each declaration: its path, its conformances and its declaration.
  private func listing(of graphs: [SymbolGraph]) -> String {
    let lines = graphs.flatMap { graph in
      let conformances = Dictionary(
        grouping: graph.relationships.filter { $0.kind == "conformsTo" }, by: \.source)
      return graph.symbols.map { symbol in
        let declaration = symbol.declarationFragments?.map(\.spelling).joined() ?? ""
        let protocols = (conformances[symbol.identifier.precise] ?? []).compactMap(\.targetFallback)
          .map { $0.split(separator: ".").last.map(String.init) ?? $0 }
          .filter { !["Copyable", "Escapable", "SendableMetatype"].contains($0) }.sorted()
        return symbol.pathComponents.joined(separator: ".") + "\n    " + declaration
          + (protocols.isEmpty ? "" : ": \(protocols.joined(separator: ", "))")
      }
    }
    return lines.sorted().joined(separator: "\n") + "\n"
  }

  private func symbolGraphs(of module: String) throws -> [SymbolGraph] {
    let folder = try TemporaryFolder()
    let (root, build) = (CommandLineTool.root, CommandLineTool.buildFolder)
    let sources = root.appending(path: "Sources")
    var cModules: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: sources.path)
    where name.hasPrefix("C") {
      let maps = [
        sources.appending(path: "\(name)/module.modulemap").path,
        build.appending(path: "\(name).build/module.modulemap").path,
      ]
      cModules += maps.filter { FileManager.default.fileExists(atPath: $0) }
        .flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
      cModules += ["-Xcc", "-I\(sources.path)/\(name)/include"]
    }
    let output = try CommandLineTool.run(
      URL(filePath: "/usr/bin/env"),
      ["swift", "symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public"]
        + ["-skip-synthesized-members", "-target", Self.target, "-output-dir", folder.url.path]
        + ["-I", build.appending(path: "Modules").path, "-I", "/usr/include/freetype2"] + cModules)
    try #require(output.status == 0, "\(output.standardError)")
    return try folder.names.map { name in
      try JSONDecoder().decode(
        SymbolGraph.self, from: Data(contentsOf: folder.url.appending(path: name)))
    }
  }

  #if arch(arm64)
    private static let target = "aarch64-unknown-linux-gnu"
  #else
    private static let target = "x86_64-unknown-linux-gnu"
  #endif
}
