import ArgumentParser
import EfficientNetTraining

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print all settings of a training recipe as JSON.",
    discussion: """
      Save the output to a file, edit it, and pass it to 'effnet train --recipe'. The other \
      options change the recipe as they do in 'effnet train'. Docs/train.md in the repository \
      explains every field.

      Examples:
        effnet recipe
        effnet recipe --recipe efficientnet --from-scratch --epochs 30 > mine.json
        effnet train photos/ --recipe mine.json
      """)

  @Flag(help: "Print the recipe for training from random weights.") var fromScratch = false
  @OptionGroup var recipe: TrainingRecipeOptions

  func run() throws {
    let (recipe, notes) = try recipe.recipe(isFromScratch: fromScratch)
    StandardError.note(notes)
    try StandardOutput.print(recipe.json)
  }
}
