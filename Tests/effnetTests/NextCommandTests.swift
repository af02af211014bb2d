import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetSearch
import EfficientNetTraining
import Foundation
import Testing

@testable import effnet

/// Commands that experiments print as the next step.
@Suite("The next commands of experiments")
struct NextCommandTests {
  /// The settings of a study whose options all differ from the defaults.
  private func settings() throws -> ExperimentSettings {
    var recipe = Recipe.short
    (recipe.epochs, recipe.warmUpEpochs) = (3, min(recipe.warmUpEpochs, 1.5))
    let baseline = Baseline(try Variant(named: "b0"))
    return ExperimentSettings(
      version: "test", command: "test", data: "photos", validationShare: 0.5, subset: 24,
      dataFingerprint: 0, recipe: recipe, precision: .bfloat16, firstSeed: 7, seeds: 1,
      brokenLimit: 2,
      study: .dimensions(DimensionStudy(baseline, coefficients: .paper, factors: [2])),
      crop: 0.9)
  }

  @Test("the options of a study give the same settings in train and in scale search")
  func options() throws {
    let settings = try settings()
    let options = settings.options(recipeIn: "experiment.json")
    let training = try TrainCommand.parse(["photos", "--model", "b0", "--from-scratch"] + options)
    let photos = training.options
    #expect(photos.limit == 24 && photos.split == 0.5 && photos.seed == 7 && photos.broken == 2)
    #expect(photos.cropping.crop == 0.9 && training.learning.numbers.value == .bfloat16)
    #expect(try photos.recipe.recipe(isFromScratch: true).recipe == settings.recipe)

    let search = try ScaleSearchCommand.parse(["photos", "--equal-macs"] + options)
    let experiment = search.experiment
    #expect(search.equalMacs && experiment.subset == 24 && experiment.split == 0.5)
    #expect(experiment.seed == 7 && experiment.broken == 2 && experiment.cropping.crop == 0.9)
    #expect(experiment.numbers.value == .bfloat16)
    #expect(try experiment.recipe.comparison().recipe == settings.recipe)
  }

  @Test("options with their default values are left out")
  func defaults() throws {
    var settings = try settings()
    settings.recipe = .short
    (settings.subset, settings.validationShare, settings.firstSeed) = (nil, 0.2, 0)
    (settings.brokenLimit, settings.precision, settings.crop) = (10, .float32, nil)
    #expect(
      settings.options(recipeIn: "experiment.json")
        == ["--recipe", "short", "--epochs", "\(Recipe.short.epochs)"])
  }

  @Test("the network of a time budget is measured with the options of the fit")
  func latency() throws {
    let given = ["--threads", "1", "--batch", "4", "--precision", "bf16"]
    #expect(try LatencyOptions.parse(given).given == given)
    #expect(try LatencyOptions.parse([]).given.isEmpty)
  }
}
