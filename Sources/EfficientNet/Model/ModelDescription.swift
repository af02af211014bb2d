internal import EfficientNetCompute

/// Everything that is needed to use a network's weights: architecture, preprocessing, classes and
/// origin.
public struct ModelDescription: Hashable, Codable, Sendable {
  /// The function that turns logits into probabilities.
  public enum Output: String, Hashable, Codable, Sendable, CaseIterable {
    /// Exactly one class is right: the probabilities add up to 1.
    case softmax
    /// Each class is right or wrong independently: several may be right, or none.
    case sigmoid
  }

  /// The network, with its padding and batch-norm epsilon.
  public var architecture: Architecture
  /// The preprocessing of photos.
  public var preprocessing: Preprocessing
  /// The labels of the outputs: one per class of the network, none for a network without a
  /// classifier.
  public var classes: [ClassLabel]
  /// The function that turns logits into probabilities.
  public var output: Output
  /// The origin of the weights, in words.
  public var provenance: String
  /// The rounding of the feature maps to 8 bits; nil for a network of floats.
  public var quantization: Quantization?

  /// Creates a description.
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - preprocessing: The preprocessing of photos; it must crop to the network's resolution.
  ///   - classes: The labels of the outputs, as many as the network has classes.
  ///   - output: The function that turns logits into probabilities.
  ///   - provenance: The origin of the weights, in words.
  ///   - quantization: The rounding of the feature maps to 8 bits; nil for a network of floats.
  public init(
    architecture: Architecture, preprocessing: Preprocessing, classes: [ClassLabel],
    output: Output = .softmax, provenance: String, quantization: Quantization? = nil
  ) {
    (self.architecture, self.preprocessing) = (architecture, preprocessing)
    (self.classes, self.output, self.provenance) = (classes, output, provenance)
    self.quantization = quantization
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case architecture, preprocessing, classes, output, provenance, quantization
  }

  /// Decodes a description. `output` may be absent; it is then softmax. So may `quantization`.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    architecture = try fields.decode(Architecture.self, forKey: .architecture)
    preprocessing = try fields.decode(Preprocessing.self, forKey: .preprocessing)
    classes = try fields.decode([ClassLabel].self, forKey: .classes)
    output = try fields.decodeNameIfPresent(forKey: .output) ?? .softmax
    provenance = try fields.decode(String.self, forKey: .provenance)
    quantization = try fields.decodeIfPresent(Quantization.self, forKey: .quantization)
  }

  /// The first contradiction between the parts of the description; nil if there is none.
  package var complaint: String? {
    if classes.count != architecture.classes {
      return "it has \(classes.count) labels for \(architecture.classes) classes"
    }
    if preprocessing.crop != architecture.resolution {
      return
        "it crops to \(preprocessing.crop) pixels; the network takes \(architecture.resolution)"
    }
    let most = 4 * architecture.resolution + 1024
    if preprocessing.resize > most {
      return "it resizes to \(preprocessing.resize) pixels; the limit for this network is \(most)"
    }
    return quantization?.complaint(for: architecture)
  }
}

extension ModelDescription: CustomStringConvertible {
  /// One line without the classes' names, such as "b0, 224 pixels, 1000 classes (softmax), timm's
  /// weights".
  public var description: String {
    let rounding = quantization == nil ? "" : ", int8"
    return
      ("\(architecture.name), \(architecture.resolution) pixels\(rounding), "
      + "\(classes.count) classes (\(output)), \(provenance)").oneLine
  }
}
