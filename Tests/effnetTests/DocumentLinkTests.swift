import Foundation
import Testing

/// GitHub shows Docs, and the website of `make docs` shows the pages of Sources. Neither can follow
/// the links of the other.
@Suite("Links in documents")
struct DocumentLinkTests {
  private func documents(in folder: String) throws -> [URL] {
    let url = CommandLineTool.root.appending(path: folder)
    return try FileManager.default.subpathsOfDirectory(atPath: url.path)
      .filter { $0.hasSuffix(".md") }.map { url.appending(path: $0) }
  }

  /// The targets of the links of a document, without anchors.
  private func targets(of document: URL) throws -> [String] {
    try String(contentsOf: document, encoding: .utf8)
      .matches(of: /\]\(([^)\s#]+)(?:#[^)\s]*)?\)/).map { String($0.output.1) }
      .filter { !$0.contains("://") }
  }

  @Test("pages of the website have no links to files")
  func website() throws {
    let pages = try documents(in: "Sources")
    #expect(pages.count > 10)
    for page in pages {
      let targets = try targets(of: page)
      #expect(targets.isEmpty, "\(page.path): \(targets)")
    }
  }

  @Test("documents link to files that exist, and to no symbol")
  func files() throws {
    let root = CommandLineTool.root
    let documents = try documents(in: "Docs") + [root.appending(path: "README.md")]
    for document in documents {
      let folder = document.deletingLastPathComponent()
      for target in try targets(of: document) {
        let path = folder.appending(path: target).path
        #expect(FileManager.default.fileExists(atPath: path), "\(document.path): \(target)")
      }
      let text = try String(contentsOf: document, encoding: .utf8)
      #expect(!text.contains(/(?:^|[^`])``[A-Za-z]/), "\(document.path) has a symbol link")
    }
  }
}
