internal import EfficientNetReports
internal import EfficientNetTraining

extension ExperimentReport {
  /// The sentences that say what an experiment of some networks cannot show.
  static func caveats(_ settings: ExperimentSettings, networks: Int) -> [String] {
    guard networks > 1 else { return [] }
    let search = settings.study.search
    return [
      "Each \(search == nil ? "network" : "proposal") was trained for "
        + "\(settings.recipe.epochs.counted("epoch", "epochs")). Few epochs favor networks that learn "
        + "fast; longer training (--epochs) may change the order.",
      "The validation photos also chose the highest of \(networks) networks, so its accuracy"
        + (search.map { $0.finalists > 0 } == true
          ? " and its lead over the reference are" : " is")
        + " probably too good; photos that took no part in the experiment give a fair one.",
    ]
  }
}
