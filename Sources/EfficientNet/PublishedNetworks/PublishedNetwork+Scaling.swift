extension PublishedNetwork {
  /// The network at another scale, with the classes of ImageNet: what is nil stays as it is.
  ///
  /// - Parameters:
  ///   - width: Factor on the channels of the family's baseline.
  ///   - depth: Factor on the repeats of the family's baseline.
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
  /// A network of one's own at another scale, by EfficientNet's rounding: what is nil stays as it is.
  package func scaled(width: Double?, depth: Double?) -> Architecture {
    guard width != nil || depth != nil else { return self }
    return scaled(
      by: CompoundScale(
        width: width ?? 1, depth: depth ?? 1, resolution: resolution, dropout: dropout),
      name: name + scaleSuffix(width: width, depth: depth))
  }

  /// The network with a preprocessing that suits it where nothing else is known, that of the official B0
  /// in proportion, and the classes of ImageNet if there are as many.
  ///
  /// - Precondition: ``validate()`` accepts it.
  public func standardDescription(provenance: String) -> ModelDescription {
    ModelDescription(
      architecture: self,
      preprocessing: .imageNet(resize: resolution + resolution / 7, crop: resolution),
      classes: classes == ClassLabel.imageNet.count
        ? ClassLabel.imageNet : ClassLabel.numbered(classes),
      provenance: provenance)
  }
}

/// What a scale adds to a name, for instance "-w1.3-d1.5".
private func scaleSuffix(width: Double?, depth: Double?) -> String {
  (width.map { "-w\($0)" } ?? "") + (depth.map { "-d\($0)" } ?? "")
}
