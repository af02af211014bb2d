/// The options of a command line as they were given, for what ArgumentParser does not tell: whether an option is there
/// although it has its default value.
enum GivenOptions {
  /// The long options, without their values: "--epochs" of "--epochs=3". What comes after "--" is no option.
  static func names(in arguments: [String]) -> [String] {
    arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
  }

  /// Those of this process.
  static var names: [String] { names(in: Array(CommandLine.arguments.dropFirst())) }
}
