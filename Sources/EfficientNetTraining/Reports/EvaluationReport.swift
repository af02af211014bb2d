package import EfficientNetReports

/// How well a network knows labelled photos, as a page: report.html of `effnet evaluate`.
///
///     let report = EvaluationReport(title: "photos-test", model: "lite0", parameters: 4_652_008, resolution: 224, …)
///     let page = report.html()
public struct EvaluationReport: Sendable {
  /// The heading.
  public var title: String
  /// The network's name.
  public var model: String
  /// Its parameters.
  public var parameters: Int
  /// The side of the pictures that it sees, in pixels.
  public var resolution: Int
  /// What it said.
  public var evaluation: Evaluation
  /// Photos a second, decoding included.
  public var imagesPerSecond: Double
  /// The command line.
  public var command: String
  /// What was asked for.
  package var settings: ReportSettings
  /// The photos of ``Evaluation/worst``, in its order; pictures beyond it are not shown.
  package var mistakes: [ReportPicture] = []
  /// A line for each photo that could not be read.
  public var broken: [String] = []
  /// Remarks below the heading.
  public var notes: [String] = []

  /// A report without pictures.
  package init(
    title: String, model: String, parameters: Int, resolution: Int, evaluation: Evaluation,
    imagesPerSecond: Double, command: String, settings: ReportSettings
  ) {
    (self.title, self.model, self.parameters) = (title, model, parameters)
    (self.resolution, self.evaluation) = (resolution, evaluation)
    (self.imagesPerSecond, self.command, self.settings) = (imagesPerSecond, command, settings)
  }

  /// The page: HTML that needs no other file.
  public func html() -> String {
    var page = ReportPage(
      title: title, notes: notes,
      cards: ReportPage.Card.cards(evaluation) + [
        ReportPage.Card("photos", evaluation.images.grouped),
        ReportPage.Card("classes", evaluation.classes.count.grouped),
        ReportPage.Card("photos a second", imagesPerSecond.fixed(1)),
        ReportPage.Card("network", model),
        ReportPage.Card("parameters", parameters.grouped),
        ReportPage.Card("resolution", "\(resolution) px"),
      ])
    page.add(evaluation, pictures: mistakes)
    page.addBroken(broken)
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }
}
