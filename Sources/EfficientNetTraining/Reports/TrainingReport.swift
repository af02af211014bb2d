internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

/// The report of a training run as an HTML page: report.html.
///
///     let page = try TrainingReport(title: "photos", configuration, result, data: split).html()
public struct TrainingReport: Sendable {
  var title: String
  var model: ModelDescription
  var trainingPhotos: Int
  /// The number of validation photos; if it is 0, the page has no validation results.
  var validationPhotos: Int
  var result: TrainingResult
  var command: String
  var settings: ReportSettings
  /// The photos of ``Evaluation/worst``, in order; further pictures are not shown.
  var mistakes: [ReportPicture] = []
  /// Photos as the network saw them in training, with their classes as captions; at most
  /// ``mostAugmented`` are shown.
  var augmented: [ReportPicture] = []
  /// The epochs of the runs that this run continues, the oldest first; the charts show them first.
  var earlier: [EpochRecord] = []
  /// Remarks below the heading, for example that the run ended early.
  package var notes: [String] = []
  /// The command that trains the run longer, shown if that may help.
  package var longerCommand: String?

  private static let mostAugmented = 24

  /// Returns the page: HTML that needs no other file.
  public func html() -> String {
    var page = ReportPage(title: title, notes: notes, cards: cards)
    if !result.records.isEmpty {
      page.add("Training", "<div class=\"charts\">\n\(charts.map(\.svg))\n</div>\n")
    }
    if let evaluation = result.evaluation { page.add(evaluation, pictures: mistakes) }
    if !augmented.isEmpty {
      page.add(
        "Augmented photos", "<p>Training photos as the network sees them.</p>\n",
        ReportPicture.grid(
          augmented.prefix(Self.mostAugmented).map { $0.figure(HTML.name($0.caption)) }))
    }
    page.addBroken(result.broken.map(\.description))
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }

  private var hasValidation: Bool { validationPhotos > 0 }

  private var cards: [ReportPage.Card] {
    var cards: [ReportPage.Card] = []
    let (records, best) = (result.records, result.best)
    let last = records.last?.epoch ?? 0
    if hasValidation {
      if let evaluation = result.evaluation {
        cards += ReportPage.Card.cards(evaluation)
      } else if let best = records.first(where: { $0.epoch == best?.epoch }) {
        cards += Self.cards(validation: best)
      }
      cards.append(
        ReportPage.Card(
          "best epoch", best.map { "\($0.epoch) of \(last)" } ?? "–",
          meaning: "An epoch is one pass over the photos to learn from. This one got the most "
            + "held-out photos right (top-1); of equal ones, it has the lowest loss."
            + (RunOutcome(result).choiceRemark.map { " \($0.sentence)" } ?? "")))
      if let trend = result.trend(after: earlier) { cards.append(card(of: trend)) }
    } else {
      cards.append(
        ReportPage.Card(
          "epochs", "\(last)", meaning: "How often the network saw each training photo."))
      if let record = records.last { cards += Self.cards(training: record) }
    }
    let photos =
      trainingPhotos.grouped + (hasValidation ? " + \(validationPhotos.grouped)" : "")
    return cards + [
      ReportPage.Card(
        "time", result.seconds.duration, meaning: "The time of all epochs, without validation."),
      ReportPage.Card(
        "photos a second", result.imagesPerSecond.fixed(1),
        meaning: "The speed of training. Higher is better."),
      ReportPage.Card(
        hasValidation ? "photos (learned from + held out)" : "photos", photos,
        meaning: hasValidation
          ? "The photos that the network learned from, and others that only measure it."
          : "The photos that the network learned from. None were left to measure it."),
    ] + ReportPage.Card.cards(model)
  }

  private func card(of trend: LossTrend) -> ReportPage.Card {
    let command = trend.recommendsLonger ? longerCommand : nil
    return ReportPage.Card(
      "loss at the end", trend.direction.rawValue,
      meaning: trend.text.sentence + (command.map { " Train longer: \($0)" } ?? ""))
  }

  /// The tiles of an epoch's validation, if the run has no evaluation of it.
  private static func cards(validation record: EpochRecord) -> [ReportPage.Card] {
    let top1 =
      record.validated.map { ReportPage.Card.top1($0, mostFrequent: nil) }
      ?? ReportPage.Card(
        "top-1", record.validationTop1.percent(), isMain: true,
        meaning: "The share of validation photos whose most probable class is right.")
    return [
      top1,
      ReportPage.Card(
        "loss", record.validationLoss.fixed(4),
        meaning: "The mean of −ln(probability of the true class). Lower is better."),
    ]
  }

  /// The tiles of the last epoch of a run without validation.
  private static func cards(training record: EpochRecord) -> [ReportPage.Card] {
    [
      ReportPage.Card(
        "training top-1", record.trainingTop1.percent(),
        meaning: """
          The share of training photos whose most probable class was right. New photos have a lower \
          one.
          """),
      ReportPage.Card(
        "training loss", record.trainingLoss.fixed(4),
        meaning: "The value that training lowers. It should have stopped falling at the end."),
    ]
  }

  /// Charts of loss, accuracy and learning rate over the epochs.
  private var charts: [Chart] {
    func points(_ value: (EpochRecord) -> Double) -> [Chart.Point] {
      (earlier + result.records).enumerated().map {
        Chart.Point(Double($0.offset + 1), value($0.element))
      }
    }
    func chart(_ title: String, _ lines: [Chart.Line]) -> Chart {
      var chart = Chart(
        title: title, xLabel: earlier.isEmpty ? "epoch" : "epoch, with those of earlier runs")
      chart.lines = lines
      if hasValidation, let best = result.best?.epoch {
        let label = earlier.isEmpty ? "best: \(best)" : "best: \(best) of this run"
        chart.marks = [Chart.Mark(x: Double(earlier.count + best), label: label)]
      }
      if !earlier.isEmpty {
        let seam = Double(earlier.count) + 0.5
        chart.marks.append(Chart.Mark(x: seam, label: "this run begins", isMain: false))
      }
      return chart
    }
    func both(
      _ training: (EpochRecord) -> Double, _ validation: (EpochRecord) -> Double
    ) -> [Chart.Line] {
      let line = Chart.Line("training", points(training), .training)
      return hasValidation
        ? [line, Chart.Line("validation", points(validation), .validation)] : [line]
    }
    var accuracy = chart("Top-1 accuracy", both(\.trainingTop1, \.validationTop1))
    accuracy.yStyle = .percent
    var rate = chart(
      "Learning rate", [Chart.Line("at the end of the epoch", points(\.rate), .other)])
    rate.yIncludes = [0]
    var loss = chart("Loss", both(\.trainingLoss, \.validationLoss))
    cutOffPeaks(of: &loss)
    return [loss, accuracy, rate]
  }

  /// Cuts off losses above twice that of guessing, for example those of the first epochs from random
  /// weights. The lowest point of each line stays.
  private func cutOffPeaks(of chart: inout Chart) {
    let losses = chart.lines.map { $0.points.map(\.y).filter(\.isFinite) }
    let lowest = losses.compactMap { $0.min() }
    guard let least = lowest.min(), let highest = losses.joined().max() else { return }
    let usual = max(log(Double(model.architecture.classes)), lowest.max() ?? least)
    if highest > 2 * usual { chart.cutOffPeaks(above: usual, least: least) }
  }
}

extension TrainingReport {
  /// Creates the report of a run, with pictures of up to 48 photos, which it decodes.
  ///
  /// - Parameters:
  ///   - title: The heading, for example the name of the run's folder.
  ///   - earlier: The epochs of the runs that this run continues, the oldest first.
  /// - Throws: `EncodingError` if a number in the configuration is not finite.
  public init(
    title: String, _ configuration: RunConfiguration, _ result: TrainingResult, data: DataSplit,
    earlier: [EpochRecord] = []
  ) throws {
    let preprocessing = configuration.model.preprocessing
    var shown = configuration
    (shown.begun, shown.continuesBegun) = (nil, nil)
    self.init(
      title: title, model: configuration.model, trainingPhotos: data.training.samples.count,
      validationPhotos: data.validation.samples.count, result: result,
      command: configuration.command, settings: try ReportSettings(shown),
      earlier: earlier, notes: data.notes)
    mistakes = (result.evaluation?.worst ?? []).map {
      ReportPicture(data.validation.samples[$0.sample], preprocessing: preprocessing)
    }
    augmented = data.training.order(epoch: 1, seed: configuration.seed).prefix(Self.mostAugmented)
      .map {
        ReportPicture(
          augmented: $0, of: data.training, augmentation: configuration.recipe.augmentation,
          preprocessing: preprocessing, epoch: 1, seed: configuration.seed)
      }
    if let name = configuration.continues { notes.insert(seamNote(continuing: name), at: 0) }
    if result.isInterrupted {
      notes.insert("The run was interrupted; it can be resumed.", at: 0)
    } else if result.isEarly {
      notes.insert("The run ended early: the accuracy stopped improving.", at: 0)
    }
  }

  /// The note on the epochs of earlier runs in the charts.
  private func seamNote(continuing name: String) -> String {
    let start = "This run trains the last weights of the run \(name) for more epochs"
    guard !earlier.isEmpty else {
      return "\(start). The charts show only its own epochs, because \(name) is deleted or "
        + "cannot be read."
    }
    let epochs = earlier.count.counted("epoch", "epochs")
    return "\(start). The charts begin with the \(epochs) before it: epoch 1 of this run is "
      + "\(earlier.count + 1) there. All other numbers, and log.csv, are of this run alone."
  }
}

extension String {
  /// The text with a capital letter at the beginning and a period at the end.
  fileprivate var sentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
