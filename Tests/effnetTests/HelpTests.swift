import ArgumentParser
import Testing

@testable import effnet

/// A command in the tree of `effnet`.
struct CommandInTree: Sendable, CustomTestStringConvertible {
  /// For instance "effnet scale fit".
  let name: String
  let type: any ParsableCommand.Type

  static let all: [CommandInTree] = CommandInTree(name: "effnet", type: Effnet.self).tree

  /// The command and all commands below it.
  var tree: [CommandInTree] {
    [self]
      + configuration.subcommands.flatMap { type in
        CommandInTree(name: "\(name) \(type.configuration.commandName ?? "?")", type: type).tree
      }
  }

  var configuration: CommandConfiguration { type.configuration }
  var isGroup: Bool { !configuration.subcommands.isEmpty }
  var help: [Substring] {
    Effnet.helpMessage(for: type, columns: 80)
      .split(separator: "\n", omittingEmptySubsequences: false)
  }
  var testDescription: String { name }
}

@Suite("help")
struct HelpTests {
  @Test("is there for every command")
  func tree() {
    let names = CommandInTree.all.map(\.name)
    #expect(names.contains("effnet train") && names.contains("effnet scale fit"))
    #expect(Set(names).count == names.count, "\(names)")
  }

  @Test("starts with one sentence", arguments: CommandInTree.all)
  func abstract(command: CommandInTree) {
    let abstract = command.configuration.abstract
    #expect(abstract.hasSuffix(".") && abstract.first?.isUppercase == true)
    #expect(!abstract.dropLast().contains(". ") && !abstract.contains("\n"), "\(abstract)")
  }

  @Test("has examples of the command that fit in a line", arguments: CommandInTree.all)
  func examples(command: CommandInTree) throws {
    let lines = command.help
    guard let heading = lines.firstIndex(of: "Examples:") else {
      #expect(command.isGroup, "there are no examples")
      return
    }
    let examples = lines[(heading + 1)...].prefix { !$0.isEmpty }
    #expect(!examples.isEmpty)
    for example in examples {
      // A line that wraps has a second part without an indent.
      #expect(example.hasPrefix("  ") && example.contains("effnet "), "\(example)")
    }
    if !command.isGroup {
      #expect(examples.contains { $0.contains(command.name) })
    }
  }

  @Test("lists the exit codes in a line each")
  func exitCodes() throws {
    let lines = try #require(CommandInTree.all.first).help
    let start = try #require(lines.firstIndex(of: "Exit codes:"))
    #expect(lines[start + 1] == "  0    success" && lines[start + 4] == "  130  after Ctrl-C")
  }

  @Test("fits in 80 columns", arguments: CommandInTree.all)
  func width(command: CommandInTree) {
    for line in command.help {
      #expect(line.count <= 80, "\(line)")
    }
  }
}
