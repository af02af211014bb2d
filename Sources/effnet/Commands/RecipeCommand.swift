import ArgumentParser
import EfficientNetTraining

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print how training is done: all settings of a recipe, as JSON.",
    discussion: """
      The output is a file for 'effnet train --recipe'. The other options change the recipe as they do there.

      Examples:
        effnet recipe
        effnet recipe --recipe efficientnet --from-scratch --epochs 30 > mine.json
        effnet train photos/ --recipe mine.json
      """)

  @Flag(help: "The recipe for untrained weights.") var fromScratch = false
  @OptionGroup var recipe: TrainingRecipeOptions

  func run() throws {
    let (recipe, notes) = try recipe.recipe(isFromScratch: fromScratch)
    StandardError.note(notes)
    try StandardOutput.print(recipe.json)
  }
}
