import ArgumentParser
import EfficientNetTraining
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

/// The options of `effnet train` that change the recipe.
@Suite("effnet train, recipe options")
struct RecipeOptionsTests {
  private func recipe(
    _ arguments: [String], isFromScratch: Bool = false
  ) throws -> (recipe: Recipe, notes: [String]) {
    try TrainingRecipeOptions.parse(arguments).recipe(isFromScratch: isFromScratch)
  }

  private static let options: [([String], @Sendable (inout Recipe) -> Void)] = [
    ([], { _ in }), (["--recipe", "finetune-adamw"], { $0 = .finetuneAdamW }),
    (["--recipe", "efficientnet"], { $0 = .efficientnet }),
    (["--recipe", "short"], { $0 = .short }), (["--epochs", "20"], { $0.epochs = 20 }),
    (["--head-epochs", "3"], { $0.headEpochs = 3 }), (["--batch", "8"], { $0.batch = 8 }),
    (["--accumulate", "4"], { $0.accumulation = 4 }),
    (["--lr", "0.5"], { ($0.rate, $0.rateBatch) = (0.5, 32) }),
    (
      ["--lr", "0.5", "--batch", "8", "--accumulate", "2"],
      { ($0.rate, $0.rateBatch, $0.batch, $0.accumulation) = (0.5, 16, 8, 2) }
    ),
    (["--optimizer", "sgd"], { _ in }),
    (
      ["--optimizer", "adamw"],
      { ($0.optimizer, $0.rate, $0.rateBatch, $0.weightDecay) = (.adamW(), 3e-4, 32, 0.02) }
    ),
    (
      ["--optimizer", "rmsprop"],
      { ($0.optimizer, $0.rate, $0.rateBatch, $0.weightDecay) = (.rmsprop(), 0.016, 256, 1e-5) }
    ),
    (
      ["--optimizer", "adamw", "--lr", "0.1", "--weight-decay", "0"],
      { ($0.optimizer, $0.rate, $0.rateBatch, $0.weightDecay) = (.adamW(), 0.1, 32, 0) }
    ),
    (["--schedule", "constant"], { $0.decay = .constant }),
    (["--schedule", "cosine"], { $0.decay = .cosine }),
    (["--schedule", "exponential"], { $0.decay = .exponential(factor: 0.97, epochs: 2.4) }),
    (["--warm-up", "2"], { $0.warmUpEpochs = 2 }),
    (["--weight-decay", "0.3"], { $0.weightDecay = 0.3 }),
    (["--label-smoothing", "0"], { $0.smoothing = 0 }), (["--ema", "0.9"], { $0.average = 0.9 }),
    (["--recipe", "efficientnet", "--ema", "0"], { ($0, $0.average) = (.efficientnet, nil) }),
    (["--clip", "5"], { $0.clip = 5 }), (["--layer-decay", "0.7"], { $0.layerDecay = 0.7 }),
    (["--patience", "4"], { $0.patience = 4 }),
    (["--train-norms"], { $0.freezesNorms = false }),
    (["--balance"], { $0.balancesClasses = true }),
  ]

  @Test("each option changes its field of the recipe", arguments: options.indices)
  func arrive(index: Int) throws {
    let (arguments, change) = Self.options[index]
    var expected = Recipe.finetune
    change(&expected)
    let (found, notes) = try recipe(arguments)
    #expect(found == expected, "\(arguments)")
    #expect(notes.isEmpty)
  }

  @Test("the table has every option")
  func complete() throws {
    let tested = Set(Self.options.flatMap { $0.0.filter { $0.hasPrefix("--") } })
    let help = TrainingRecipeOptions.helpMessage()
    let all = help.matches(of: /--[a-z-]+/).map { String($0.0) }
    #expect(Set(all).subtracting(["--help"]) == tested)
  }

  @Test("changes that follow from other options are noted")
  func notes() throws {
    let (one, notes) = try recipe(["--epochs", "1"])
    #expect(one.headEpochs == 0 && one.warmUpEpochs == 0.5)
    #expect(
      notes == [
        "head epochs are 0 instead of the recipe's 1, because the run has 1 epoch; set them with --head-epochs"
      ])
    let (short, warmUp) = try recipe(["--epochs", "4"], isFromScratch: true)
    #expect(short.warmUpEpochs == 2 && warmUp.count == 2)
    #expect(
      warmUp[1] == "the recipe efficientnet is made for 350 epochs; for a short training, "
        + "--recipe short learns more")
    #expect(try recipe(["--epochs", "70"], isFromScratch: true).notes.isEmpty)
    #expect(try recipe(["--recipe", "short", "--epochs", "4"], isFromScratch: true).notes.isEmpty)
    let (scratch, changes) = try recipe(["--recipe", "finetune"], isFromScratch: true)
    #expect(scratch.headEpochs == 0 && !scratch.freezesNorms && changes.count == 2)
    #expect(try recipe([], isFromScratch: true) == (.efficientnet, []))
    for arguments in [["--epochs", "3", "--head-epochs", "3"], ["--head-epochs", "10"]] {
      #expect(throws: (any Error).self) { try recipe(arguments) }
    }
    #expect(throws: (any Error).self) { try recipe(["--head-epochs", "1"], isFromScratch: true) }
  }

  @Test("a kept classifier has no head epochs; a note says so if a recipe is named")
  func keptHead() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("mine.json", contents: "{\"headEpochs\": 3}").path
    let none = try folder.file("none.json", contents: "{\"headEpochs\": 0}").path
    let note =
      "all layers learn from the first epoch, because the classifier of the weights is kept; --head-epochs 3 trains it alone first, as the recipe says"
    for (arguments, headEpochs, expected) in [
      (["--recipe", file], 0, [note]), (["--recipe", file, "--head-epochs", "2"], 2, []),
      (["--recipe", none], 0, []), ([], 0, []),
    ] as [([String], Int, [String])] {
      let (recipe, notes) = try TrainingRecipeOptions.parse(arguments)
        .recipe(isFromScratch: false, keepsHead: true)
      #expect(recipe.headEpochs == headEpochs && notes == expected, "\(arguments): \(notes)")
    }
  }

  @Test("missing fields of a recipe file come from the command's own recipe")
  func files() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("mine.json", contents: "{\"epochs\": 5}").path
    var expected = Recipe.finetune
    expected.epochs = 5
    #expect(try recipe(["--recipe", file]).recipe == expected)
    expected = .efficientnet
    // The recipe's five epochs of warm-up are for 350 epochs.
    (expected.epochs, expected.warmUpEpochs) = (5, 2.5)
    #expect(try recipe(["--recipe", file], isFromScratch: true).recipe == expected)
    // Fields that a file leaves out shrink with the epochs; fields that it states change only by
    // options.
    let one = try folder.file("one.json", contents: "{\"epochs\": 1}").path
    #expect(try recipe(["--recipe", one]).recipe.headEpochs == 0)
    let head = try folder.file("head.json", contents: "{\"epochs\": 2, \"headEpochs\": 2}").path
    #expect(throws: (any Error).self) { try recipe(["--recipe", head]) }
    #expect(try recipe(["--recipe", head, "--head-epochs", "1"]).recipe.headEpochs == 1)
    expected = .short
    (expected.epochs, expected.batch) = (5, 8)
    let comparison = try RecipeOptions.parse(["--recipe", file, "--batch", "8"]).comparison()
    #expect(comparison.recipe == expected)
  }
}
