import EfficientNet
import EfficientNetReports

extension Variant.PaperRow {
  /// The accuracy in percent, such as "77.1".
  var top1Text: String { (100 * top1).formatted(digits: 1) }
  /// The number of parameters with the paper's unit, such as "5.3 M".
  var parameterText: String { "\((parameters / 1e6).significant(2)) M" }
  /// The operations with the paper's unit, such as "0.39 B".
  var flopsText: String { "\((macs / 1e9).significant(2)) B" }

  /// The row in a line for a network that is counted here as `macs`.
  func line(counted macs: Int) -> String {
    let differs = abs(Double(macs) / self.macs - 1) > 0.03
    return "paper's table 2: \(top1Text) % top-1 on ImageNet, \(parameterText) parameters, "
      + "\(flopsText) FLOPs"
      + (differs ? "; it does not say how it counted, torchvision counts as here" : "")
  }

  /// The paper's table 2 beside the counts of `effnet models`.
  static var table: [String] {
    let rows = Variant.all.compactMap { variant in
      variant.paper.map { (name: variant.name, paper: $0, cost: NetworkCost(variant.architecture)) }
    }
    return ["", "The paper's table 2 (ImageNet) beside the counts of effnet:"]
      + rows.tableLines(
        .left("name") { $0.name }, .right("top-1, %") { $0.paper.top1Text },
        .right("parameters") { $0.paper.parameterText },
        .right("effnet") { $0.cost.parameters.grouped },
        .right("FLOPs") { $0.paper.flopsText },
        .right("effnet (MACs)") { Double($0.cost.macs).abbreviated })
      + [
        NetworkCost.unit,
        "b4 and b5: the paper does not say how it counted 4.2 B and 9.9 B; torchvision counts 4.39 "
          + "and 10.27, as effnet does.",
      ]
  }
}

extension NetworkCost {
  /// The sentence on the unit of operations, the same in all commands and documents.
  static let unit = "A MAC is one multiplication and one addition; the paper calls it a FLOP."
}
