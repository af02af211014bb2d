import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetSystem
import EfficientNetTraining

struct RecipeOptions: ParsableArguments {
  @Option(
    help: """
      The recipe, whose settings the following options change: finetune, finetune-adamw, \
      efficientnet, short, the folder or config.json of a run, the experiment.json of an experiment, or a \
      JSON file with some of the fields that 'effnet recipe' prints, such as {"base": "finetune", "epochs": 5} (default: finetune; \
      efficientnet from scratch; short in 'effnet scale' and 'effnet search'). The recipe \
      efficientnet is made for 350 epochs; for a training of minutes from scratch, use short.
      """, value: "name|file.json")
  var recipe: String?
  @Option(number: "Number of passes over the photos.") var epochs: Int?
  @Option(number: "Photos per batch.") var batch: Int?
  @Option(number: "Batches whose gradients are averaged for a step.") var accumulate: Int?
  @Option(
    number: """
      Learning rate, used as given. A recipe's own rate is scaled by the photos of a step: linearly \
      with sgd and rmsprop, by the square root with adamw.
      """, value: "rate")
  var lr: Double?
  @Option(
    help: """
      Optimizer; if it differs from the recipe's, it brings its standard rate and weight decay.
      """)
  var optimizer: OptimizerName?
  @Option(help: "Decay of the learning rate; exponential is × 0.97 every 2.4 epochs.") var schedule:
    DecayName?
  @Option(number: "Epochs over which the learning rate rises from 0.", value: "epochs")
  var warmUp: Double?
  @Option(number: "Weight decay.", value: "factor") var weightDecay: Double?
  @Option(number: "Share of the target to spread over all classes.", value: "share")
  var labelSmoothing: Double?
  @Option(
    number: """
      Decay of the exponential moving average of the weights, such as 0.9999; 0 turns it off.
      """, value: "decay")
  var ema: Double?
  @Option(number: "Clip the norm of all gradients together to this value.", value: "norm") var clip:
    Double?
  @Option(number: "Each block learns at this fraction of the next block's rate.", value: "factor")
  var layerDecay: Double?
  @Option(
    number: "Stop after this many epochs without improvement; needs validation photos.",
    value: "epochs")
  var patience: Int?
  @Flag(help: "Weight the loss so that every class counts equally.") var balance = false

  enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case sgd, rmsprop, adamw
  }

  enum DecayName: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, exponential
  }

  /// Returns the recipe for comparing networks, with the options applied, and a note for each
  /// automatic change.
  func comparison() throws -> (recipe: Recipe, notes: [String]) {
    if let recipe, Recipe.all.contains(where: { $0.name == recipe && $0.freezesNorms }) {
      throw ValidationError(
        "--recipe is \(recipe), which is for pretrained networks; use efficientnet, short or a JSON file to train from scratch"
      )
    }
    return try self.recipe(isFromScratch: true, standard: .short)
  }

  /// Returns the recipe with the options applied, and a note for each automatic change.
  ///
  /// - Parameters:
  ///   - isFromScratch: Whether training starts from random weights.
  ///   - standard: The recipe if no option names one.
  ///   - headEpochs: The epochs that train the classifier alone; nil for the recipe's.
  ///   - keepsHead: Whether the classifier of the weights is kept; then the recipe's head epochs are
  ///     replaced by 0.
  ///   - trainsNorms: Whether batch norms are trained, even if the recipe freezes them.
  func recipe(
    isFromScratch: Bool, standard: Recipe, headEpochs: Int? = nil, keepsHead: Bool = false,
    trainsNorms: Bool = false
  ) throws -> (recipe: Recipe, notes: [String]) {
    var recipe = try named(standard)
    var notes: [String] = []
    if isFromScratch { (recipe, notes) = recipe.fromScratch() }
    let named = recipe
    recipe.epochs = epochs ?? recipe.epochs
    recipe.headEpochs = headEpochs ?? (keepsHead ? 0 : recipe.headEpochs)
    // For the default recipe, the help says so.
    if keepsHead, headEpochs == nil, self.recipe != nil, named.headEpochs > 0 {
      notes.append(
        "all layers learn from the first epoch, because the classifier of the weights is kept; --head-epochs \(named.headEpochs) trains it alone first, as the recipe says"
      )
    }
    if let epochs, epochs > 0, headEpochs == nil, recipe.headEpochs >= epochs {
      recipe.headEpochs = epochs - 1
      notes.append(
        "head epochs are \(recipe.headEpochs) instead of the recipe's \(named.headEpochs), because the run has \(epochs.counted("epoch", "epochs")); set them with --head-epochs"
      )
    }
    recipe.batch = batch ?? recipe.batch
    recipe.accumulation = accumulate ?? recipe.accumulation
    switch (optimizer, recipe.optimizer) {
    // The recipe already uses this optimizer; keep its settings.
    case (.sgd, .sgd), (.rmsprop, .rmsprop), (.adamw, .adamW), (nil, _): break
    case (.sgd, _): recipe.take(.sgd())
    case (.rmsprop, _): recipe.take(.rmsprop())
    case (.adamw, _): recipe.take(.adamW())
    }
    switch schedule {
    case .constant: recipe.decay = .constant
    case .cosine: recipe.decay = .cosine
    case .exponential: recipe.decay = .exponential(factor: 0.97, epochs: 2.4)
    case nil: break
    }
    recipe.warmUpEpochs = warmUp ?? recipe.warmUpEpochs
    if let epochs, epochs > 0, warmUp == nil, recipe.warmUpEpochs > Double(epochs) / 2 {
      recipe.warmUpEpochs = Double(epochs) / 2
      notes.append(
        "warm-up is \(recipe.warmUpEpochs) epochs instead of the recipe's \(named.warmUpEpochs), because the run has \(epochs.counted("epoch", "epochs")); set it with --warm-up"
      )
    }
    if isFromScratch, let epochs, epochs > 0, named.name == Recipe.efficientnet.name,
      5 * epochs < named.epochs
    {
      notes.append(
        "the recipe \(named.name) is made for \(named.epochs) epochs; for a short training, --recipe \(Recipe.short.name) learns more"
      )
    }
    recipe.weightDecay = weightDecay ?? recipe.weightDecay
    recipe.smoothing = labelSmoothing ?? recipe.smoothing
    if let ema { recipe.average = ema == 0 ? nil : ema }
    recipe.clip = clip ?? recipe.clip
    recipe.layerDecay = layerDecay ?? recipe.layerDecay
    recipe.patience = patience ?? recipe.patience
    if trainsNorms { recipe.freezesNorms = false }
    if balance { recipe.balancesClasses = true }
    var complaint = recipe.complaint
    if complaint == nil, let lr {
      (recipe.rate, recipe.rateBatch) = (lr, recipe.batchOfStep)
      complaint = recipe.complaint
    }
    if let complaint {
      guard let file = self.recipe, file.hasSuffix(".json") else {
        throw ValidationError(complaint)
      }
      throw FileError(path: file, reason: complaint)
    }
    return (recipe, notes)
  }

  private func named(_ standard: Recipe) throws -> Recipe {
    guard let name = recipe else { return standard }
    if name.hasSuffix(".json") { return try Recipe(uncheckedJSON: name, standard: standard) }
    if let found = Recipe.all.first(where: { $0.name == name }) { return found }
    if Folder.exists(name) {
      let experiment = "\(name)/\(ExperimentSettings.fileName)"
      return try Recipe(
        uncheckedJSON: FileStatus(experiment) == nil
          ? RunFolder(existing: name).settings : experiment, standard: standard)
    }
    throw ValidationError(
      "there is no recipe '\(name)'; use "
        + Recipe.all.map(\.name).joined(separator: ", ") + " or a JSON file")
  }
}

/// Options of a recipe for training, with those that pretrained networks need.
struct TrainingRecipeOptions: ParsableArguments {
  @OptionGroup var changes: RecipeOptions
  @Option(
    number: """
      First epochs that train the classifier alone; fewer than all epochs. 0 if the classifier of \
      the weights is kept, and from scratch.
      """, value: "epochs")
  var headEpochs: Int?
  @Flag(help: "Let batch norms learn the statistics of the photos (default: the recipe's choice).")
  var trainNorms = false

  /// Returns the recipe with the options applied, and a note for each automatic change.
  ///
  /// - Parameters:
  ///   - isFromScratch: Whether training starts from random weights.
  ///   - keepsHead: Whether the classifier of the weights is kept, so that it is trained alone only
  ///     with `--head-epochs`.
  func recipe(
    isFromScratch: Bool, keepsHead: Bool = false
  ) throws -> (recipe: Recipe, notes: [String]) {
    if isFromScratch, let headEpochs, headEpochs > 0 {
      throw ValidationError(
        "--head-epochs is \(headEpochs), but from random weights all layers are trained from the start; leave it out"
      )
    }
    return try changes.recipe(
      isFromScratch: isFromScratch, standard: isFromScratch ? .efficientnet : .finetune,
      headEpochs: headEpochs, keepsHead: keepsHead, trainsNorms: trainNorms)
  }
}
