import ArgumentParser
import EfficientNet

/// The options of a command; none if another version of ArgumentParser describes them in an unknown
/// way.
struct OptionNames {
  private struct Option {
    /// The names with their hyphens, the preferred one first.
    let names: [String]
    let takesValue: Bool
    /// Whether it may be given several times.
    let isRepeating: Bool
  }

  private var options: [Option]

  var names: [String] { options.flatMap(\.names) }

  init(of command: any ParsableCommand.Type) {
    self.init(description: command._dumpHelp())
  }

  /// - Parameter description: ArgumentParser's description of the command, as JSON.
  init(description: String) {
    guard let description: Description = try? decodedJSON(Array(description.utf8)) else {
      options = []
      return
    }
    options = description.command.arguments.compactMap { argument in
      guard argument.kind != "positional" else { return nil }
      let others = (argument.names ?? []).filter { $0 != argument.preferredName }
      return Option(
        names: ([argument.preferredName].compactMap(\.self) + others).map(\.text),
        takesValue: argument.kind == "option", isRepeating: argument.isRepeating)
    }
    // The version is an option of every command, but described for 'effnet' only.
    if !names.contains("--version") {
      options.append(Option(names: ["--version"], takesValue: false, isRepeating: false))
    }
  }

  /// The parts of ArgumentParser's description of a command that are used here.
  private struct Description: Decodable {
    struct Command: Decodable { let arguments: [Argument] }
    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
      let preferredName: Name?
    }
    struct Name: Decodable, Equatable {
      let kind, name: String
      var text: String { (kind == "long" ? "--" : "-") + name }
    }
    let command: Command
  }

  /// Returns the first unknown option among arguments; values of options are skipped.
  func firstUnknown(in arguments: ArraySlice<String>) -> String? {
    // Nothing is unknown if no option is known.
    if options.isEmpty { return nil }
    var rest = arguments.makeIterator()
    while let argument = rest.next(), argument != "--" {
      let name = String(argument.prefix { $0 != "=" })
      if let option = option(name) {
        if option.takesValue, name == argument { _ = rest.next() }
      } else if name.hasPrefix("--") || isShort(name) {
        return name
      }
    }
    return nil
  }

  /// Returns the first option with one value that arguments give twice, by its preferred name, and
  /// its first two values.
  func firstRepeated(in arguments: ArraySlice<String>) -> (name: String, values: [String])? {
    var given: [String: String] = [:]
    var rest = arguments
    while let argument = rest.popFirst(), argument != "--" {
      let name = String(argument.prefix { $0 != "=" })
      guard let option = option(name), option.takesValue else { continue }
      var value = String(argument.dropFirst(name.count + 1))
      if name == argument {
        // ArgumentParser reports an option that is in the place of a value.
        guard let next = rest.first, option.isRepeating || !next.hasPrefix("--") else { continue }
        value = next
        rest.removeFirst()
      }
      if option.isRepeating { continue }
      if let first = given.updateValue(value, forKey: option.names[0]) {
        return (option.names[0], [first, value])
      }
    }
    return nil
  }

  /// Returns arguments in pieces: an option with its value, or a single word.
  func pieces(of arguments: ArraySlice<String>) -> [[String]] {
    var (pieces, rest) = ([[String]](), arguments)
    while let word = rest.popFirst() {
      let value = option(word)?.takesValue == true ? rest.popFirst() : nil
      pieces.append([word] + [value].compactMap(\.self))
    }
    return pieces
  }

  private func option(_ name: String) -> Option? { options.first { $0.names.contains(name) } }

  /// Returns whether an argument is an unknown short option such as "-x". "-", numbers and known
  /// short options with a value are not.
  private func isShort(_ name: String) -> Bool {
    guard name.utf8.first == UInt8(ascii: "-"), let letter = name.dropFirst().first else {
      return false
    }
    return letter.isLetter && option("-\(letter)") == nil
  }
}
