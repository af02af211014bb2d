public import EfficientNet
internal import EfficientNetReports

/// The report of an evaluation as an HTML page: the file of `effnet evaluate --report`.
///
///     let page = try EvaluationReport(
///       title: "photos-test", model, result, photos: photos, command: line
///     ).html()
public struct EvaluationReport: Sendable {
  var title: String
  var model: ModelDescription
  var result: Evaluator.Result
  var command: String
  var settings: ReportSettings
  /// The photos of ``Evaluation/worst``, in order; further pictures are not shown.
  var mistakes: [ReportPicture] = []
  /// Remarks below the heading.
  package var notes: [String] = []
  /// The comparison with another network on the same photos; nil if there is none.
  package var comparison: NetworkComparison?

  /// Returns the page: HTML that needs no other file.
  public func html() -> String {
    let evaluation = result.evaluation
    var page = ReportPage(
      title: title, notes: notes,
      cards: ReportPage.Card.cards(evaluation) + [comparison?.card].compactMap(\.self) + [
        ReportPage.Card("photos", evaluation.images.grouped, meaning: photos),
        ReportPage.Card(
          "photos a second", result.imagesPerSecond.fixed(1),
          meaning: "The speed of the evaluation, with decoding. Higher is better."),
      ] + ReportPage.Card.cards(model))
    page.add(evaluation, pictures: mistakes)
    page.addBroken(result.broken.map(\.description))
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }

  private var photos: String {
    let broken = result.broken.count
    return "The photos that were classified; more give a narrower interval."
      + (broken > 0 ? " \(broken.counted("other", "others")) could not be read." : "")
  }
}

extension EvaluationReport {
  /// Creates the report of an evaluation, with pictures of up to 24 photos, which it decodes.
  ///
  /// - Parameters:
  ///   - title: The heading, for example the photos' folder.
  ///   - command: The command line, shown on the page.
  /// - Throws: `EncodingError` if a number in the model's description is not finite.
  public init(
    title: String, _ model: ModelDescription, _ result: Evaluator.Result, photos: Dataset,
    command: String
  ) throws {
    self.init(
      title: title, model: model, result: result, command: command,
      settings: try ReportSettings(model),
      mistakes: result.evaluation.worst.map {
        ReportPicture(photos.samples[$0.sample], preprocessing: model.preprocessing)
      })
  }
}

extension NetworkComparison {
  /// The tile of the other network, with the test and the verdict.
  fileprivate var card: ReportPage.Card {
    ReportPage.Card(
      "against \(model)", right.share.percent(),
      meaning: "It is right for \(right.text). "
        + "\(test.first.counted("photo is", "photos are")) right only with \(first), "
        + "\(test.second.grouped) only with \(model); by McNemar's exact test p is "
        + "\(test.probabilityText). Verdict: \(verdict).")
  }
}
