#if Tools
  import ArgumentParser

  /// What may stand on a command line beside --resume: what is no setting of the run, or may change while it goes on.
  enum ResumeOptions {
    private static let allowed: Set = [
      "--resume", "--broken", "--checkpoint-minutes", "--threads", "--json", "--quiet",
    ]

    /// - Throws: `ValidationError` for any other option.
    static func check(_ arguments: [String]) throws {
      let options = arguments.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }
      guard let other = options.first(where: { !allowed.contains($0) }) else { return }
      throw ValidationError(
        "a run with --resume has its own settings; leave out \(other), or begin a new run")
    }
  }
#endif
