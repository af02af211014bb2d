import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetTraining

/// The numbers of a recipe that the command line may change.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: """
      finetune, finetune-adamw, efficientnet, short, or a JSON file with some or all of the fields that 'effnet recipe' \
      prints, such as {"base": "finetune", "epochs": 5} (default: finetune, from scratch efficientnet; where networks \
      are compared, short).
      """, value: "name|file.json")
  var recipe: String?
  @Option(number: "Times that every photo is seen.") var epochs: Int?
  @Option(number: "Photos in a batch.") var batch: Int?
  @Option(number: "Batches whose gradients are added up before a step.") var accumulate: Int?
  @Option(
    number: """
      Learning rate, for the batch that is used. A recipe's own rate is scaled to the photos of a step: in proportion with \
      sgd and rmsprop, by the square root with adamw.
      """, value: "rate")
  var lr: Double?
  @Option(
    help:
      "sgd, rmsprop or adamw; another one than the recipe's has its own standard rate and weight decay."
  )
  var optimizer: OptimizerName?
  @Option(help: "How the rate falls: constant, cosine or exponential.") var schedule: DecayName?
  @Option(number: "Epochs over which the rate rises from zero to the whole rate.", value: "epochs")
  var warmUp: Double?
  @Option(number: "Weight decay.") var weightDecay: Double?
  @Option(number: "Share of the target that is spread over all classes.")
  var labelSmoothing: Double?
  @Option(
    number: "What a step keeps of the moving average of the weights; 0 for no average.",
    value: "share")
  var ema: Double?
  @Option(number: "The largest norm of all gradients together.", value: "norm") var clip: Double?
  @Option(
    number: "Factor of the learning rate from one block to the one in front of it.",
    value: "factor")
  var layerDecay: Double?
  @Option(
    number: "Epochs without improvement after which training stops; needs photos to validate with.")
  var patience: Int?
  @Flag(help: "Rare classes count as much as frequent ones.") var balance = false

  enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case sgd, rmsprop, adamw
  }

  enum DecayName: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, exponential
  }

  /// The recipe by which networks are compared, with the changes, and a line for each change that nobody asked for.
  func comparison() throws -> (recipe: Recipe, notes: [String]) {
    if let recipe, Recipe.all.contains(where: { $0.name == recipe && $0.freezesNorms }) {
      throw ValidationError(
        "--recipe is \(recipe), which is for pretrained networks; networks are compared from scratch, by efficientnet, short, or a JSON file"
      )
    }
    return try self.recipe(isFromScratch: true, standard: .short)
  }

  /// The recipe that is named, else the standard one, with the changes, and a line for each change that nobody asked for.
  func recipe(
    isFromScratch: Bool, standard: Recipe, headEpochs: Int? = nil, trainsNorms: Bool = false
  ) throws -> (recipe: Recipe, notes: [String]) {
    var recipe = try named(standard)
    var notes: [String] = []
    if isFromScratch { (recipe, notes) = recipe.fromScratch() }
    let named = recipe
    recipe.epochs = epochs ?? recipe.epochs
    recipe.headEpochs = headEpochs ?? recipe.headEpochs
    if let epochs, epochs > 0, headEpochs == nil, recipe.headEpochs >= epochs {
      recipe.headEpochs = epochs - 1
      notes.append(
        "head epochs are \(recipe.headEpochs), not the recipe's \(named.headEpochs): the run has \(epochs.counted("epoch", "epochs")) (--head-epochs)"
      )
    }
    recipe.batch = batch ?? recipe.batch
    recipe.accumulation = accumulate ?? recipe.accumulation
    switch (optimizer, recipe.optimizer) {
    // The recipe may have numbers of its own.
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
        "warm-up is \(recipe.warmUpEpochs) epochs, not the recipe's \(named.warmUpEpochs): the run has \(epochs.counted("epoch", "epochs")) (--warm-up)"
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
    throw ValidationError(
      "there is no recipe '\(name)'; there are "
        + Recipe.all.map(\.name).joined(separator: ", ") + ", and JSON files")
  }
}

/// A recipe of training: what a pretrained network needs beside ``RecipeOptions``.
struct TrainingRecipeOptions: ParsableArguments {
  @OptionGroup var changes: RecipeOptions
  @Option(
    number:
      "Epochs at the beginning that train the new classifier alone; fewer than all epochs, and 0 from scratch."
  )
  var headEpochs: Int?
  @Flag(help: "Batch norms learn the photos' statistics (the recipe's choice otherwise).")
  var trainNorms = false

  func recipe(isFromScratch: Bool) throws -> (recipe: Recipe, notes: [String]) {
    if isFromScratch, let headEpochs, headEpochs > 0 {
      throw ValidationError(
        "--head-epochs is \(headEpochs), but from random weights all layers are trained from the start; leave it out"
      )
    }
    return try changes.recipe(
      isFromScratch: isFromScratch, standard: isFromScratch ? .efficientnet : .finetune,
      headEpochs: headEpochs, trainsNorms: trainNorms)
  }
}
