/// All that is needed to use a network's weights: nothing about sizes, padding, preprocessing or classes is
/// left for the user to remember.
public struct ModelDescription: Hashable, Codable, Sendable {
  /// How logits become probabilities.
  public enum Output: String, Hashable, Codable, Sendable {
    /// One class is right: the probabilities add up to one.
    case softmax
    /// Every class for itself: several may be right, or none.
    case sigmoid
  }

  /// The network, with its padding and batch-norm epsilon.
  public var architecture: Architecture
  /// What happens to a photo before the network sees it.
  public var preprocessing: Preprocessing
  /// What the outputs stand for: as many as the network has classes, none without a classifier.
  public var classes: [ClassLabel]
  /// How logits become probabilities.
  public var output: Output
  /// Where the weights come from, in words.
  public var provenance: String

  /// A description.
  public init(
    architecture: Architecture, preprocessing: Preprocessing, classes: [ClassLabel],
    output: Output = .softmax, provenance: String
  ) {
    (self.architecture, self.preprocessing) = (architecture, preprocessing)
    (self.classes, self.output, self.provenance) = (classes, output, provenance)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case architecture, preprocessing, classes, output, provenance
  }

  /// Reads the fields; without `output` it is softmax.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    architecture = try fields.decode(Architecture.self, forKey: .architecture)
    preprocessing = try fields.decode(Preprocessing.self, forKey: .preprocessing)
    classes = try fields.decode([ClassLabel].self, forKey: .classes)
    output = try fields.decodeIfPresent(Output.self, forKey: .output) ?? .softmax
    provenance = try fields.decode(String.self, forKey: .provenance)
  }

  /// What is wrong with the description, taken together; nil if nothing.
  package var complaint: String? {
    if classes.count != architecture.classes {
      return "it has \(classes.count) labels for \(architecture.classes) classes"
    }
    if preprocessing.crop != architecture.resolution {
      return
        "it crops to \(preprocessing.crop) pixels, the network takes \(architecture.resolution)"
    }
    if preprocessing.resize > 4 * architecture.resolution + 1024 {
      return "it resizes to \(preprocessing.resize) pixels"
    }
    return nil
  }
}
