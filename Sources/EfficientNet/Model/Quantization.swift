package import EfficientNetCompute

/// The rounding of a network's feature maps to 8 bits.
///
/// The convolutions and the classifier of such a network have ``WeightTensor/scales``, except the
/// stem and the blocks of ``floats``. Squeeze-and-excitation computes in floats; its weights may have
/// scales, so that the file is smaller.
public struct Quantization: Hashable, Codable, Sendable {
  /// The codes of a feature map, 0 to 255: an element is `scale · (code − zeroPoint)`.
  public struct Codes: Hashable, Codable, Sendable {
    /// The difference of the elements of neighboring codes, 1e-30 to 1e8.
    public var scale: Float
    /// The code of the element 0, 0 to 255.
    public var zeroPoint: Int

    /// Creates codes.
    ///
    /// - Parameters:
    ///   - scale: The difference of the elements of neighboring codes, 1e-30 to 1e8.
    ///   - zeroPoint: The code of the element 0, 0 to 255.
    public init(scale: Float, zeroPoint: Int) {
      (self.scale, self.zeroPoint) = (scale, zeroPoint)
    }

    /// Creates codes from `low`, at most 0, to `high`, at least 0.
    package init(from low: Float, to high: Float) {
      let scale = max((high - low) / 255, 1e-20)
      self.init(scale: scale, zeroPoint: min(max(Int((-low / scale).rounded()), 0), 255))
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case scale, zeroPoint }

    /// Decodes codes.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError`, also for an unknown field.
    public init(from decoder: any Decoder) throws {
      let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
      scale = try fields.decode(Float.self, forKey: .scale)
      zeroPoint = try fields.decode(Int.self, forKey: .zeroPoint)
    }
  }

  /// The codes by the name of the layer that computes the map ("blocks.1.0.conv_dw").
  public var maps: [String: Codes]
  /// The photos and the method of calibration, in words.
  public var calibration: String
  /// The blocks that compute in 32-bit floats, whose weights are floats: names of blocks
  /// ("blocks.1.0"), "conv_head" for the head, and "classifier". The maps that they read have no codes.
  public var floats: [String]

  /// Creates a quantization.
  ///
  /// - Parameters:
  ///   - maps: The codes by the name of the layer that computes the map.
  ///   - calibration: The photos and the method of calibration, in words.
  ///   - floats: The blocks that compute in 32-bit floats.
  public init(maps: [String: Codes], calibration: String, floats: [String] = []) {
    (self.maps, self.calibration, self.floats) = (maps, calibration, floats)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case maps, calibration, floats }

  /// Encodes the quantization, without ``floats`` if there are none.
  ///
  /// - Parameter encoder: The encoder to write to.
  /// - Throws: `EncodingError`.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(maps, forKey: .maps)
    try fields.encode(calibration, forKey: .calibration)
    if !floats.isEmpty { try fields.encode(floats, forKey: .floats) }
  }

  /// Decodes a quantization. `floats` may be absent.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    maps = try fields.decode([String: Codes].self, forKey: .maps)
    calibration = try fields.decode(String.self, forKey: .calibration)
    floats = try fields.decodeIfPresent([String].self, forKey: .floats) ?? []
  }

  /// Returns the first invalid number, or name of a block; nil if all are valid.
  ///
  /// - Precondition: ``Architecture/validate()`` accepts the network.
  package func complaint(for architecture: Architecture) -> String? {
    for (name, codes) in maps.sorted(by: { $0.key < $1.key }) {
      let map = "the feature map of \(WeightsError.quoted(name)) has the"
      if !(1e-30...1e8).contains(codes.scale) {
        return "\(map) scale \(codes.scale); it must be from 1e-30 to 1e8"
      }
      if !(0...255).contains(codes.zeroPoint) {
        return "\(map) zero point \(codes.zeroPoint); it must be from 0 to 255"
      }
    }
    var names = Set(floats.isEmpty ? [] : architecture.roundedNames)
    for name in floats where names.remove(name) == nil {
      return architecture.roundedNames.contains(name)
        ? "its blocks in floats include \(WeightsError.quoted(name)) twice"
        : "its blocks in floats include \(WeightsError.quoted(name)), which the network does not have"
    }
    return nil
  }
}

extension Graph {
  /// Returns the names of the weights that must have codes in a network with a ``Quantization``, in
  /// the order of the nodes.
  ///
  /// - Parameter floats: ``Quantization/floats``
  package func codedWeights(floats: [String] = []) -> [String] {
    weightsWithCodes(floats: floats).filter { !$0.contains(".se.") }
  }

  /// Returns the names of the weights that can have codes in a network with a ``Quantization``:
  /// ``codedWeights(floats:)``, and those of squeeze-and-excitation.
  package func weightsWithCodes(floats: [String] = []) -> [String] {
    let floats = Set(floats)
    return nodes.compactMap { node in
      switch node.operation {
      case .convolution, .depthwiseConvolution, .linear:
        node.part.roundedName.map(floats.contains) ?? true ? nil : "\(node.name).weight"
      case .input, .averagePool, .batchNorm, .activation, .globalAveragePool, .scale, .add,
        .dropout, .stochasticDepth:
        nil
      }
    }
  }
}

extension Model {
  /// Returns this model with its weights as floats of the same values, and without the rounding of
  /// the feature maps.
  package func withoutQuantization() -> Model {
    var result = self
    result.description.quantization = nil
    result.weights.tensors = weights.tensors.mapValues(\.withoutScales)
    return result
  }

  /// Checks that the weights have codes if the feature maps have them, and only then.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)``.
  func checkCodes() throws(WeightsError) {
    func hasCodes(_ name: String) -> Bool { weights.tensors[name]?.scales != nil }
    if description.quantization == nil {
      guard let name = weights.names.first(where: hasCodes) else { return }
      throw .damaged(
        source: weights.source,
        reason:
          "tensor \(WeightsError.quoted(name)) is int8, but the codes of the feature maps are "
          + "missing")
    }
    let floats = description.quantization?.floats ?? []
    let graph = Graph(description.architecture)
    if let name = graph.codedWeights(floats: floats).first(where: { !hasCodes($0) }) {
      throw .damaged(
        source: weights.source,
        reason: "its feature maps are int8, but tensor \(WeightsError.quoted(name)) is not")
    }
    let allowed = Set(graph.weightsWithCodes(floats: floats))
    if let name = weights.names.first(where: { hasCodes($0) && !allowed.contains($0) }) {
      throw .damaged(
        source: weights.source,
        reason: "tensor \(WeightsError.quoted(name)) is int8, but "
          + (graph.weightsWithCodes().contains(name)
            ? "its block is one of those in floats"
            : "only weights of blocks, the head and the classifier can be"))
    }
    let maps = Set((description.quantization?.maps ?? [:]).keys)
    let coded = description.architecture.codedMaps(floats: floats)
    if let name = coded.symmetricDifference(maps).sorted().first {
      let map = "the feature map of \(WeightsError.quoted(name))"
      throw .damaged(
        source: weights.source,
        reason: !maps.contains(name)
          ? "the codes for \(map) are missing"
          : description.architecture.codedMaps().contains(name)
            ? "it has codes for \(map), which a block in floats reads, so it must have none"
            : "it has codes for \(map), which the network does not have")
    }
  }
}

extension ModelDescription {
  /// Returns the number format for which the model was made: int8 if it is quantized, otherwise
  /// 32-bit floats.
  ///
  /// - Parameter outputs: The requested stages. An int8 network pools the feature map of the head
  ///   without storing it, so the map has no codes; a network that returns it has floats.
  package func ownPrecision(returning outputs: [String] = []) -> Precision {
    guard let quantization else { return .float32 }
    let head = Graph.Part.head.stageName
    return outputs.contains { $0 == head && quantization.maps[$0] == nil } ? .float32 : .int8
  }
}
