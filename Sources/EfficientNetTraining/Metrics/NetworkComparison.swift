package import EfficientNetReports

/// A network beside another one on the same photos, as `effnet evaluate --against` prints it.
///
///     {"model": "runs/train/b", "images": 1000, "top1": 0.38, "top1_count": 380,
///      "top1_interval": [0.35, 0.41], "only_first": 155, "only_this": 115, "p": 0.017,
///      "better": "runs/train/a"}
///
/// `only_first` counts the photos that only the first network gets right, `p` is that of McNemar's
/// exact test, and `better` is null if it is 0.05 or more.
package struct NetworkComparison: Encodable, Sendable {
  /// The right photos of the network, among those that both read.
  package let right: Proportion
  package let test: PairedTest
  /// The names of the first and of this network.
  package let first, model: String
  /// Whether the photos chose the epoch of a network.
  private let choseEpoch: Bool
  /// The operations of both networks; nil if they are not known.
  private let macs: (first: Int, model: Int)?

  /// Compares the outcomes of two networks.
  package init(
    _ first: [Evaluation.Outcome], of name: String, with other: [Evaluation.Outcome],
    of model: String, choseEpoch: Bool = false, macs: (first: Int, model: Int)? = nil
  ) {
    let others = Dictionary(uniqueKeysWithValues: other.map { ($0.sample, $0.isRight) })
    let both = first.compactMap { outcome in
      others[outcome.sample].map { (first: outcome.isRight, second: $0) }
    }
    (self.first, self.model, self.choseEpoch, self.macs) = (name, model, choseEpoch, macs)
    right = Proportion(both.count(where: \.second), of: both.count)
    guard let test = PairedTest([both.map(\.first)], [both.map(\.second)]) else {
      preconditionFailure("two lists of equal length are compared")
    }
    self.test = test
  }

  /// The name of the significantly better network; nil if there is none.
  package var better: String? {
    test.probability < 0.05 ? (test.first > test.second ? first : model) : nil
  }

  /// A sentence on the better network and on the limits of the test.
  package var verdict: String {
    guard let better else { return "neither network is clearly better: p is not below 0.05" }
    return "\(better) is better: p is below 0.05\(cost); this compares two trained networks, not "
      + "their recipes: another seed may reverse the order; to compare recipes, train each with "
      + "several seeds (train --seed) and compare the means of their top-1 ('effnet runs' has it)"
      + (choseEpoch
        ? "; these photos also chose an epoch: photos that neither run used give a fair comparison "
          + "(evaluate FOLDER --leave-out-used)"
        : "")
  }

  /// The operations of the better network beside those of the other one, as a clause; empty if they
  /// are equal or not known.
  private var cost: String {
    guard let macs, macs.first != macs.model else { return "" }
    let (own, other) =
      test.first > test.second ? (macs.first, macs.model) : (macs.model, macs.first)
    return ", with \(Double(own).abbreviated) operations against \(Double(other).abbreviated)"
  }

  private enum CodingKeys: String, CodingKey {
    case model, images, top1, p, better
    case top1Count = "top1_count"
    case top1Interval = "top1_interval"
    case onlyFirst = "only_first"
    case onlyThis = "only_this"
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(model, forKey: .model)
    try fields.encode(right.total, forKey: .images)
    try fields.encode(right.share, forKey: .top1)
    try fields.encode(right.count, forKey: .top1Count)
    try fields.encode(right.ends, forKey: .top1Interval)
    try fields.encode(test.first, forKey: .onlyFirst)
    try fields.encode(test.second, forKey: .onlyThis)
    try fields.encode(test.probability, forKey: .p)
    try fields.encode(better, forKey: .better)
  }
}
