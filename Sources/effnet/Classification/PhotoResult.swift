import EfficientNet

/// What became of one photo: its classes, or why there are none. Its JSON form is one line of `classify --json`.
struct PhotoResult: Encodable {
  let path: String
  let model: String
  let outcome: Result<[Prediction], any Error>

  private enum CodingKeys: String, CodingKey {
    case path, model, predictions, error
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(path, forKey: .path)
    switch outcome {
    case .success(let predictions):
      try fields.encode(model, forKey: .model)
      try fields.encode(predictions, forKey: .predictions)
    case .failure(let error):
      try fields.encode("\(error)", forKey: .error)
    }
  }
}
