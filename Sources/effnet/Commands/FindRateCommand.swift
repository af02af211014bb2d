import ArgumentParser
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct FindRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-lr",
    abstract: "Find a learning rate in a test of up to a hundred steps.",
    discussion: """
      Trains one step at each of a hundred learning rates from 1e-6 to 10, and stops when the \
      loss diverges. Prints a suggested rate and the 'effnet train' command that uses it, and \
      writes a page with the curve. Use it before 'effnet train', with the same options.

      The test trains all layers that --freeze leaves trainable, the new classifier too, from \
      the first step. The suggested rate is therefore for the epochs after those of \
      --head-epochs. With --from-scratch, the suggestion tends to be too low: compare it with the \
      recipe's own rate, which is printed beside it.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet find-lr photos/
        effnet find-lr photos/ --model b0 --from-scratch --output lr.html
      """)

  @OptionGroup var options: TrainingOptions
  @OptionGroup var learning: LearningOptions
  @Option(
    name: .shortAndLong,
    help: "The page to write (default: runs/find-lr/NAME.html, with the name of the photos).",
    value: "file.html")
  var output: String?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    _ = try options.namedPhotos()
    guard options.recipe.changes.lr == nil else {
      throw ValidationError("find-lr tests its own learning rates; leave out --lr")
    }
  }

  func run() throws {
    Interruption.endAtOnce()
    let start = try TrainingStart(options, learning, photos: options.namedPhotos())
    try check(output, "--output", replacesNoneOf: start.inputs)
    StandardError.note(start.data.notes)
    let available = MachineMemory.available
    let finder = try RateFinder(
      start.configuration, model: start.model, data: start.data,
      pool: options.processors.pool())
    finder.cache = try learning.cache.makeCache(
      besides: finder.byteCount, available: available)
    if !quiet { StandardError.write(start.line(bytes: finder.byteCount) + "\n") }
    try start.noteMemory(
      bytes: finder.byteCount, available: available, threads: finder.threads)
    let progress = ProgressLine("rates", isQuiet: quiet)
    Signals.note()
    let test = try finder.run(isInterrupted: { Interruption.current != nil }) {
      progress.update($0.points.count, of: RateFinder.rates.count)
    }
    try Interruption.check()
    var report = try RateTestReport(
      title: "Learning rates: \(TrainingStart.name(of: start.configuration.data))", test: test,
      command: start.configuration.command, settings: start.configuration)
    report.notes = start.data.notes
    let path = try output ?? start.unusedPath(in: "runs/find-lr", ending: ".html")
    try OutputFile.write(Array(report.html().utf8), to: path)
    try show(test, report: path, start.configuration)
  }

  private func show(_ test: RateTest, report: String, _ configuration: RunConfiguration) throws {
    let recipe = configuration.recipe
    let rate = test.suggestion?.significant(2)
    let next = rate.map { Self.training(Array(CommandLine.arguments.dropFirst()), rate: $0) }
    if json {
      return try StandardOutput.print(object: [
        "suggestion": test.suggestion, "best": test.best, "steepest": test.steepest,
        "endsFalling": test.endsFalling, "isDiverged": test.isDiverged,
        "recipe": recipe.name, "recipeRate": recipe.scaledRate, "batch": recipe.batchOfStep,
        "points": test.points, "report": report,
        "next": next,
      ])
    }
    let suggestion =
      rate.map {
        "\($0), for the recipe \(recipe.name) and steps of "
          + recipe.batchOfStep.counted("photo", "photos")
      } ?? "none"
    try StandardOutput.print(
      ["suggested rate: \(suggestion)", test.conclusion]
        + Self.comparison(test.suggestion, configuration) + ["report: \(report)"]
        + (next.map { ["next: \($0)"] } ?? []))
  }

  /// The rate of the recipe, and from random weights an advice if the suggestion is much lower.
  static func comparison(_ suggestion: Double?, _ configuration: RunConfiguration) -> [String] {
    let own = configuration.recipe.scaledRate
    let rate = "the recipe's own rate: \(own.significant(2))"
    guard configuration.weights == nil, let suggestion, suggestion < own / 2 else { return [rate] }
    return [
      rate,
      "The suggestion is below half of it. Compare both rates for a few epochs; 'effnet train' "
        + "without --lr uses the recipe's.",
    ]
  }

  /// Returns the `effnet train` command that trains at a rate with the options of an `effnet
  /// find-lr`.
  ///
  /// - Parameters:
  ///   - arguments: The words of the command line, from `find-lr` on.
  ///   - rate: The learning rate.
  static func training(_ arguments: [String], rate: String) -> String {
    var words = ["effnet", "train"]
    var isPath = false
    for argument in arguments.dropFirst() {
      let isOwn = ["--json", "--quiet", "--output"].contains(argument)
      if !isPath, !isOwn, !argument.hasPrefix("--output=") { words.append(argument) }
      isPath = argument == "--output"
    }
    words.insert(
      contentsOf: ["--lr", rate], at: words.firstIndex(of: "--") ?? words.endIndex)
    return shellLine(words)
  }
}
