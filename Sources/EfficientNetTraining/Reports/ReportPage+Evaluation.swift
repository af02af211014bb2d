internal import EfficientNet
internal import EfficientNetReports

extension ReportPage {
  /// Adds the sections of an evaluation: confusion, classes, calibration and worst mistakes.
  ///
  /// - Parameter pictures: The pictures of the worst mistakes, in order.
  mutating func add(_ evaluation: Evaluation, pictures: [ReportPicture]) {
    guard evaluation.images > 0 else {
      return add("Evaluation", "<p>There were no photos to evaluate.</p>\n")
    }
    add("Confusion", evaluation.confusionTable)
    add("Classes", evaluation.classTable)
    add("Calibration", evaluation.calibration.sentence, evaluation.calibration.diagram, "\n")
    guard !pictures.isEmpty else { return }
    add(
      "Worst mistakes", "<p>The wrong predictions with the highest confidence.</p>\n",
      ReportPicture.grid(
        zip(evaluation.worst, pictures).map { Self.figure($0, $1, evaluation) }))
  }

  private static func figure(
    _ mistake: Evaluation.Mistake, _ picture: ReportPicture, _ evaluation: Evaluation
  ) -> HTML {
    picture.figure(
      """
      <span class="wrong">\(HTML.name(evaluation.classes[mistake.prediction].name, limit: 40))</span> \
      \(mistake.probability.percent())<br>is <span class="right">\
      \(HTML.name(evaluation.classes[mistake.label].name, limit: 40))</span>
      """)
  }
}

extension ReportPage.Card {
  static func cards(_ evaluation: Evaluation) -> [ReportPage.Card] {
    guard evaluation.images > 0 else { return [] }
    return [
      ReportPage.Card("top-1", evaluation.top1.percent(2), isMain: true),
      ReportPage.Card("top-5", evaluation.top5.percent(2)),
      ReportPage.Card("loss", evaluation.loss.fixed(4)),
      ReportPage.Card("calibration error", evaluation.calibration.error.percent()),
    ]
  }

  static func cards(_ model: ModelDescription) -> [ReportPage.Card] {
    [
      ReportPage.Card("network", model.architecture.name),
      ReportPage.Card("parameters", Graph(model.architecture).parameterCount.grouped),
      ReportPage.Card("resolution", "\(model.architecture.resolution) px"),
    ]
  }
}
