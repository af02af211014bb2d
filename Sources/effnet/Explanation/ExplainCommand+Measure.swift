import EfficientNet
import EfficientNetExplanation
import EfficientNetImages
import EfficientNetReports

extension ExplainCommand {
  /// Measures the maps of photos by deletion and insertion, and for comparison random and center
  /// maps.
  ///
  /// - Parameters:
  ///   - network: The network and its explanation method.
  ///   - index: The class to explain; nil for the most probable one of each photo.
  ///   - pool: The threads to run on.
  func measureMaps(
    of network: ExplainedNetwork, index: Int?, _ photos: [FoundPhoto], pool: ThreadPool
  ) throws -> Tally {
    let meter = try FaithfulnessMeter(
      network.model, pool: pool, precision: self.network.numbers.chosen)
    let preprocessing = network.model.description.preprocessing
    var (results, coarse) = ([[FaithfulnessMeter.Curves]](), CoarseMaps())
    let tally = try forEach(photos) { number, found in
      let input = preprocessing.tensor(try found.decoded(decoding.options))
      let explained = Result {
        try network.explainer.explain(input, classes: index.map { .indices([$0]) } ?? .best(1))
      }
      let (prediction, map) =
        try explained.naming(photo: found.path, network: network.model.weights.source).get()[0]
      coarse.note(map, of: network)
      var generator = SeededGenerator(seed: UInt64(number))
      let maps = [
        map,
        .random(width: map.width, height: map.height, using: &generator),
        // The same cells for all methods, so that they have the same row.
        .center(width: 7, height: 7),
      ]
      results.append(meter.measure(maps, of: input, index: prediction.index))
    }
    // Print what was measured before Ctrl-C.
    if !results.isEmpty { try show(results, of: network, tally, steps: meter.steps) }
    return tally
  }

  private func show(
    _ results: [[FaithfulnessMeter.Curves]], of network: ExplainedNetwork, _ tally: Tally,
    steps: Int
  ) throws {
    let method = network.explainer.method
    let names = [method.name, "random", FaithfulnessScore.centerName]
    let scores = names.enumerated().map { place, name in
      FaithfulnessScore(
        name, results.map { $0[place] }, method: place == 0 ? nil : results.map { $0[0] })
    }
    if json {
      let report: JSONObject = [
        "model": network.name, "network": network.model.description.architecture.name,
        "method": method.name, "photos": results.count, "total": tally.total,
        "failed": tally.failures, "complete": tally.isComplete, "steps": steps, "maps": scores,
      ]
      return try StandardOutput.print(object: report)
    }
    let photos =
      results.count == tally.total
      ? results.count.counted("photo", "photos") : "\(results.count) of \(tally.total) photos"
    let end = tally.isComplete ? "" : ", stopped before the end"
    try StandardOutput.print("\(network.name), \(method.title), \(photos)\(end), \(steps) steps")
    // For instance "0.1234 ± 0.0012".
    func text(_ area: FaithfulnessScore.Area) -> String {
      area.mean.formatted(digits: 4) + (area.error.map { " ± \($0.formatted(digits: 4))" } ?? "")
    }
    /// For instance "2 of 3" or "2 of 3, 1 tied".
    func text(_ wins: FaithfulnessScore.Wins?) -> String {
      guard let wins else { return "" }
      guard let share = wins.share else { return "all tied" }
      let proportion = Proportion(wins.better, of: wins.better + wins.worse)
      return
        (results.count < FaithfulnessScore.fewestPhotos
        ? proportion.ofTotal : "\(share.percent(digits: 1)) (\(proportion.intervalText))")
        + (wins.tied == 0 ? "" : ", \(wins.tied) tied")
    }
    try StandardOutput.print(
      scores.tableLines(
        .left("map") { $0.name }, .right("deletion") { text($0.deletion) },
        .right("insertion") { text($0.insertion) },
        .right("\(method.name) deletes better") { text($0.deletionWins) },
        .right("inserts better") { text($0.insertionWins) })
        + FaithfulnessScore.verdict(scores, photos: results.count))
    if !quiet {
      StandardError.write(
        "areas below the curves of the class's probability, from 0 to 1, with standard errors; lower "
          + "is better for deletion, higher for insertion\n"
          + "random: random values, in as many cells as the method's map has, so it differs between "
          + "methods; center: the middle of the photo, the same for all "
          + "photos and methods\n"
          + "deletes better, inserts better: on how many photos the method's map beats the other, "
          + "of those on which the two are not tied; "
          + "from \(FaithfulnessScore.fewestPhotos) photos on with a 95 % interval\n")
    }
  }
}
