import EfficientNetCompute
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports

/// The texts of `effnet label`.
extension FewShotClassifier {
  private static let mostWrong = 50

  /// For instance "2 classes, 20 examples, centroid; leave-one-out accuracy 19 of 20 (95.0 %, 95 %
  /// interval 76–99 %)".
  func summary(examples: Int) -> String {
    let how =
      validation.isLeaveOneOut
      ? "leave-one-out accuracy" : "\(validation.folds)-fold cross-validation accuracy"
    let accuracy =
      validation.counted == 0
      ? "no accuracy: every class has only one example"
      : "\(how) \(Proportion(validation.correct, of: validation.counted).text)"
    let alone =
      validation.alone == 0 || validation.counted == 0
      ? ""
      : "; \(validation.alone.counted("example is", "examples are")) not tested, as the only one of a class"
    return "\(classes.count) classes, \(examples) examples, \(method.rawValue); \(accuracy)\(alone)"
  }

  /// The note that a class "other" often lowers the accuracy; nil without one.
  var otherNote: String? {
    guard validation.counted > 0, let other = ThresholdTable.other(of: classes) else { return nil }
    return
      "a class '\(classes[other].oneLine)' is difficult, so the accuracy is often lower with it; "
      + "the sorted photos are better"
  }

  /// The left-out examples with a wrong class, the most probable first.
  private var wrong: [CrossValidation.Outcome] {
    validation.outcomes.filter { !$0.isRight }
      .sorted { ($1.probability, $0.row) < ($0.probability, $1.row) }
  }

  /// For instance "1 example looks like another class; it may be in the wrong folder, else keep
  /// it"; nil if there is none.
  var wrongNote: String? {
    let count = validation.counted - validation.correct
    if count == 0 { return nil }
    return count == 1
      ? "1 example looks like another class; it may be in the wrong folder, else keep it"
      : "\(count.grouped) examples look like another class; some may be in the wrong folder, keep "
        + "the others"
  }

  /// Returns ``wrongNote`` and the most probable of these examples, such as "a/b.jpg, labelled a,
  /// predicted c 53.8 %".
  func wrongLines(of paths: [String]) -> [String] {
    guard let wrongNote else { return [] }
    let wrong = wrong
    let lines = wrong.prefix(Self.mostWrong).map { example in
      mistakeLine(
        paths[example.row], is: classes[example.label], predicted: classes[example.prediction],
        example.probability)
    }
    let rest = wrong.count - lines.count
    return (["\(wrongNote):"] + lines + (rest > 0 ? ["… and \(rest.grouped) more (--json)"] : []))
      .map(\.oneLine)
  }

  /// Returns the results on the examples as JSON.
  ///
  /// - Parameter model: The name of the network to show.
  func json(
    of examples: LabelExamples, use: (training: Int, validation: Int)?, model: String,
    network: String
  ) -> JSONObject {
    let wrong = wrong.map { example -> JSONObject in
      [
        "path": examples.paths[example.row], "truth": classes[example.label],
        "prediction": classes[example.prediction], "probability": example.probability,
      ]
    }
    let interval = Proportion(validation.correct, of: validation.counted).ends
    return [
      "model": model, "network": network, "classes": classes, "classifier": method.rawValue,
      "examples": examples.paths.count,
      "copies": examples.copies, "trainingImages": use?.training,
      "validationImages": use?.validation,
      "validation": [
        "top1": validation.accuracy, "top1Count": validation.correct,
        "top1Interval": validation.counted == 0 ? nil : interval, "images": validation.counted,
        "alone": validation.alone, "folds": validation.folds, "wrong": wrong,
        "thresholds": ThresholdTable(validation, classes: classes, chosen: nil).json,
      ] as JSONObject,
    ]
  }

  /// Returns a label as JSON; without probabilities for an example. A dictionary cannot hold the
  /// classes: Unicode may consider two names equal whose bytes differ.
  func json(
    _ path: String, _ best: Int, _ probabilities: [Double], isUnlike: Bool,
    _ place: PhotoSorter.Place?
  ) throws -> String {
    let all = try zip(classes, probabilities).map { name, probability in
      "\(try jsonText(name)):\(try jsonText(probability))"
    }
    let end = try place.map { "\"destination\":\(try jsonText($0.path))," } ?? ""
    let existed = place.map { ",\"existed\":\($0.wasThere)" } ?? ""
    let numbers =
      try all.isEmpty
      ? ""
      : ",\"probabilities\":{\(all.joined(separator: ","))},"
        + "\"probability\":\(jsonText(probabilities[best])),\"unlike_examples\":\(isUnlike)"
    return try "{\(end)\"example\":\(all.isEmpty)\(existed),\"label\":\(jsonText(classes[best])),"
      + "\"path\":\(jsonText(path))\(numbers)}"
  }
}
