import ArgumentParser
import EfficientNet
import EfficientNetTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on photos.",
    discussion: """
      Photos are a folder with a folder for each class, with or without train/ and val/; a CSV file with the columns path \
      and label; or tar archives. A pretrained network gets a new classifier, which is trained first, then everything is; \
      --from-scratch begins with nothing. What a run leaves is in runs/train/NAME: the best and the last weights, report.html, log.csv, \
      config.json, and checkpoints to go on from after Ctrl-C or worse. Beside --resume there may be --broken, \
      --checkpoint-minutes, --threads, --cache, --cache-limit, --json, --quiet, and the photos if they were moved; all else \
      is as the run began.

      Examples:
        effnet train photos/
        effnet train photos/ --show-augmentation out.png
        effnet train photos/ --find-lr
        effnet train photos/ --model lite0 --resolution 128 --epochs 5 --lr 0.02 --output runs/mine
        effnet train photos/ --model b0 --weights timm_b0.safetensors --freeze backbone:3
        effnet train photos/ --model b0 --from-scratch --recipe efficientnet
        effnet train --resume runs/train/photos
        effnet train --resume runs/train/photos /new/place/of/photos --broken 50
      """)

  @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
  var places: [String] = []
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Flag(help: "Begin with untrained weights.") var fromScratch = false
  @OptionGroup var recipe: RecipeOptions
  @Option(
    help: "What stays as it is: nothing, backbone, or backbone:N for stem and stages up to N.",
    transform: Self.freezing)
  var freeze = Freezing.nothing
  @Option(
    parsing: .unconditional,
    help: "Share of the photos to validate with, where the data does not say which.")
  var split = 0.2
  @Option(parsing: .unconditional, help: "The most photos, every class in proportion.")
  var limit: Int?
  @Option(parsing: .unconditional, help: "What everything random is drawn from.")
  var seed: UInt64 = 0
  @Option(
    help: ArgumentHelp(
      "The run's folder (default: runs/train/NAME of the photos), or the page of --find-lr (runs/find-lr/NAME.html).",
      valueName: "path"))
  var output: String?
  @Option(help: ArgumentHelp("Go on with a run.", valueName: "run")) var resume: String?
  @Option(
    parsing: .unconditional,
    help: "Broken photos that are put up with, of both parts together (default: 10).")
  var broken: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Minutes between checkpoints within an epoch (default: 5).", valueName: "minutes"))
  var checkpointMinutes: Double?
  @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
  var threads: Int?
  @Option(
    help: """
      Numbers of feature maps and of what matrix products read: fp32, or bf16, which takes less memory and, where the \
      machine has instructions for it, less time. Weights, their gradients and validation are fp32 in either.
      """)
  var precision = Precision.float32
  @OptionGroup var cache: CacheOptions
  @Flag(
    help: """
      Do not train, but find a rate to do it with: a hundred steps at rates from 1e-6 to 10, until the loss runs away, \
      and a page with the curve. All that --freeze leaves is trained from the first step on, the new classifier too: \
      the rate is for what comes after the epochs for the classifier alone.
      """)
  var findLr = false
  @Option(
    help: ArgumentHelp(
      "Do not train, but write a picture of some photos as the network would see them, epoch by epoch.",
      valueName: "out.png"))
  var showAugmentation: String?
  @Flag(help: "Print the recipe as JSON, and do nothing else.") var printRecipe = false
  @Flag(help: "Print one JSON object at the end.") var json = false
  @Flag(help: "No progress and no summary.") var quiet = false

  /// Where the photos are.
  var photos: String? { places.first }

  func validate() throws {
    try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
    try NetworkOptions.check(limit ?? 1, "--limit", 1...1 << 40)
    try NetworkOptions.check(broken ?? 0, "--broken", 0...1 << 40)
    if let checkpointMinutes, !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
      throw ValidationError(
        "--checkpoint-minutes is \(checkpointMinutes); it may be any number above 0")
    }
    if places.count > 1 {
      throw ValidationError(
        "photos are one folder, table or archive, not \(places.count); of several archives name their folder, "
          + "or their pattern in quotation marks, such as 'shards/*.tar'")
    }
    if try mode == .printRecipe { return }
    if fromScratch, file.weights != nil {
      throw ValidationError("--from-scratch begins without --weights")
    }
    if fromScratch, network.model == nil {
      throw ValidationError("--from-scratch needs --model")
    }
  }

  func run() throws {
    // As long as nothing is written, Ctrl-C may end everything.
    Interruption.endAtOnce()
    switch try mode {
    case .train(let photos): try train(on: photos)
    case .resume(let run): try goOn(with: run)
    case .findRate(let photos): try findRate(on: photos)
    case .showAugmentation(let photos, let picture): try showAugmentation(of: photos, in: picture)
    case .printRecipe:
      let (recipe, notes) = try recipe.recipe(isFromScratch: fromScratch)
      note(notes)
      try StandardOutput.print(recipe.json)
    }
  }

  private static func freezing(_ text: String) throws -> Freezing {
    guard let freezing = Freezing(text) else {
      throw ValidationError("it may be nothing, backbone, or backbone:N")
    }
    return freezing
  }
}
