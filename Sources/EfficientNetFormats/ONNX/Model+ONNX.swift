public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Writes the network as an ONNX model, such as for ONNX Runtime.
  ///
  ///     try model.write(onnx: "b0.onnx")
  ///
  /// The input is "input": 32-bit floats (batch, channels, resolution, resolution). The output is
  /// "logits": (batch, classes). Nodes and initializers have timm's names. The metadata describe
  /// the preprocessing (resize, crop, interpolation, and mean and std in units of 0…255) and list
  /// the classes in JSON. A network of 8 bits is written with its codes: QuantizeLinear and
  /// DequantizeLinear surround its layers (QDQ).
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - options: The operator set, the batch, batch norm folding and the program for int8.
  /// - Throws: `WeightsError` if the network has no classifier, a weight is missing, the product of
  ///   a weight and its batch norm is not finite, `options` are invalid, the model exceeds the 2 GB
  ///   limit of ONNX files, or the file cannot be written. No partial file remains.
  public func write(
    onnx path: String, options: ONNXOptions = ONNXOptions()
  ) throws(WeightsError) {
    if let complaint = options.complaint { throw .unsupported(source: path, reason: complaint) }
    let architecture = description.architecture
    guard architecture.classes > 0 else { throw .noClassifier(source: weights.source) }
    if description.quantization != nil, !options.foldsBatchNorm {
      throw .unsupported(
        source: path, reason: "cannot be written in int8 without folding the batch norms")
    }
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    let graph = try ONNXGraph(
      Graph(architecture), input: architecture.inputShape, weights: weights,
      quantization: description.quantization, options: options)
    try ProtobufMessage(
      onnx: graph, opset: options.opset, metadata: try description.onnxMetadata(path: path)
    ).write(to: path)
  }
}

extension ModelDescription {
  /// Returns the preprocessing and the classes as keys and values.
  fileprivate func onnxMetadata(
    path: String
  ) throws(WeightsError) -> [(key: String, value: String)] {
    func json(_ value: some Encodable) throws(WeightsError) -> String {
      do { return try encodedJSON(value) } catch {
        throw .unsupported(source: path, reason: "cannot be described in JSON: \(error)")
      }
    }
    var plain = self
    plain.quantization = nil
    return [
      (Model.metadataKey, try json(plain)),
      ("variant", architecture.name),
      ("provenance", provenance),
      ("resize", "\(preprocessing.resize)"),
      ("crop", "\(preprocessing.crop)"),
      ("squash", preprocessing.squash ? "true" : "false"),
      ("interpolation", preprocessing.interpolation.rawValue),
      // The function that turns the output, the logits, into probabilities.
      ("probabilities", "\(output.rawValue) of logits"),
      ("mean", try json(preprocessing.mean)),
      ("std", try json(preprocessing.std)),
      ("classes", try json(classes.map(\.name))),
    ] + (quantization.map { [("calibration", $0.calibration)] } ?? [])
  }
}
