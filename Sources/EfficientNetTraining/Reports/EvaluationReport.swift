public import EfficientNet
internal import EfficientNetReports

/// How well a network knows labelled photos, as a page: report.html of `effnet evaluate`.
///
///     let page = try EvaluationReport(title: "photos-test", model, result, photos: photos, command: line).html()
public struct EvaluationReport: Sendable {
  var title: String
  var model: ModelDescription
  var result: Evaluator.Result
  var command: String
  var settings: ReportSettings
  /// The photos of ``Evaluation/worst``, in its order; pictures beyond it are not shown.
  var mistakes: [ReportPicture] = []

  /// The page: HTML that needs no other file.
  public func html() -> String {
    let evaluation = result.evaluation
    var page = ReportPage(
      title: title, notes: [],
      cards: ReportPage.Card.cards(evaluation) + [
        ReportPage.Card("photos", evaluation.images.grouped),
        ReportPage.Card("classes", evaluation.classes.count.grouped),
        ReportPage.Card("photos a second", result.imagesPerSecond.fixed(1)),
      ] + ReportPage.Card.cards(model))
    page.add(evaluation, pictures: mistakes)
    page.addBroken(result.broken.map(\.description))
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }
}

extension EvaluationReport {
  /// The report of an evaluation, with its pictures: up to 24 photos are decoded.
  ///
  /// - Parameters:
  ///   - title: For instance the photos' folder.
  ///   - photos: What was evaluated.
  /// - Throws: `EncodingError` if the model's description has a number that is not finite.
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
