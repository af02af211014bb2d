import EfficientNetCompute
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

extension ExperimentSettings {
  /// The options with which `train` or another study trains as this experiment: the recipe, the
  /// photos and their split, the first seed, the precision and the crop. Options with the default
  /// value of these commands are left out.
  ///
  /// - Parameter file: The file of the settings, for a recipe that has no name.
  func options(recipeIn file: String) -> [String] {
    var options = recipe.options(orFile: file)
    if let subset { options += ["--limit", "\(subset)"] }
    if validationShare != 0.2 { options += ["--split", validationShare.shortest] }
    if firstSeed != 0 { options += ["--seed", "\(firstSeed)"] }
    if brokenLimit != 10 { options += ["--broken", "\(brokenLimit)"] }
    if precision != .float32 { options += ["--precision", precision.rawValue] }
    if let crop { options += ["--crop", crop.shortest] }
    return options
  }
}

extension Recipe {
  /// The options that choose this recipe: its name and epochs, or a file that has it if anything
  /// else differs from the recipe of that name.
  func options(orFile file: String) -> [String] {
    guard var named = Recipe.all.first(where: { $0.name == name }) else {
      return ["--recipe", file]
    }
    named.epochs = epochs
    named.warmUpEpochs = min(named.warmUpEpochs, Double(epochs) / 2)
    return ["--recipe"] + (named == self ? [name, "--epochs", "\(epochs)"] : [file])
  }
}
