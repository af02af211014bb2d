import ArgumentParser

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

  /// Options that do not say what a run is, and may be others when it goes on.
  private static let ofEveryRun = [
    "--resume", "--broken", "--threads", "--cache", "--cache-limit", "--json", "--quiet",
  ]

  /// Checks that beside --resume there is no option that says what a run is.
  ///
  /// - Parameters:
  ///   - run: What goes on, for instance "an experiment".
  ///   - other: What has other settings, for instance "a new one".
  ///   - own: Options of the command that may be others when it goes on.
  /// - Throws: `ValidationError`.
  static func checkResume(_ run: String, _ other: String, also own: [String]) throws {
    let allowed = ofEveryRun + own
    guard let option = names.first(where: { !allowed.contains($0) }) else { return }
    throw ValidationError(
      "\(run) with --resume has its own settings; leave out \(option), or begin \(other)")
  }
}
