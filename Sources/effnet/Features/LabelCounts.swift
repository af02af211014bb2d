import EfficientNetReports

/// The numbers of labelled photos that are examples or unlike them, and the lines about them.
struct LabelCounts {
  /// The photos that the classifier labelled.
  private var labelled = 0
  /// The number of these that are unlike the examples.
  private var unlike = 0
  /// The photos that are examples, or copies of one.
  private var examples = 0

  mutating func add(isExample: Bool, isUnlike: Bool) {
    if isExample { examples += 1 } else { labelled += 1 }
    if isUnlike { unlike += 1 }
  }

  /// The lines; none without such photos.
  ///
  /// About one in ten photos of the classes is unlike the examples. If more than a quarter of
  /// the photos are, the examples are probably too few.
  var lines: [String] {
    var lines: [String] = []
    if unlike > 0 {
      lines.append(
        "\(unlike.counted("photo is", "photos are")) marked \"(unlike the examples)\"; every value "
          + "of --threshold puts \(unlike == 1 ? "it" : "these \(unlike.grouped)") into unsure")
      lines.append(
        "a photo without the mark can show none of your classes, too, even with 100 %: the "
          + "percentages only compare your classes with each other")
    }
    if labelled > 1, unlike * 4 > labelled {
      lines.append(
        "if many of the marked photos show your classes, give more examples of different scenes: at "
          + "least 15 to 20 of each class")
    }
    if examples > 0 {
      lines.append(
        "\(examples.counted("photo is", "photos are")) among the examples, so not labelled by the "
          + "classifier")
    }
    return lines
  }
}
