internal import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Reads an ONNX file: one of this package, or another of a network that `description` names.
  ///
  /// A network with QuantizeLinear and DequantizeLinear around its layers (QDQ) becomes one of
  /// 8 bits. Batch norms that are folded into convolutions stay folded.
  init(onnx path: String, for description: ModelDescription?, options: FileOptions) throws {
    let bytes = try fileErrors { () throws(FileError) in try OpenFile(path: path).contents() }
    let contents = try read(bytes, source: path) { (bytes) throws(FormatError) in
      try ONNXContents(bytes)
    }
    var weights = Weights(source: path)
    weights.metadata = contents.metadata
    let own = try Self.description(in: weights)
    if let own { try description?.architecture.requireSame(as: own.architecture) }
    guard var result = own ?? description else {
      throw FormatError.network("does not say which network it is for")
    }
    if own == nil {
      if options.adaptsEnds, let classes = contents.classes, classes > 0 {
        result.architecture.classes = classes
      }
      try result.architecture.validate()
      if result.classes.count != result.architecture.classes {
        result.classes = ClassLabel.numbered(result.architecture.classes)
      }
      if result.architecture.classes == 1 { result.output = .sigmoid }
      if result.provenance.isEmpty { result.provenance = path }
    }
    let calibration = contents.metadata["calibration"] ?? "another program"
    let architecture = result.architecture
    (weights.tensors, result.quantization) = try read(bytes, source: path) {
      (bytes) throws(FormatError) in
      var network = try ONNXNetwork(contents, for: architecture, bytes)
      let quantization = try network.quantization(of: architecture, calibration: calibration)
      return (network.tensors, quantization)
    }
    try self.init(result, weights: weights)
  }
}

extension Architecture {
  /// Checks that a file is for this network, not for `own`.
  func requireSame(as own: Architecture) throws(FormatError) {
    guard name == own.name else {
      throw .unsupported("is for \(own.name), not for \(name)")
    }
    guard stages == own.stages, padding == own.padding else {
      throw .unsupported("is for a different network with the name \(own.name)")
    }
  }
}
