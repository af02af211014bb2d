internal import EfficientNet
package import EfficientNetCompute

extension ExplanationSheet {
  /// The sheet: a row for each class where several networks are compared, else as many classes in a row as there is room for.
  ///
  /// - Parameters:
  ///   - path: The photo's, for the title.
  ///   - explanations: Class by class what each network says.
  package func picture(
    of photo: PixelBuffer, path: String, _ explanations: [[Explanation]],
    by networks: [ExplainedNetwork]
  ) -> PixelBuffer {
    let isComparison = networks.count > 1
    let panels = explanations.map { row in
      zip(networks, row).map { network, explanation in
        ExplanationSheet.Panel(
          explanation, heading: isComparison ? network.name : nil,
          label: network.title(of: explanation.prediction.index))
      }
    }
    let inRow = 3
    let rows =
      isComparison
      ? panels
      : stride(from: 0, to: panels.count, by: inRow).map { first in
        Array(panels[first..<min(first + inRow, panels.count)].joined())
      }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let short = file.count > 60 ? "\(file.prefix(57))…" : file
    let first = networks[0].explainer.method
    // The standard patch depends on the network.
    let isOne = networks.allSatisfy { $0.explainer.method == first }
    let method = isOne ? first.title : first.name
    return picture(
      of: photo,
      title: isComparison ? "\(short) · \(method)" : "\(short) · \(method) · \(networks[0].name)",
      caption: isComparison ? "what \(networks[0].name) sees" : "what the network sees",
      rows: rows)
  }
}
