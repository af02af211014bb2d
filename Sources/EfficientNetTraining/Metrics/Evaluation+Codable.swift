internal import EfficientNet

extension Evaluation: Codable {
  private enum CodingKeys: String, CodingKey {
    case classes, images, hits, hitsAmongFive, totalLoss, calibration, worst, confusion
  }

  /// Writes everything; the confusion matrix as triples of truth, prediction and count.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(classes, forKey: .classes)
    try fields.encode(images, forKey: .images)
    try fields.encode(hits, forKey: .hits)
    try fields.encode(hitsAmongFive, forKey: .hitsAmongFive)
    try fields.encode(totalLoss, forKey: .totalLoss)
    try fields.encode(calibration, forKey: .calibration)
    try fields.encode(worst, forKey: .worst)
    try fields.encode(
      confusion.map { [$0.truth, $0.prediction, $0.count] }, forKey: .confusion)
  }

  /// Reads an evaluation.
  ///
  /// - Throws: `DecodingError`, also for numbers that contradict each other.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(classes: try fields.decode([ClassLabel].self, forKey: .classes))
    images = try fields.decode(Int.self, forKey: .images)
    hits = try fields.decode(Int.self, forKey: .hits)
    hitsAmongFive = try fields.decode(Int.self, forKey: .hitsAmongFive)
    totalLoss = try fields.decode(Double.self, forKey: .totalLoss)
    calibration = try fields.decode(Calibration.self, forKey: .calibration)
    worst = try fields.decode([Mistake].self, forKey: .worst)
    for triple in try fields.decode([[Int]].self, forKey: .confusion) {
      guard triple.count == 3, isClass(triple[0]), isClass(triple[1]), triple[2] >= 1,
        counts.updateValue(triple[2], forKey: Pair(truth: triple[0], prediction: triple[1])) == nil
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .confusion, in: fields,
          debugDescription: "\(triple) is no truth, prediction and count")
      }
    }
    if let complaint {
      throw DecodingError.dataCorruptedError(
        forKey: .images, in: fields, debugDescription: complaint)
    }
  }

  private func isClass(_ index: Int) -> Bool { classes.indices ~= index }

  /// What numbers contradict each other; nil if none do.
  private var complaint: String? {
    func sum(_ values: some Sequence<Int>) -> Int? {
      var total = 0
      for value in values {
        let (next, overflows) = total.addingReportingOverflow(value)
        guard value >= 0, !overflows else { return nil }
        total = next
      }
      return total
    }
    let right = counts.filter { $0.key.truth == $0.key.prediction }.values
    let bins = calibration.bins
    if sum(counts.values) != images { return "the confusion matrix has not \(images) photos" }
    if sum(right) != hits || hits > hitsAmongFive || hitsAmongFive > images {
      return "\(hits) and \(hitsAmongFive) photos of \(images) cannot be right"
    }
    if bins.count != Calibration.binCount || sum(bins.map(\.count)) != images
      || sum(bins.map(\.hits)) != hits || bins.contains(where: { $0.hits > $0.count })
    {
      return "the calibration has not \(images) photos of which \(hits) are right"
    }
    if worst.count > Self.mostMistakes
      || worst.contains(where: { !isClass($0.label) || !isClass($0.prediction) })
    {
      return "a mistake is not one of the \(classes.count) classes"
    }
    return nil
  }
}
