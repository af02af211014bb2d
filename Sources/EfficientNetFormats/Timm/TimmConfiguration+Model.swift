public import EfficientNet
internal import EfficientNetSystem

extension TimmConfiguration {
  /// The configuration beside a weight file, where it lies in a repository's folder; nil if there is none of timm's.
  ///
  /// - Throws: ``TimmConfigurationError`` if there is one and it cannot be read or used.
  init?(besideWeights path: String) throws(TimmConfigurationError) {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    let file = String(path.dropLast(name.count)) + Self.fileName
    guard Self.weightNames.contains(String(name)), Self.mayExist(file) else { return nil }
    let bytes = try Self.contents(of: file)
    // Other libraries' files have the same name.
    guard String(decoding: bytes, as: UTF8.self).contains("\"architecture\"") else { return nil }
    try self.init(json: bytes, file: file)
  }

  /// Whether there is a file, or the system does not say.
  private static func mayExist(_ path: String) -> Bool {
    do { return try FileStatus.look(path) != nil } catch { return true }
  }

  /// What timm does to a photo before the network sees it, for the size that the network was trained with.
  ///
  /// The shorter side is resized to `⌊size / cropFraction⌋`, the middle cropped.
  ///
  /// Source: `transforms_imagenet_eval` of
  /// [timm](https://github.com/huggingface/pytorch-image-models/blob/main/timm/data/transforms_factory.py).
  ///
  /// - Throws: ``TimmConfigurationError`` for what our preprocessing does not do: inputs that are not square or not in colour,
  ///   other filters than bicubic and bilinear, other modes than "center".
  public func preprocessing() throws(TimmConfigurationError) -> Preprocessing {
    func unsupported(_ key: String, _ value: String, _ known: String) -> TimmConfigurationError {
      .configuration(
        file: file, reason: "'\(key)' is \(value), which is not supported; \(known) is")
    }
    let size = inputSize.width
    guard inputSize.channels == 3, inputSize.height == size else {
      throw unsupported(
        "input_size", "\(inputSize.channels)×\(inputSize.height)×\(inputSize.width)",
        "a square in 3 colours")
    }
    guard ["center", "squash"].contains(cropMode) else {
      throw unsupported("crop_mode", WeightsError.quoted(cropMode), "'center' or 'squash'")
    }
    guard let filter = Interpolation(rawValue: interpolation) else {
      throw unsupported(
        "interpolation", WeightsError.quoted(interpolation), "'bicubic' or 'bilinear'")
    }
    let resize = (Double(size) / cropFraction).rounded(.down)
    // As far as a model's description may go.
    guard resize >= 1, resize <= Double(4 * size + 1024) else {
      throw unsupported("crop_pct", "\(cropFraction)", "0.25 to 1.5")
    }
    return Preprocessing(
      resize: Int(resize), crop: size, interpolation: filter, squash: cropMode == "squash",
      mean: mean.map { Float(255 * $0) }, std: std.map { Float(255 * $0) })
  }

  /// The network, as timm builds it.
  ///
  /// - Throws: ``TimmConfigurationError`` if the network or its preprocessing is none that is known.
  public func description(provenance: String) throws(TimmConfigurationError) -> ModelDescription {
    let network: PublishedNetwork
    do {
      network = try PublishedNetwork(named: "timm/\(architecture)")
    } catch {
      throw .configuration(file: file, reason: "'architecture': \(error)")
    }
    let preprocessing = try preprocessing()
    var architecture = network.architecture
    architecture.resolution = preprocessing.crop
    architecture.classes = numClasses
    return ModelDescription(
      architecture: architecture, preprocessing: preprocessing,
      classes: try classLabels(count: numClasses), provenance: provenance)
  }

  /// What the outputs stand for: the names in the file; those of ImageNet where it has none and there are 1,000
  /// classes; else "class 0", "class 1", ….
  ///
  /// - Parameter count: The network's outputs.
  /// - Throws: ``TimmConfigurationError`` if the file is for another number of classes.
  public func classLabels(count: Int) throws(TimmConfigurationError) -> [ClassLabel] {
    guard count == numClasses else {
      throw .configuration(
        file: file, reason: "'num_classes' is \(numClasses), the network has \(count) outputs")
    }
    if let labels { return labels }
    return count == ClassLabel.imageNet.count
      ? ClassLabel.imageNet : ClassLabel.numbered(count)
  }
}
