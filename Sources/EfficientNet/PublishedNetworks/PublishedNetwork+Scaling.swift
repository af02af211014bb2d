extension PublishedNetwork {
  /// Describes the network at another scale, with the classes of ImageNet. A factor of nil keeps
  /// the variant's own.
  ///
  /// - Parameters:
  ///   - width: The factor on the channels of the family's baseline.
  ///   - depth: The factor on the repeats of the family's baseline.
  package func description(
    width: Double? = nil, depth: Double? = nil, provenance: String
  ) -> ModelDescription {
    var description = imageNetDescription(provenance: provenance)
    if width != nil || depth != nil {
      var scale = variant.scale
      scale.width = width ?? scale.width
      scale.depth = depth ?? scale.depth
      let scaled = Variant(name: variant.name, family: variant.family, scale: scale)
      description.architecture = framework.architecture(of: scaled)
      description.architecture.resolution = preprocessing.crop
      description.architecture.name = name + scaleSuffix(width: width, depth: depth)
    }
    return description
  }
}

extension Architecture {
  /// Returns this network at another scale, by EfficientNet's rounding. A factor of nil changes
  /// nothing.
  package func scaled(width: Double?, depth: Double?) -> Architecture {
    guard width != nil || depth != nil else { return self }
    return scaled(
      by: CompoundScale(
        width: width ?? 1, depth: depth ?? 1, resolution: resolution, dropout: dropout),
      name: name + scaleSuffix(width: width, depth: depth))
  }

  /// Describes the network with default preprocessing and class labels.
  ///
  /// The preprocessing is the official B0's in proportion to the resolution. The labels are
  /// ImageNet's if the network has 1,000 classes, otherwise "class 0", "class 1", and so on.
  ///
  /// - Parameter provenance: The origin of the weights, in words.
  /// - Precondition: ``Architecture/validate()`` accepts the network.
  public func standardDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: self,
      preprocessing: .imageNet(resize: 256, crop: 224).at(resolution: resolution),
      classes: classes == ClassLabel.imageNet.count
        ? ClassLabel.imageNet : ClassLabel.numbered(classes),
      provenance: provenance)
  }
}

/// Returns the suffix of a scaled network's name, for instance "-w1.3-d1.5".
private func scaleSuffix(width: Double?, depth: Double?) -> String {
  (width.map { "-w\($0)" } ?? "") + (depth.map { "-d\($0)" } ?? "")
}
