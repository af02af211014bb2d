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
      Score(
        name, results.map { $0[place] }, method: place == 0 ? nil : results.map { $0[0] })
    }
    if json {
      return try StandardOutput.print(
        jsonLine(
          Report(
            model: network.name, method: network.explainer.method.name, photos: results.count,
            failed: failures, steps: steps, maps: scores)))
    }
    try StandardOutput.print(
      "\(network.name), \(network.explainer.method.title), "
        + results.count.counted("photo", "photos") + ", \(steps) steps")
    var table = TextTable([.left, .right, .right, .right, .right])
    table.add("map", "deletion", "insertion", "the map deletes better", "inserts better")
    for score in scores {
      func share(_ value: Double?) -> String {
        value.map { "\((100 * $0).formatted(digits: 1)) %" } ?? ""
      }
      table.add(
        score.name, score.deletion.text, score.insertion.text, share(score.methodDeletesBetter),
        share(score.methodInsertsBetter))
    }
    for line in table.lines { try StandardOutput.print(line) }
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
  let maps: [Score]
}

/// What maps of one kind are worth.
private struct Score: Encodable {
  let name: String
  let deletion: Area
  let insertion: Area
  /// The mean curves, from none of the pixels to all of them.
  let deletionCurve: [Double]
  let insertionCurve: [Double]
  /// Share of the photos whose map by the method has the better curve; nil for that itself.
  let methodDeletesBetter: Double?
  let methodInsertsBetter: Double?

  /// A mean over photos and its standard error.
  struct Area: Encodable {
    let mean: Double
    /// Nil for one photo, which says nothing about others.
    let error: Double?

    init(_ values: [Double]) {
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      self.mean = mean
      error = count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
    }

    /// For instance "0.1234 ± 0.0012".
    var text: String {
      mean.formatted(digits: 4) + (error.map { " ± \($0.formatted(digits: 4))" } ?? "")
    }
  }

  init(
    _ name: String, _ curves: [FaithfulnessMeter.Curves], method: [FaithfulnessMeter.Curves]?
  ) {
    self.name = name
    deletion = Area(curves.map(\.deletion.area))
    insertion = Area(curves.map(\.insertion.area))
    deletionCurve = Self.mean(curves.map(\.deletion))
    insertionCurve = Self.mean(curves.map(\.insertion))
    guard let method else {
      (methodDeletesBetter, methodInsertsBetter) = (nil, nil)
      return
    }
    let pairs = Array(zip(method, curves))
    func share(_ isBetter: (FaithfulnessMeter.Curves, FaithfulnessMeter.Curves) -> Bool) -> Double {
      Double(pairs.count { isBetter($0.0, $0.1) }) / Double(pairs.count)
    }
    methodDeletesBetter = share { $0.deletion.area < $1.deletion.area }
    methodInsertsBetter = share { $0.insertion.area > $1.insertion.area }
  }

  private static func mean(_ curves: [FaithfulnessMeter.Curve]) -> [Double] {
    (0..<(curves.first?.probabilities.count ?? 0)).map { step in
      curves.reduce(0) { $0 + $1.probabilities[step] } / Double(curves.count)
    }
  }
}
