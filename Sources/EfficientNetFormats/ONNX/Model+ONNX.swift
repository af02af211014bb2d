public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Writes the network as an ONNX model, for ONNX Runtime and everything else that reads it.
  ///
  ///     try model.write(onnx: "b0.onnx")
  ///
  /// It takes "input", 32-bit floats (batch, channels, resolution, resolution), and gives "logits",
  /// (batch, classes). Nodes and initializers have our names, which are timm's. The metadata say how
  /// photos become inputs: resize, crop, interpolation, mean and std (in units of 0…255), and what the
  /// outputs stand for: classes, a list in JSON.
  ///
  /// - Throws: ``WeightsError``: the network has no classifier, the file cannot be written, a weight is missing or its product with the
  ///   batch norm's is not a finite number, the model exceeds the 2 GB that ONNX files can have, or `options`
  ///   ask for what there is not. No partial file is left.
  public func write(
    onnx path: String, options: ONNXOptions = ONNXOptions()
  ) throws(WeightsError) {
    if let complaint = options.complaint { throw .unsupported(source: path, reason: complaint) }
    let architecture = description.architecture
    guard architecture.classes > 0 else { throw .noClassifier(source: weights.source) }
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    let graph = try ONNXGraph(
      Graph(architecture), input: architecture.inputShape, weights: weights, options: options)
    try ProtobufMessage(
      onnx: graph, opset: options.opset, metadata: try description.onnxMetadata(path: path)
    ).write(to: path)
  }
}

extension ModelDescription {
  /// What a user of the ONNX file needs to know, as keys and values.
  fileprivate func onnxMetadata(
    path: String
  ) throws(WeightsError) -> [(key: String, value: String)] {
    func json(_ value: some Encodable) throws(WeightsError) -> String {
      do { return try encodedJSON(value) } catch {
        throw .unsupported(source: path, reason: "cannot be described in JSON: \(error)")
      }
    }
    return [
      ("variant", architecture.name),
      ("provenance", provenance),
      ("resize", "\(preprocessing.resize)"),
      ("crop", "\(preprocessing.crop)"),
      ("squash", preprocessing.squash ? "true" : "false"),
      ("interpolation", preprocessing.interpolation.rawValue),
      ("output", output.rawValue),
      ("mean", try json(preprocessing.mean)),
      ("std", try json(preprocessing.std)),
      ("classes", try json(classes.map(\.name))),
    ]
  }
}
