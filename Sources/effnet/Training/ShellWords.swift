/// Command lines as a shell reads them.
enum ShellWords {
  /// The words with quotation marks where a shell would change or split them.
  static func joined(_ words: [String]) -> String {
    words.map { word in
      let isPlain = word.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=+@%".utf8.contains(byte)
      }
      return isPlain && !word.isEmpty
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }

  /// This command's own line, without what is for --find-lr only, and with other options.
  static func command(adding options: [String]) -> String {
    var words = training(Array(CommandLine.arguments.dropFirst()))
    words.insert(contentsOf: options, at: words.firstIndex(of: "--") ?? words.endIndex)
    return joined(["effnet"] + words)
  }

  /// The arguments of --find-lr as those of the training after it.
  static func training(_ arguments: [String]) -> [String] {
    var (result, isPage) = ([String](), false)
    for argument in arguments {
      if isPage {
        isPage = false
        continue
      }
      switch argument {
      case "--find-lr", "--json", "--quiet": continue
      case "--output": isPage = true
      default: if !argument.hasPrefix("--output=") { result.append(argument) }
      }
    }
    return result
  }
}
