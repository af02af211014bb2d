package import EfficientNet

/// What was found out about a photo: what `effnet explain --json` prints.
package struct ExplanationRecord: Encodable {
  package let path: String
  /// The PNG file.
  package let sheet: String
  package let explanations: [Part]

  package init(path: String, sheet: String, explanations: [Part]) {
    (self.path, self.sheet, self.explanations) = (path, sheet, explanations)
  }

  package struct Part: Encodable {
    package let model: String
    package let method: String
    /// Of Grad-CAM.
    package let stage: String?
    /// Of occlusion, in pixels of the input.
    package let patch: Int?
    package let stride: Int?
    package let index: Int
    package let label: String
    /// The label, with what tells it from others of the same name.
    package let title: String
    package let wnid: String?
    package let probability: Double
    package let logit: Float
    /// The part of the photo that the network sees.
    package let region: PhotoRegion
    /// The middle of the cell with the largest value; outside the photo where the input is padded.
    package let peak: Peak
    /// Cells across and down.
    package let cells: [Int]
    /// The .npy file.
    package let map: String?
  }

  /// In the photo's pixels.
  package struct Peak: Encodable {
    package let x, y: Double
    package let value: Float
  }
}

extension ExplanationRecord.Part {
  /// - Parameters:
  ///   - title: See ``title``.
  ///   - path: See ``map``.
  package init(
    model: String, method explained: ExplanationMethod, _ explanation: Explanation, title: String,
    map path: String?
  ) {
    let (prediction, map) = (explanation.prediction, explanation.map)
    region = explanation.region
    (self.model, method, self.title) = (model, explained.name, title)
    switch explained {
    case .classActivation: (stage, patch, stride) = (nil, nil, nil)
    case .gradCAM(let name): (stage, patch, stride) = (name, nil, nil)
    case .occlusion(let occlusion):
      (stage, patch, stride) = (nil, occlusion.patch, occlusion.stride)
    }
    (index, label, wnid) = (prediction.index, prediction.label, prediction.wnid)
    (probability, logit) = (prediction.probability, prediction.logit)
    let place = map.values.firstIndex(of: map.peak) ?? 0
    let (row, column) = place.quotientAndRemainder(dividingBy: map.width)
    peak = ExplanationRecord.Peak(
      x: region.left + (Double(column) + 0.5) / Double(map.width) * region.width,
      y: region.top + (Double(row) + 0.5) / Double(map.height) * region.height,
      value: map.peak)
    cells = [map.width, map.height]
    self.map = path
  }
}
