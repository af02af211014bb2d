internal import EfficientNet
package import EfficientNetCompute

extension ExplanationSheet {
  /// Draws the sheet: one row for each class if networks are compared, else up to three classes in
  /// a row.
  ///
  /// - Parameters:
  ///   - path: The path of the photo, for the title.
  ///   - explanations: For each class, the explanation by each network.
  ///   - networks: The networks, in the order of the explanations.
  ///   - note: The end of the title; nil for none.
  /// - Throws: ``ExplanationError/panels(count:limit:)``.
  package func picture(
    of photo: PixelBuffer, path: String, _ explanations: [[Explanation]],
    by networks: [ExplainedNetwork], note: String? = nil
  ) throws(ExplanationError) -> PixelBuffer {
    let isComparison = networks.count > 1
    let panels = Self.panels(explanations, by: networks)
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
    // The default patch depends on the network.
    let isOne = networks.allSatisfy { $0.explainer.method == first }
    let method = isOne ? first.title : first.name
    let title = [short, isComparison ? nil : networks[0].name, method, note].compactMap(\.self)
    return try picture(
      of: photo, title: title.joined(separator: " · "),
      viewer: isComparison ? networks[0].name : "the network", rows: rows)
  }

  /// Returns the panels of each class; in a comparison, the first caption is the network and the
  /// class.
  static func panels(
    _ explanations: [[Explanation]], by networks: [ExplainedNetwork]
  ) -> [[Panel]] {
    explanations.map { row in
      zip(networks, row).map { network, explanation in
        let label = network.title(of: explanation.prediction.index)
        return Panel(
          explanation, heading: networks.count > 1 ? "\(network.name) · \(label)" : nil,
          label: label, rival: explanation.rival.map { network.title(of: $0.index) })
      }
    }
  }
}
