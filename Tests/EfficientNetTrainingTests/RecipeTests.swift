import EfficientNet
import Testing

@testable import EfficientNetTraining

/// Any number in a recipe is used, or refused with its valid range.
@Suite("Recipes")
struct RecipeTests {
  private static let bad: [@Sendable (inout Recipe) -> Void] = [
    { $0.epochs = 0 }, { $0.epochs = -1 }, { $0.epochs = .min }, { $0.epochs = .max },
    { $0.batch = 0 }, { $0.batch = 4097 }, { $0.accumulation = .max }, { $0.accumulation = 0 },
    { $0.headEpochs = -2 }, { $0.headEpochs = 10 }, { $0.rateBatch = 0 }, { $0.rateBatch = .max },
    { $0.patience = -1 }, { $0.rate = 0 }, { $0.rate = .infinity }, { $0.rate = .nan },
    { $0.warmUpEpochs = .infinity }, { $0.warmUpEpochs = 1e300 }, { $0.warmUpEpochs = -1 },
    { $0.warmUpEpochs = 10.5 }, { $0.warmUpEpochs = .nan }, { $0.layerDecay = 0 },
    { $0.clip = .infinity }, { $0.clip = 0 }, { $0.weightDecay = .infinity },
    { $0.weightDecay = -1e30 }, { $0.smoothing = 7 }, { $0.average = 1.5 }, { $0.dropout = .nan },
    { $0.stochasticDepth = 1 }, { $0.optimizer = .sgd(momentum: 9e18) },
    { $0.optimizer = .rmsprop(decay: -1) }, { $0.optimizer = .rmsprop(epsilon: 0) },
    { $0.optimizer = .adamW(beta1: .nan) }, { $0.decay = .exponential(factor: 2, epochs: 1) },
    { $0.decay = .exponential(factor: 0.9, epochs: -1) }, { $0.augmentation.flip = .nan },
    { $0.augmentation.crop?.area = 0...1 }, { $0.augmentation.jitter?.hue = 3 },
    { $0.augmentation.policy = .randAugment(operations: -1, magnitude: 9) },
    {
      $0.augmentation.mixing = .some(Mixing(mixup: 1)); $0.augmentation.mixing?.mixup = -1
    },
  ]

  @Test("impossible values are refused with the valid range", arguments: bad.indices)
  func refused(index: Int) throws {
    var recipe = Recipe.finetune
    Self.bad[index](&recipe)
    let complaint = try #require(recipe.complaint)
    #expect(
      ["; it must be ", "; they must be "].contains { complaint.contains($0) })
  }

  @Test("extreme values are accepted")
  func used() {
    for var recipe in Recipe.all {
      #expect(recipe.complaint == nil)
      recipe.rate = 1e6
      #expect(recipe.complaint == nil)
      // With AdamW, the rate grows with the square root of the batch.
      (recipe.epochs, recipe.accumulation, recipe.batch) = (1_000_000, 1_000_000, 4096)
      #expect(recipe.complaint == nil)
      // The largest number of photos, one per step.
      #expect(recipe.schedule(stepsPerEpoch: 1 << 24).factor(1 << 44) >= 0)
    }
  }

  /// Rates scale with the photos of a step, with AdamW by their square root, as in timm.
  @Test("rates are scaled to the batch")
  func scaledRates() {
    var recipe = Recipe.finetune
    (recipe.batch, recipe.accumulation) = (64, 2)
    #expect(abs(recipe.scaledRate / 0.08 - 1) < 1e-12)
    recipe = .efficientnet
    #expect(abs(recipe.scaledRate / 0.002 - 1) < 1e-12)
    recipe = .finetuneAdamW
    #expect(recipe.scaledRate == 3e-4)
    (recipe.batch, recipe.accumulation) = (64, 2)
    #expect(abs(recipe.scaledRate / 6e-4 - 1) < 1e-12)
  }

  @Test("another optimizer has its own rate and weight decay")
  func optimizers() {
    var recipe = Recipe.finetune
    recipe.take(.adamW())
    #expect(recipe.rate == 3e-4 && recipe.rateBatch == 32 && recipe.weightDecay == 0.02)
    recipe.rate = 1
    recipe.take(.adamW(beta1: 0.8))
    #expect(recipe.rate == 1 && recipe.optimizer == .adamW(beta1: 0.8))
    recipe.take(.rmsprop())
    #expect(recipe.rate == 0.016 && recipe.rateBatch == 256 && recipe.weightDecay == 1e-5)
    recipe.take(.sgd())
    #expect(recipe.rate == 0.02 && recipe.rateBatch == 32 && recipe.weightDecay == 1e-5)
  }

  @Test("with random weights, all layers are trained")
  func fromScratch() throws {
    let (recipe, notes) = Recipe.finetune.fromScratch()
    #expect(recipe.headEpochs == 0 && !recipe.freezesNorms && notes.count == 2)
    #expect(recipe.complaintFromScratch == nil && Recipe.finetune.complaintFromScratch != nil)
    #expect(Recipe.efficientnet.fromScratch() == (.efficientnet, []))
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.weights = nil
      #expect(configuration.complaint?.hasPrefix("head epochs are 1; they must be 0") == true)
      configuration.recipe.headEpochs = 0
      #expect(configuration.complaint == nil)
      configuration.recipe.freezesNorms = true
      #expect(configuration.complaint?.hasPrefix("batch norms keep their statistics") == true)
      configuration.recipe.freezesNorms = false
      configuration.freezing = .backbone
      #expect(configuration.complaint?.hasPrefix("random weights cannot be frozen") == true)
    }
  }

  @Test("freezing up to a missing stage is refused")
  func freezing() throws {
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.freezing = .stages(upTo: 2)
      #expect(configuration.complaint == nil)
      configuration.freezing = .stages(upTo: 99)
      #expect(configuration.complaint?.contains("it must be 1 to 2 for tiny") == true)
    }
  }
}
