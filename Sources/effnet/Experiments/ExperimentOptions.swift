import ArgumentParser
import EfficientNetCompute
import EfficientNetSearch
import EfficientNetTraining

/// How the candidates of an experiment are trained.
struct ExperimentOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
  var photos: String?
  @OptionGroup var recipe: RecipeOptions
  @Option(number: "Trainings of each network, with different seeds (default: 3; of a search 1).")
  var seeds: Int?
  @Option(
    number: "The most photos to train on and to validate with together, every class in proportion.")
  var subset: Int?
  @Option(number: "Share of the photos to validate with, where the data does not say which.")
  var split = 0.2
  @Option(
    number: "The seed of the first training of each network; the others have those that follow.")
  var seed: UInt64 = 0
  @Option(help: "Numbers to train with: fp32 or bf16.") var precision = Precision.float32
  @Option(number: "Broken photos that are put up with (default: 10).") var broken: Int?
  @Option(
    number: "Trainings at the same time (default: one for each thread, as far as memory allows).")
  var jobs: Int?
  @Option(number: "Threads of all trainings together (default: all processors).") var threads: Int?
  @OptionGroup var cache: CacheOptions
  @Option(
    help:
      "The experiment's folder (default: runs/scale/NAME of the photos, of a search runs/search/NAME).",
    value: "path")
  var output: String?
  @Option(help: "Go on with an experiment.", value: "folder") var resume: String?
  @Flag(help: "Print JSON: a line for each network as it is done, and one at the end.")
  var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    try check(seeds, "--seeds", 1...1000)
    try check(subset, "--subset", 1...1 << 40)
    try check(broken, "--broken", 0...1 << 40)
    try check(jobs, "--jobs", 1...1024)
    try check(threads, "--threads", 1...1024)
    if resume != nil,
      let complaint = ExperimentSettings.complaint(
        resumingWith: GivenOptions.names, changeable: ["--against", "--jobs"])
    {
      throw ValidationError(complaint)
    }
  }

  /// The settings of a new experiment, and its photos.
  ///
  /// - Parameter study: Makes the study, knowing the recipe and the photos.
  func settings(
    on photos: String, seeds standard: Int, _ study: (Recipe, DataSplit) throws -> Study?
  ) throws -> (ExperimentSettings, DataSplit)? {
    let (recipe, notes) = try recipe.comparison()
    var data = try DataSplit(path: photos, validation: split, seed: seed, limit: subset)
    data.notes += notes
    guard let study = try study(recipe, data) else { return nil }
    let settings = ExperimentSettings(
      version: Effnet.configuration.version,
      command: CommandLine.arguments.joined(separator: " "), data: photos,
      validationShare: split, subset: subset, dataFingerprint: data.fingerprint, recipe: recipe,
      precision: precision, firstSeed: seed, seeds: seeds ?? standard, brokenLimit: broken ?? 10,
      study: study)
    if let complaint = settings.complaint { throw TrainingError.settings(complaint) }
    return (settings, data)
  }
}
