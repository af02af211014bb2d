package import EfficientNetReports

/// What a training run came to, as a page: its report.html.
///
///     var report = TrainingReport(title: "photos", model: "lite0", parameters: 3_384_760, resolution: 224, …)
///     report.evaluation = result.evaluation
///     report.mistakes = pictures
///     let page = report.html()
public struct TrainingReport: Sendable {
  /// The heading.
  public var title: String
  /// The network's name.
  public var model: String
  /// Its parameters.
  public var parameters: Int
  /// The side of the pictures that it sees, in pixels.
  public var resolution: Int
  /// How many classes there are.
  public var classes: Int
  /// Photos that were trained on.
  public var trainingPhotos: Int
  /// Photos that were validated with; with none, there is nothing about validation on the page.
  public var validationPhotos: Int
  /// One for each epoch.
  public var records: [EpochRecord]
  /// The epoch whose weights are kept as the best; nil before one is done.
  public var bestEpoch: Int?
  /// Seconds of training.
  public var seconds: Double
  /// While it trained.
  public var imagesPerSecond: Double
  /// The command line.
  public var command: String
  /// Everything that is needed to repeat the run.
  package var settings: ReportSettings
  /// What the best network says about the validation photos; nil if there are none, or not yet.
  public var evaluation: Evaluation?
  /// The photos of ``Evaluation/worst``, in its order; pictures beyond it are not shown.
  package var mistakes: [ReportPicture] = []
  /// Photos as the network saw them in training, with their classes as captions; at most ``mostAugmented`` are shown.
  package var augmented: [ReportPicture] = []
  /// A line for each photo that could not be read.
  public var broken: [String] = []
  /// Remarks below the heading, for instance that the run ended early.
  public var notes: [String] = []

  /// The most augmented photos on a page.
  public static let mostAugmented = 24

  /// A report without evaluation and pictures.
  package init(
    title: String, model: String, parameters: Int, resolution: Int, classes: Int,
    trainingPhotos: Int, validationPhotos: Int, records: [EpochRecord], bestEpoch: Int?,
    seconds: Double, imagesPerSecond: Double, command: String, settings: ReportSettings
  ) {
    (self.title, self.model, self.parameters) = (title, model, parameters)
    (self.resolution, self.classes) = (resolution, classes)
    (self.trainingPhotos, self.validationPhotos) = (trainingPhotos, validationPhotos)
    (self.records, self.bestEpoch) = (records, bestEpoch)
    (self.seconds, self.imagesPerSecond) = (seconds, imagesPerSecond)
    (self.command, self.settings) = (command, settings)
  }

  /// The page: HTML that needs no other file.
  public func html() -> String {
    var page = ReportPage(title: title, notes: notes, cards: cards)
    if !records.isEmpty {
      page.add("Training", "<div class=\"charts\">\n\(charts.map(\.svg))\n</div>\n")
    }
    if let evaluation { page.add(evaluation, pictures: mistakes) }
    if !augmented.isEmpty {
      page.add(
        "Augmented photos", "<p>As the network sees them in training.</p>\n",
        ReportPicture.grid(augmented.prefix(Self.mostAugmented)))
    }
    page.addBroken(broken)
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }

  private var hasValidation: Bool { validationPhotos > 0 }

  private var cards: [ReportPage.Card] {
    var cards: [ReportPage.Card] = []
    let last = records.last?.epoch ?? 0
    if hasValidation {
      cards.append(ReportPage.Card("best epoch", bestEpoch.map { "\($0) of \(last)" } ?? "–"))
      if let evaluation {
        cards += ReportPage.Card.cards(evaluation)
      } else if let best = records.first(where: { $0.epoch == bestEpoch }) {
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
      ReportPage.Card("time", seconds.duration),
      ReportPage.Card("photos a second", imagesPerSecond.fixed(1)),
      ReportPage.Card(hasValidation ? "photos (train + val)" : "photos", photos),
      ReportPage.Card("classes", classes.grouped),
      ReportPage.Card("network", model),
      ReportPage.Card("parameters", parameters.grouped),
      ReportPage.Card("resolution", "\(resolution) px"),
    ]
  }

  /// Loss, accuracy and learning rate over the epochs.
  private var charts: [Chart] {
    func points(_ value: (EpochRecord) -> Double) -> [Chart.Point] {
      records.map { Chart.Point(Double($0.epoch), value($0)) }
    }
    func chart(_ title: String, _ lines: [Chart.Line]) -> Chart {
      var chart = Chart(title: title, xLabel: "epoch")
      chart.lines = lines
      if hasValidation, let bestEpoch {
        chart.marks = [Chart.Mark(x: Double(bestEpoch), label: "best: \(bestEpoch)")]
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
