extension Variant {
  /// A row of the paper's table 2: one network and one crop on ImageNet, with the paper's rounding.
  ///
  /// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), fifth version.
  package struct PaperRow: Hashable, Encodable, Sendable {
    /// The top-1 accuracy, from 0 to 1.
    package let top1: Double
    /// The number of trainable weights.
    package let parameters: Double
    /// The multiply-accumulate operations of one image, which the paper calls FLOPs.
    package let macs: Double
  }

  /// The network's row of the paper's table 2; nil for networks that it does not have.
  package var paper: PaperRow? {
    let row: (top1: Double, millions: Double, billions: Double)
    switch name {
    case "b0": row = (0.771, 5.3, 0.39)
    case "b1": row = (0.791, 7.8, 0.70)
    case "b2": row = (0.801, 9.2, 1.0)
    case "b3": row = (0.816, 12, 1.8)
    case "b4": row = (0.829, 19, 4.2)
    case "b5": row = (0.836, 30, 9.9)
    case "b6": row = (0.840, 43, 19)
    case "b7": row = (0.843, 66, 37)
    default: return nil
    }
    return PaperRow(top1: row.top1, parameters: row.millions * 1e6, macs: row.billions * 1e9)
  }
}
