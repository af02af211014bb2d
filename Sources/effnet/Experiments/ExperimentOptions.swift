import ArgumentParser
import EfficientNetCompute
import EfficientNetSearch
import EfficientNetTraining

struct ExperimentOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("A folder, a CSV file or tar archives.", valueName: "photos"))
  var photos: String?
  @Option(help: "Continue the experiment in this folder.", value: "folder") var resume: String?
  @Option(
    name: .shortAndLong,
    help: """
      The folder of the experiment (default: runs/KIND/NAME with the name of the photos; the kind is \
      scale-search, scale-dimensions or search).
      """, value: "path")
  var output: String?
  @Option(number: "Trainings per network, with different seeds (default: 3, or 1 in a search).")
  var seeds: Int?
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var cropping: CropOptions
  @Option(
    names: [.long, .customLong("limit")],
    number: """
      Use at most this many photos, training and validation together, every class in proportion; \
      --seed chooses them (default: all).
      """)
  var subset: Int?
  @Option(
    number: "Share of each class to hold out for validation, if the data has no validation split.")
  var split = 0.2
  @Option(number: "Seed of the first training of each network; the next ones use the next seeds.")
  var seed: UInt64 = 0
  @OptionGroup var numbers: PrecisionOptions
  @Option(
    number: """
      Stop after more than this many unreadable photos, training and validation together \
      (default: 10).
      """)
  var broken: Int?
  @Option(
    number: "Trainings that run at the same time (default: one per thread, as memory allows).")
  var jobs: Int?
  @Option(number: "Threads of all trainings together (default: all processors).") var threads: Int?
  @OptionGroup var cache: CacheOptions
  @Flag(
    help: """
      Print the number of networks and trainings and about how long they take, and exit without a \
      folder.
      """)
  var estimate = false
  @Flag(help: "Print JSON: one line for each finished network, and one at the end.")
  var json = false
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    try check(seeds, "--seeds", 1...1000)
    try check(subset, "--subset", 1...1 << 40)
    try check(broken, "--broken", 0...1 << 40)
    try check(split: split)
    try check(jobs, "--jobs", 1...1024)
    try check(threads, "--threads", 1...1024)
    try numbers.validateTraining()
    if let resume {
      let old = try? ExperimentFolder(existing: resume).readSettings()
      // The controller of a search learns from the rewards of all seeds, so that others would change
      // its proposals.
      // More trainings of the finalists change nothing before them.
      let changeable =
        ["--against", "--jobs", "--estimate"]
        + [old?.study.search == nil ? "--seeds" : "--top-seeds"]
      if let complaint = ExperimentSettings.complaint(
        resumingWith: GivenOptions.names, changeable: changeable)
      {
        let new = old.map {
          " with '\(ChangedCommand($0.command, by: CommandLine.arguments).line)'"
        }
        throw ValidationError(complaint + (new ?? ""))
      }
    }
  }

  /// Changes the settings of a resumed experiment: the place of the photos, the limit of unreadable
  /// ones, and more seeds.
  ///
  /// - Parameter folder: The folder of the experiment, for the error.
  /// - Throws: `ValidationError` for fewer seeds than before.
  func change(_ settings: inout ExperimentSettings, in folder: String) throws {
    if let photos { settings.moveData(to: photos) }
    if let broken { settings.brokenLimit = broken }
    if let seeds, seeds != settings.seeds {
      guard seeds > settings.seeds else {
        throw ValidationError(
          "--seeds is \(seeds); \(folder) has \(settings.seeds) trainings of each network, so it "
            + "must be at least \(settings.seeds)")
      }
      settings.seeds = seeds
      let changed = ChangedCommand(settings.command, option: "--seeds", value: "\(seeds)")
      settings.command = changed.line
    }
  }

  /// Changes the number of trainings of each finalist of a resumed search.
  ///
  /// - Parameter folder: The folder of the search, for the error.
  /// - Throws: `ValidationError` for fewer trainings than before, or without finalists.
  static func change(
    finalSeeds: Int, of settings: inout ExperimentSettings, in folder: String
  ) throws {
    guard case .architectures(var study) = settings.study, finalSeeds != study.finalSeeds else {
      return
    }
    guard study.finalists > 0 else {
      throw ValidationError(
        "--top-seeds needs finalists, but \(folder) has none; start a new search with --top 2 or "
          + "more")
    }
    guard finalSeeds > study.finalSeeds else {
      throw ValidationError(
        "--top-seeds is \(finalSeeds); \(folder) has \(study.finalSeeds) longer trainings of each "
          + "network, so it must be at least \(study.finalSeeds)")
    }
    study.finalSeeds = finalSeeds
    settings.study = .architectures(study)
    let changed = ChangedCommand(settings.command, option: "--top-seeds", value: "\(finalSeeds)")
    settings.command = changed.line
  }

  /// Returns the settings and photos of a new experiment; nil if `study` returns nil.
  ///
  /// - Parameters:
  ///   - photos: The path of the photos.
  ///   - standard: The number of trainings per network if no option sets it.
  ///   - study: Makes the study from the recipe and the photos.
  func settings(
    on photos: String, seeds standard: Int, _ study: (Recipe, DataSplit) throws -> Study?
  ) throws -> (ExperimentSettings, DataSplit)? {
    let (recipe, notes) = try recipe.comparison()
    var data = try DataSplit(path: photos, validation: split, seed: seed, limit: subset)
    data.notes += notes
    guard let study = try study(recipe, data) else { return nil }
    StandardError.note(numbers.notes(of: Precision.trainingCases))
    let settings = settings(of: study, recipe, data, on: photos, seeds: standard)
    if let complaint = settings.complaint { throw TrainingError.settings(complaint) }
    return (settings, data)
  }

  /// Returns the settings of a study; see ``settings(on:seeds:_:)``.
  func settings(
    of study: Study, _ recipe: Recipe, _ data: DataSplit, on photos: String, seeds standard: Int
  ) -> ExperimentSettings {
    ExperimentSettings(
      version: Effnet.configuration.version,
      command: commandLine, data: photos,
      validationShare: split, subset: subset, dataFingerprint: data.fingerprint, recipe: recipe,
      precision: numbers.trainingValue, firstSeed: seed, seeds: seeds ?? standard,
      brokenLimit: broken ?? 10,
      study: study, crop: cropping.crop)
  }
}
