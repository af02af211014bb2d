import EfficientNetExplanation
import EfficientNetReports

/// The notes on heat maps of so few cells that they do not say where in a photo the evidence is.
struct CoarseMaps {
  private var noted: Set<String> = []

  /// Prints the note on a map of at most 2×2 cells, once for each network.
  mutating func note(_ map: ActivationMap, of network: ExplainedNetwork) {
    guard map.width <= 2, map.height <= 2, noted.insert(network.name).inserted else { return }
    let cells = (map.width * map.height).counted("cell", "cells")
    StandardError.note(
      "each heat map of \(network.name) has \(cells) (\(map.width)×\(map.height)), too few to show "
        + "places in the photo; use an earlier stage (--method grad-cam --stage blocks.1) "
        + "or --method occlusion")
  }
}
