import EfficientNet
import EfficientNetExplanation

/// What `effnet explain --json` prints of a photo.
struct ExplanationRecord: Encodable {
  let path: String
  /// The PNG file.
  let sheet: String
  let explanations: [Part]

  struct Part: Encodable {
    let model: String
    let method: String
    /// Of Grad-CAM.
    let stage: String?
    /// Of occlusion, in pixels of the input.
    let patch: Int?
    let stride: Int?
    let index: Int
    let label: String
    /// The label, with what tells it from others of the same name.
    let title: String
    let wnid: String?
    let probability: Double
    let logit: Float
    /// The part of the photo that the network sees.
    let region: Region
    /// The middle of the cell with the largest value; outside the photo where the input is padded.
    let peak: Peak
    /// Cells across and down.
    let cells: [Int]
    /// The .npy file.
    let map: String?
  }

  /// In the photo's pixels.
  struct Region: Encodable {
    let left, top, width, height: Double
  }

  /// In the photo's pixels.
  struct Peak: Encodable {
    let x, y: Double
    let value: Float
  }
}

extension ExplanationRecord.Part {
  init(_ network: ExplainedNetwork, _ explanation: Explanation, map path: String?) {
    let (prediction, map) = (explanation.prediction, explanation.map)
    let region = explanation.region
    (model, method) = (network.name, network.explainer.method.name)
    switch network.explainer.method {
    case .classActivation: (stage, patch, stride) = (nil, nil, nil)
    case .gradCAM(let name): (stage, patch, stride) = (name, nil, nil)
    case .occlusion(let occlusion):
      (stage, patch, stride) = (nil, occlusion.patch, occlusion.stride)
    }
    (index, label, wnid) = (prediction.index, prediction.label, prediction.wnid)
    title = network.title(of: prediction.index)
    (probability, logit) = (prediction.probability, prediction.logit)
    self.region = ExplanationRecord.Region(
      left: region.left, top: region.top, width: region.width, height: region.height)
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
