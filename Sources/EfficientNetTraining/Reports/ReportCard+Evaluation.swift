internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

/// The tiles that several reports have.
extension ReportPage.Card {
  /// The tiles of an evaluation; none without photos.
  static func cards(_ evaluation: Evaluation) -> [ReportPage.Card] {
    guard evaluation.images > 0 else { return [] }
    let classes = evaluation.classes.count
    var cards = [
      top1(
        evaluation.topOne, mostFrequent: evaluation.mostFrequentClass,
        isNearChance: evaluation.isNearChance),
      ReportPage.Card(
        "loss", evaluation.loss.fixed(4),
        meaning: """
          The mean of −ln(probability of the true class). Lower is better; a random guess among \
          \(classes.counted("class", "classes")) has \(log(Double(classes)).fixed(2)).
          """),
    ]
    if let topFive = evaluation.topFive { cards.insert(top5(topFive), at: 1) }
    if let error = evaluation.calibrationError {
      cards.append(
        ReportPage.Card(
          "calibration error", error.percent(),
          meaning: """
            The mean difference between confidence and accuracy. Below 5 %, the probabilities are about \
            right.
            """))
    }
    return cards
  }

  /// - Parameters:
  ///   - mostFrequent: The photos of the most frequent class, if known.
  ///   - isNearChance: Whether the network is not clearly better than guessing.
  static func top1(
    _ right: Proportion, mostFrequent: Proportion?, isNearChance: Bool = false
  ) -> ReportPage.Card {
    ReportPage.Card(
      "top-1", right.share.percent(), isMain: true,
      meaning: """
        The most probable class is right for \(right.count.grouped) of \(right.total.grouped) photos \
        (95 % interval \(right.intervalText)). Higher is better\
        \(mostFrequent.map { "; always naming the most frequent class gives \($0.share.percent())" } ?? "").\
        \(isNearChance ? " The network is not clearly better than guessing." : "")
        """)
  }

  static func top5(_ right: Proportion) -> ReportPage.Card {
    ReportPage.Card(
      "top-5", right.share.percent(),
      meaning: """
        The true class is among the five most probable for \(right.count.grouped) of \
        \(right.total.grouped) photos (95 % interval \(right.intervalText)). Higher is better.
        """)
  }

  static func cards(_ model: ModelDescription) -> [ReportPage.Card] {
    [
      ReportPage.Card(
        "classes", model.classes.count.grouped,
        meaning: "The network chooses one of them for each photo."),
      ReportPage.Card(
        "network", model.architecture.name, meaning: "The name of the architecture."),
      ReportPage.Card(
        "parameters", Graph(model.architecture).parameterCount.grouped,
        meaning: "The numbers that training sets. Fewer make a smaller and faster network."),
      ReportPage.Card(
        "resolution", "\(model.architecture.resolution) px",
        meaning:
          "The side of the square that the network sees. More shows finer details and takes longer."
      ),
    ]
  }
}
