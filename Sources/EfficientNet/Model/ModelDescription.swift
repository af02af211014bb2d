/// All that is needed to use a network's weights: nothing about sizes, padding, preprocessing or classes is
/// left for the user to remember.
public struct ModelDescription: Hashable, Codable, Sendable {
  /// The network, with its padding and batch-norm epsilon.
  public var architecture: Architecture
  /// What happens to a photo before the network sees it.
  public var preprocessing: Preprocessing
  /// What the outputs stand for: as many as the network has classes.
  public var classes: [ClassLabel]
  /// Where the weights come from, in words.
  public var provenance: String

  /// A description.
  public init(
    architecture: Architecture, preprocessing: Preprocessing, classes: [ClassLabel],
    provenance: String
  ) {
    (self.architecture, self.preprocessing) = (architecture, preprocessing)
    (self.classes, self.provenance) = (classes, provenance)
  }

  /// What is wrong with the description, taken together; nil if nothing.
  var complaint: String? {
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
