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
    // Few photos do not tell.
    if evaluation.calibrationError != nil {
      add("Calibration", evaluation.calibration.sentence, evaluation.calibration.diagram, "\n")
    }
    guard !pictures.isEmpty else { return }
    let mistakes = evaluation.mistakes.counted(
      of: evaluation.images, "prediction", "predictions")
    let sentence: HTML = """
      <p>\(mistakes) wrong. Shown are \
      those with the highest confidence; some of the photos may be mislabelled.</p>\n
      """
    add(
      "Worst mistakes", sentence,
      ReportPicture.grid(
        zip(evaluation.worst, pictures).map { Self.figure($0, $1, evaluation) }))
  }

  private static func figure(
    _ mistake: Evaluation.Outcome, _ picture: ReportPicture, _ evaluation: Evaluation
  ) -> HTML {
    picture.figure(
      """
      <span class="wrong">\(HTML.name(evaluation.classes[mistake.prediction].name, limit: 40))</span> \
      \(mistake.probability.percent())<br>is <span class="right">\
      \(HTML.name(evaluation.classes[mistake.label].name, limit: 40))</span>
      """)
  }
}
