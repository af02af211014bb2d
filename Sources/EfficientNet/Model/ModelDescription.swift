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
    if architecture.inputChannels != 3 {
      return "its network takes \(architecture.inputChannels) channels, photos have 3"
    }
    return nil
  }
}

extension Variant {
  /// What was done to photos when the published weights of the variant were trained and scored: the
  /// shorter side resized to the resolution and 32 pixels more, the middle cropped.
  ///
  /// Source: preprocessing.py of [the official code](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet)
  /// (CROP_PADDING) and its lite/ folder (mean 127, deviation 128).
  public var preprocessing: Preprocessing {
    let mean: [Float]
    let std: [Float]
    switch family {
    case .efficientNet:
      mean = [123.675, 116.28, 103.53]
      std = [58.395, 57.12, 57.375]
    case .lite:
      mean = [127, 127, 127]
      std = [128, 128, 128]
    }
    return Preprocessing(
      resize: scale.resolution + 32, crop: scale.resolution, interpolation: .bicubic, mean: mean,
      std: std)
  }

  /// The variant with its published preprocessing and the classes of ImageNet.
  public func imageNetDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: architecture, preprocessing: preprocessing, classes: ClassLabel.imageNet,
      provenance: provenance)
  }
}
