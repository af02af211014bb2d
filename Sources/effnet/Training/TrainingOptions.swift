#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetTraining
  import FoundationEssentials

  /// The numbers of a recipe that the command line may change.
  struct RecipeOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        """
        finetune, finetune-adamw, efficientnet, short, or a JSON file as 'effnet train --print-recipe' writes it \
        (default: finetune, from scratch efficientnet; where networks are compared, short).
        """,
        valueName: "name|file.json"))
    var recipe: String?
    @Option(parsing: .unconditional, help: "Times that every photo is seen.") var epochs: Int?
    @Option(
      parsing: .unconditional,
      help: "Epochs at the beginning in which the new classifier alone is trained.")
    var headEpochs: Int?
    @Option(parsing: .unconditional, help: "Photos in a batch.") var batch: Int?
    @Option(
      parsing: .unconditional, help: "Batches whose gradients are added up before a step.")
    var accumulate: Int?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Learning rate of a step, whatever the batch.", valueName: "rate"))
    var lr: Double?
    @Option(help: "sgd, rmsprop or adamw.") var optimizer: OptimizerName?
    @Option(help: "How the rate falls: constant, cosine or exponential.") var schedule: DecayName?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Epochs over which the rate rises from zero.", valueName: "epochs"))
    var warmUp: Double?
    @Option(parsing: .unconditional, help: "Weight decay.") var weightDecay: Double?
    @Option(
      parsing: .unconditional,
      help: "Share of the target that is spread over all classes.")
    var labelSmoothing: Double?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "What a step keeps of the moving average of the weights; 0 for no average.",
        valueName: "share"))
    var ema: Double?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("The largest norm of all gradients together.", valueName: "norm"))
    var clip: Double?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Factor of the learning rate from one block to the one in front of it.", valueName: "factor"
      ))
    var layerDecay: Double?
    @Option(
      parsing: .unconditional,
      help: "Epochs without improvement after which training stops.")
    var patience: Int?
    @Flag(help: "Batch norms learn the photos' statistics (the recipe's choice otherwise).")
    var trainNorms = false
    @Flag(help: "Rare classes count as much as frequent ones.") var balance = false

    enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
      case sgd, rmsprop, adamw
    }

    enum DecayName: String, ExpressibleByArgument, CaseIterable {
      case constant, cosine, exponential
    }

    /// The recipe that is named, with the changes.
    ///
    /// - Parameter standard: The one that is meant where none is named; nil for that of training.
    func recipe(isFromScratch: Bool, standard: Recipe? = nil) throws -> Recipe {
      var recipe = try named(standard ?? (isFromScratch ? .efficientnet : .finetune))
      recipe.epochs = epochs ?? recipe.epochs
      recipe.headEpochs =
        headEpochs ?? (isFromScratch ? 0 : max(0, min(recipe.headEpochs, recipe.epochs &- 1)))
      recipe.batch = batch ?? recipe.batch
      recipe.accumulation = accumulate ?? recipe.accumulation
      switch optimizer {
      case .sgd: recipe.optimizer = .sgd()
      case .rmsprop: recipe.optimizer = .rmsprop()
      case .adamw: recipe.optimizer = .adamW()
      case nil: break
      }
      switch schedule {
      case .constant: recipe.decay = .constant
      case .cosine: recipe.decay = .cosine
      case .exponential: recipe.decay = .exponential(factor: 0.97, epochs: 2.4)
      case nil: break
      }
      // A run that is shorter than the recipe's has a shorter warm-up too.
      recipe.warmUpEpochs =
        warmUp
        ?? (epochs == nil
          ? recipe.warmUpEpochs : min(recipe.warmUpEpochs, Double(recipe.epochs) / 2))
      recipe.weightDecay = weightDecay ?? recipe.weightDecay
      recipe.smoothing = labelSmoothing ?? recipe.smoothing
      if let ema { recipe.average = ema == 0 ? nil : ema }
      recipe.clip = clip ?? recipe.clip
      recipe.layerDecay = layerDecay ?? recipe.layerDecay
      recipe.patience = patience ?? recipe.patience
      if trainNorms { recipe.freezesNorms = false }
      if balance { recipe.balancesClasses = true }
      if let complaint = recipe.complaint { throw ValidationError(complaint) }
      if let lr {
        (recipe.rate, recipe.rateBatch) = (lr, recipe.batch * recipe.accumulation)
        if let complaint = recipe.complaint { throw ValidationError(complaint) }
      }
      return recipe
    }

    private func named(_ standard: Recipe) throws -> Recipe {
      guard let name = recipe else { return standard }
      guard name.hasSuffix(".json") else {
        guard let found = Recipe.all.first(where: { $0.name == name }) else {
          throw ValidationError(
            "there is no recipe '\(name)'; there are "
              + Recipe.all.map(\.name).joined(separator: ", ") + ", and JSON files")
        }
        return found
      }
      return try Recipe(json: name)
    }
  }
#endif
