import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetExplanation
import EfficientNetImages
import EfficientNetReports
import FoundationEssentials

/// Measures maps of photos by deletion and insertion, beside maps that know nothing of them: `effnet explain --measure`.
struct FaithfulnessRun {
  let network: ExplainedNetwork
  /// The class that is asked about; nil for the most probable one of each photo.
  let index: Int?
  let photos: [FoundPhoto]
  let decoding: DecodingOptions
  let json: Bool
  let quiet: Bool

  /// What the maps are called: that of the method, by chance, and of the middle.
  private var names: [String] { [network.explainer.method.name, "random", "center"] }

  func run(pool: ThreadPool, precision: Precision) throws {
    let meter = try FaithfulnessMeter(network.model, pool: pool, precision: precision)
    let preprocessing = network.model.description.preprocessing
    var progress = ProgressLine(total: photos.count, noun: "photos", isQuiet: quiet)
    defer { progress.clear() }
    var results: [[FaithfulnessMeter.Curves]] = []
    var failures = 0
    for (number, found) in photos.enumerated() {
      // What was measured is not lost.
      if Interruption.current != nil { break }
      do {
        let photo = try found.decoded(decoding)
        let input = preprocessing.tensor(photo)
        let explained = try network.explainer.explain(
          input, classes: index.map { .indices([$0]) } ?? .best(1))
        let (prediction, map) = explained[0]
        var generator = SeededGenerator(seed: UInt64(number))
        let maps = [
          map,
          .random(width: map.width, height: map.height, using: &generator),
          .center(width: map.width, height: map.height),
        ]
        results.append(
          meter.measure(maps, of: input, index: prediction.index))
      } catch let error where error is ImageError || error is ExplanationError {
        progress.clear()
        StandardError.report("\(error)")
        failures += 1
      }
      progress.update(number + 1)
    }
    progress.clear()
    if results.isEmpty { try Interruption.check() }
    try show(results, failures: failures, steps: meter.steps)
    try Interruption.check()
    if failures > 0 { throw ExitCode.failure }
  }

  private func show(
    _ results: [[FaithfulnessMeter.Curves]], failures: Int, steps: Int
  ) throws {
    guard !results.isEmpty else { return }
    let scores = names.enumerated().map { place, name in
      FaithfulnessScore(
        name, results.map { $0[place] }, method: place == 0 ? nil : results.map { $0[0] })
    }
    if json {
      return try StandardOutput.print(
        json: Report(
          model: network.name, method: network.explainer.method.name, photos: results.count,
          failed: failures, steps: steps, maps: scores), keepsKeys: true)
    }
    try StandardOutput.print(
      "\(network.name), \(network.explainer.method.title), "
        + results.count.counted("photo", "photos") + ", \(steps) steps")
    var table = TextTable([.left, .right, .right, .right, .right])
    table.add("map", "deletion", "insertion", "the map deletes better", "inserts better")
    // For instance "0.1234 ± 0.0012".
    func text(_ area: FaithfulnessScore.Area) -> String {
      area.mean.formatted(digits: 4) + (area.error.map { " ± \($0.formatted(digits: 4))" } ?? "")
    }
    for score in scores {
      func share(_ value: Double?) -> String {
        value.map { "\((100 * $0).formatted(digits: 1)) %" } ?? ""
      }
      table.add(
        score.name, text(score.deletion), text(score.insertion), share(score.methodDeletesBetter),
        share(score.methodInsertsBetter))
    }
    try StandardOutput.print(table.lines)
    if !quiet {
      StandardError.write(
        "areas below the curves of the class's probability, and their standard errors: deletion is better when low, "
          + "insertion when high\n")
    }
  }
}

/// What `effnet explain --measure --json` prints.
private struct Report: Encodable {
  let model: String
  let method: String
  let photos: Int
  /// Photos that could not be read.
  let failed: Int
  let steps: Int
  let maps: [FaithfulnessScore]
}
