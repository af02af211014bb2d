import ArgumentParser
import EfficientNetTraining

/// What `effnet train` is to do.
enum TrainingMode: Equatable {
  /// Train on photos.
  case train(photos: String)
  /// Go on with a run.
  case resume(run: String)
  /// Test learning rates on photos.
  case findRate(photos: String)
  /// Show what becomes of photos, in a picture.
  case showAugmentation(photos: String, picture: String)
  /// Print the recipe.
  case printRecipe
}

extension TrainCommand {
  /// What the options ask for.
  ///
  /// - Throws: `ValidationError` if they contradict each other.
  var mode: TrainingMode {
    get throws {
      let modes = [
        printRecipe ? "--print-recipe" : nil, findLr ? "--find-lr" : nil,
        showAugmentation.map { _ in "--show-augmentation" }, resume.map { _ in "--resume" },
      ].compactMap(\.self)
      guard modes.count <= 1 else {
        throw ValidationError(
          "\(modes[0]) and \(modes[1]) are different things to do; name one of them")
      }
      if printRecipe { return .printRecipe }
      if let resume {
        if let complaint = RunConfiguration.complaint(
          resumingWith: GivenOptions.names, changeable: ["--checkpoint-minutes"])
        {
          throw ValidationError(complaint)
        }
        return .resume(run: resume)
      }
      guard let photos else {
        throw ValidationError(
          findLr || showAugmentation != nil
            ? "\(modes[0]) needs photos"
            : "name photos to train on, or a run with --resume, which has its own")
      }
      if findLr {
        guard recipe.lr == nil else {
          throw ValidationError("--find-lr tries rates of its own; leave out --lr")
        }
        return .findRate(photos: photos)
      }
      if let showAugmentation {
        guard output == nil else {
          throw ValidationError(
            "--show-augmentation names the picture, and nothing else is written; leave out --output"
          )
        }
        guard showAugmentation.hasSuffix(".png") else {
          throw ValidationError(
            "--show-augmentation is '\(showAugmentation)'; it may be a PNG file, such as out.png")
        }
        return .showAugmentation(photos: photos, picture: showAugmentation)
      }
      return .train(photos: photos)
    }
  }
}
