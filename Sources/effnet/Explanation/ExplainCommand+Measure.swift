import EfficientNet
import EfficientNetExplanation
import EfficientNetImages
import EfficientNetReports

extension ExplainCommand {
  /// Measures maps of photos by deletion and insertion, beside maps that know nothing of them: --measure.
  ///
  /// - Parameter index: The class that is asked about; nil for the most probable one of each photo.
  /// - Returns: How many photos could not be measured.
  func measureMaps(
    of network: ExplainedNetwork, index: Int?, _ photos: [FoundPhoto], pool: ThreadPool
  ) throws -> Int {
    let meter = try FaithfulnessMeter(
      network.model, pool: pool, precision: self.network.precision)
    let preprocessing = network.model.description.preprocessing
    var results: [[FaithfulnessMeter.Curves]] = []
    let failures = try forEach(photos) { number, found in
      let input = preprocessing.tensor(try found.decoded(decoding.options))
      let explained = try network.explainer.explain(
        input, classes: index.map { .indices([$0]) } ?? .best(1))
      let (prediction, map) = explained[0]
      var generator = SeededGenerator(seed: UInt64(number))
      let maps = [
        map,
        .random(width: map.width, height: map.height, using: &generator),
        .center(width: map.width, height: map.height),
      ]
      results.append(meter.measure(maps, of: input, index: prediction.index))
    }
    // What was measured before Ctrl-C is not lost.
    if !results.isEmpty { try show(results, of: network, failures: failures, steps: meter.steps) }
    return failures
  }

  private func show(
    _ results: [[FaithfulnessMeter.Curves]], of network: ExplainedNetwork, failures: Int,
    steps: Int
  ) throws {
    let method = network.explainer.method
    let scores = [method.name, "random", "center"].enumerated().map { place, name in
      FaithfulnessScore(
        name, results.map { $0[place] }, method: place == 0 ? nil : results.map { $0[0] })
    }
    if json {
      let report: JSONObject = [
        "model": network.name, "method": method.name, "photos": results.count, "failed": failures,
        "steps": steps, "maps": scores,
      ]
      return try StandardOutput.print(json: report, keepsKeys: true)
    }
    try StandardOutput.print(
      "\(network.name), \(method.title), \(results.count.counted("photo", "photos")), \(steps) steps"
    )
    // For instance "0.1234 ± 0.0012".
    func text(_ area: FaithfulnessScore.Area) -> String {
      area.mean.formatted(digits: 4) + (area.error.map { " ± \($0.formatted(digits: 4))" } ?? "")
    }
    try StandardOutput.print(
      scores.tableLines(
        .left("map") { $0.name }, .right("deletion") { text($0.deletion) },
        .right("insertion") { text($0.insertion) },
        .right("the map deletes better") { $0.methodDeletesBetter?.percent(digits: 1) ?? "" },
        .right("inserts better") { $0.methodInsertsBetter?.percent(digits: 1) ?? "" }))
    if !quiet {
      StandardError.write(
        "areas below the curves of the class's probability, and their standard errors: deletion is better when low, "
          + "insertion when high\n")
    }
  }
}
