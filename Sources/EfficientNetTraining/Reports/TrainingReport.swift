internal import EfficientNet
internal import EfficientNetReports

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
  /// Remarks below the heading, for example that the run ended early.
  var notes: [String] = []

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
      cards.append(ReportPage.Card("best epoch", best.map { "\($0.epoch) of \(last)" } ?? "–"))
      if let evaluation = result.evaluation {
        cards += ReportPage.Card.cards(evaluation)
      } else if let best = records.first(where: { $0.epoch == best?.epoch }) {
        cards.append(ReportPage.Card("top-1", best.validationTop1.percent(2), isMain: true))
        cards.append(ReportPage.Card("top-5", best.validationTop5.percent(2)))
        cards.append(ReportPage.Card("loss", best.validationLoss.fixed(4)))
      }
    } else {
      cards.append(ReportPage.Card("epochs", "\(last)"))
      if let record = records.last {
        cards.append(ReportPage.Card("training top-1", record.trainingTop1.percent(2)))
        cards.append(ReportPage.Card("training loss", record.trainingLoss.fixed(4)))
      }
    }
    let photos =
      trainingPhotos.grouped + (hasValidation ? " + \(validationPhotos.grouped)" : "")
    return cards + [
      ReportPage.Card("time", result.seconds.duration),
      ReportPage.Card("photos a second", result.imagesPerSecond.fixed(1)),
      ReportPage.Card(hasValidation ? "photos (train + val)" : "photos", photos),
      ReportPage.Card("classes", model.classes.count.grouped),
    ] + ReportPage.Card.cards(model)
  }

  /// Charts of loss, accuracy and learning rate over the epochs.
  private var charts: [Chart] {
    func points(_ value: (EpochRecord) -> Double) -> [Chart.Point] {
      result.records.map { Chart.Point(Double($0.epoch), value($0)) }
    }
    func chart(_ title: String, _ lines: [Chart.Line]) -> Chart {
      var chart = Chart(title: title, xLabel: "epoch")
      chart.lines = lines
      if hasValidation, let best = result.best?.epoch {
        chart.marks = [Chart.Mark(x: Double(best), label: "best: \(best)")]
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
    return [chart("Loss", both(\.trainingLoss, \.validationLoss)), accuracy, rate]
  }
}

extension TrainingReport {
  /// Creates the report of a run, with pictures of up to 48 photos, which it decodes.
  ///
  /// - Parameters:
  ///   - title: The heading, for example the name of the run's folder.
  ///   - configuration: The settings of the run.
  ///   - result: The result of the run.
  ///   - data: The photos of the run.
  /// - Throws: `EncodingError` if a number in the configuration is not finite.
  public init(
    title: String, _ configuration: RunConfiguration, _ result: TrainingResult, data: DataSplit
  ) throws {
    let preprocessing = configuration.model.preprocessing
    self.init(
      title: title, model: configuration.model, trainingPhotos: data.training.samples.count,
      validationPhotos: data.validation.samples.count, result: result,
      command: configuration.command, settings: try ReportSettings(configuration),
      notes: data.notes)
    mistakes = (result.evaluation?.worst ?? []).map {
      ReportPicture(data.validation.samples[$0.sample], preprocessing: preprocessing)
    }
    augmented = data.training.order(epoch: 1, seed: configuration.seed).prefix(Self.mostAugmented)
      .map {
        ReportPicture(
          augmented: $0, of: data.training, augmentation: configuration.recipe.augmentation,
          preprocessing: preprocessing, epoch: 1, seed: configuration.seed)
      }
    if result.isInterrupted {
      notes.insert("The run was interrupted; it can be resumed.", at: 0)
    } else if result.isEarly {
      notes.insert("The run ended early: the accuracy stopped improving.", at: 0)
    }
  }
}
