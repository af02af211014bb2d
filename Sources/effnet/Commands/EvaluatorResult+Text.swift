import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import EfficientNetTraining

/// The text of `effnet evaluate`.
extension Evaluator.Result {
  /// The most mistakes that are listed, and the most classes.
  private static let (mostMistakes, mostClasses) = (10, 100)

  /// Returns the numbers, the tables of the classes and of thresholds, and the most confident
  /// mistakes. With many classes, there are no tables.
  ///
  /// - Parameters:
  ///   - photos: The evaluated photos.
  ///   - predictions: The file that lists all predictions, if there is one.
  func lines(of photos: Dataset, predictions: String?) -> [String] {
    let classes = evaluation.perClass.filter { $0.count > 0 }
    return [heading] + metrics + meanings
      + (classes.count <= Self.mostClasses
        ? Self.table(classes)
          + ThresholdTable(outcomes, classes: photos.classes.map(\.name)).lines(hasPhotos: false)
        : [])
      + mistakes(photos, predictions)
  }

  /// For instance "12 photos, 98.0 a second; 1 other photo could not be read".
  private var heading: String {
    let unread = broken.count.counted("other photo", "other photos")
    return "\(evaluation.images.counted("photo", "photos")), "
      + "\(imagesPerSecond.formatted(digits: 1)) a second"
      + (broken.isEmpty ? "" : "; \(unread) could not be read")
  }

  private var metrics: [String] {
    var metrics = [("top-1", evaluation.topOne.text)]
    if let topFive = evaluation.topFive { metrics.append(("top-5", topFive.text)) }
    metrics.append(("loss", evaluation.loss.formatted(digits: 4)))
    if let error = evaluation.calibrationError {
      metrics.append(("calibration error", error.percent(digits: 1)))
    }
    return metrics.tableLines(.left { $0.0 }, .left { $0.1 })
  }

  /// The meaning of the numbers, a line for each.
  private var meanings: [String] {
    var lines = [
      "top-1: the share of photos whose most probable class is right",
      "loss: 0 is perfect; confident mistakes raise it most",
    ]
    if evaluation.perClass.count(where: { $0.count > 0 }) <= Self.mostClasses {
      lines += [
        "recall: how many photos of the class were found",
        "precision: how many photos that were put into the class belong there",
        "F1: one number for recall and precision, which is low if either is low",
      ]
    }
    return lines
  }

  private static func table(_ classes: [ClassScore]) -> [String] {
    classes.tableLines(
      .left("class") { $0.name }, .right("recall") { $0.recalled.shortText },
      .right("precision") { $0.precise.shortText },
      .right("F1") { $0.f1?.percent(digits: 1) ?? "–" })
  }

  /// The lines of the most confident mistakes.
  private func mistakes(_ photos: Dataset, _ predictions: String?) -> [String] {
    if evaluation.mistakes == 0, evaluation.images > 0 {
      return [0.counted(of: evaluation.images, "photo", "photos") + " wrong"]
    }
    let shown = evaluation.worst.prefix(Self.mostMistakes)
    let lines = shown.map { mistake in
      "wrong: "
        + mistakeLine(
          photos.samples[mistake.sample].photo.path, is: photos.classes[mistake.label].name,
          predicted: photos.classes[mistake.prediction].name, mistake.probability)
    }
    let rest = evaluation.mistakes - shown.count
    guard rest > 0 else { return lines.map(\.oneLine) }
    let place = predictions.map { "in \($0)" } ?? "(--predictions FILE.csv lists all photos)"
    return (lines + ["… and \(rest.grouped) more \(place)"]).map(\.oneLine)
  }

  /// Returns the fields of a row for each photo, in the order of the dataset: path, truth,
  /// prediction, probability, whether it is right, and error.
  func rows(of photos: Dataset) -> [[String]] {
    func row(_ sample: Int, _ rest: [String]) -> (sample: Int, fields: [String]) {
      let photo = photos.samples[sample]
      return (sample, [photo.photo.path, photos.classes[photo.label].name] + rest)
    }
    let read = outcomes.map { outcome in
      let prediction = photos.classes[outcome.prediction].name
      return row(outcome.sample, [prediction, "\(outcome.probability)", "\(outcome.isRight)", ""])
    }
    let unread = broken.map { photo in
      row(photo.sample, ["", "", "", photo.reason.message(without: photo.path).oneLine])
    }
    return (read + unread).sorted { $0.sample < $1.sample }.map(\.fields)
  }
}

/// For instance "animals/bison.jpg, labelled animals, predicted food 53.8 %".
func mistakeLine(
  _ path: String, is label: String, predicted prediction: String, _ probability: Double
) -> String {
  "\(path), labelled \(label), predicted \(prediction) \(probability.percent(digits: 1))"
}
