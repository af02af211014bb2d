import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetTraining

/// `effnet evaluate --against`: another network on the same photos.
extension EvaluateCommand {
  /// Returns the run that trained a network: that of its weights or, for a file outside of its run,
  /// that of --against. Notes that the photos of another run are not known.
  func run(of model: Model, from source: ModelSource) -> RunFolder? {
    if let run = source.weights.flatMap(RunFolder.ofWeights) { return run }
    guard photos != nil, model.description.isOfRun else { return nil }
    if let other = against.flatMap(RunFolder.ofWeights), other.trained(model.description) {
      return other
    }
    StandardError.note(
      "a run of 'effnet train' made this network, but its file is not in the folder of the run: "
        + "photos that trained it make the result too good; --against RUN, the folder of the run, "
        + "counts them")
    return nil
  }

  /// Loads the network of --against. Notes or leaves out photos that its run used.
  ///
  /// - Parameters:
  ///   - run: The run of the first network; nil if it is of none.
  ///   - trained: The number of the photos that trained the first network.
  func opponent(
    _ name: String, of run: RunFolder?, classes: [ClassLabel], trained: Int,
    photos: inout Dataset
  ) throws -> Model {
    let source = try ModelSource(
      network: name, resolution: network.model.resolution,
      prefersEMA: !network.file.checkpoint.noEma)
    var model = try source.load(isPredicting: true)
    try labels.apply(to: &model)
    cropping.apply(to: &model)
    guard model.description.classes.map(\.name) == classes.map(\.name) else {
      throw ValidationError(
        "--against \(name) has other classes, or in another order; only networks with the same "
          + "classes can be compared photo by photo")
    }
    guard let other = source.weights.flatMap(RunFolder.ofWeights) else { return model }
    if let ours = try? run?.readSettings(), let theirs = try? other.readSettings(),
      ours.dataFingerprint != theirs.dataFingerprint
    {
      StandardError.note(
        "the runs of both networks have different photos, or another split of them, so a "
          + "difference may come from the photos, not from the recipe")
    }
    let uses = other.uses(of: photos.samples) { StandardError.note($0) }
    let use = counts(of: uses ?? [])
    if leaveOutUsed {
      try leaveOut(uses, of: name, from: &photos)
      if let sentence = sentence(
        onUse: use, "of the remaining \((uses ?? []).count.grouped) photos", network: name)
      {
        StandardError.note("\(sentence); they are left out")
      }
    } else if use.training > trained {
      StandardError.note(
        "\(use.training.grouped) of these \(photos.samples.count.grouped) photos trained \(name), so "
          + "the comparison favors it; name photos that trained neither network")
    }
    return model
  }

  /// Compares the result of a network with that of the network of --against; nil after an
  /// interruption.
  func compare(
    _ result: Evaluator.Result, of model: Model, with other: Model, on photos: Dataset
  ) throws -> NetworkComparison? {
    guard Interruption.current == nil else { return nil }
    let evaluator = try Evaluator(
      other, pool: network.processors.pool(), precision: network.numbers.chosen, batch: batch)
    let outcomes = try evaluate(other, with: evaluator, on: photos).outcomes
    guard Interruption.current == nil else { return nil }
    let own = runFolder ?? network.file.weights ?? network.model.model ?? "lite0"
    return NetworkComparison(
      result.outcomes, of: own, with: outcomes, of: against ?? "", choseEpoch: self.photos == nil,
      macs: (
        NetworkCost(model.description.architecture).macs,
        NetworkCost(other.description.architecture).macs
      ))
  }
}

extension NetworkComparison {
  /// Both networks photo by photo, and the verdict.
  var lines: [String] {
    [
      "against \(model): \(right.text)",
      "\(test.first.counted("photo is", "photos are")) right only with \(first), "
        + "\(test.second.grouped) only with \(model); by McNemar's exact test p is "
        + test.probabilityText,
      verdict,
    ].map(\.oneLine)
  }
}
