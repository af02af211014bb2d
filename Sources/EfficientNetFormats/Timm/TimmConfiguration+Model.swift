public import EfficientNet
internal import EfficientNetSystem

extension TimmConfiguration {
  /// Reads the configuration beside a weight file in a repository's folder; nil if there is none of
  /// timm's.
  ///
  /// - Throws: ``TimmConfigurationError`` if the configuration cannot be read or used.
  init?(besideWeights path: String) throws(TimmConfigurationError) {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    let file = String(path.dropLast(name.count)) + Self.fileName
    guard Self.weightNames.contains(String(name)), Self.mayExist(file) else { return nil }
    let bytes = try Self.contents(of: file)
    // Files of other libraries have the same name.
    guard String(decoding: bytes, as: UTF8.self).contains("\"architecture\"") else { return nil }
    try self.init(json: bytes, file: file)
  }

  /// Returns whether the file exists, or whether the system does not tell.
  private static func mayExist(_ path: String) -> Bool {
    do { return try FileStatus.look(path) != nil } catch { return true }
  }

  /// Returns timm's preprocessing of a photo for the size that the network was trained with.
  ///
  /// The shorter side is resized to `⌊size / cropFraction⌋` pixels, and the middle is cropped.
  ///
  /// Source: `transforms_imagenet_eval` of
  /// [timm](https://github.com/huggingface/pytorch-image-models/blob/main/timm/data/transforms_factory.py).
  ///
  /// - Throws: ``TimmConfigurationError`` for unsupported preprocessing: inputs that are not square
  ///   or not in color, filters other than bicubic and bilinear, crop modes other than "center"
  ///   and "squash".
  public func preprocessing() throws(TimmConfigurationError) -> Preprocessing {
    func unsupported(_ key: String, _ value: String, _ known: String) -> TimmConfigurationError {
      .configuration(
        file: file, reason: "'\(key)' is \(value), which is not supported; expected \(known)")
    }
    let size = inputSize.width
    guard inputSize.channels == 3, inputSize.height == size else {
      throw unsupported(
        "input_size", "\(inputSize.channels)×\(inputSize.height)×\(inputSize.width)",
        "a square in 3 colors")
    }
    guard ["center", "squash"].contains(cropMode) else {
      throw unsupported("crop_mode", WeightsError.quoted(cropMode), "'center' or 'squash'")
    }
    guard let filter = Interpolation(rawValue: interpolation) else {
      throw unsupported(
        "interpolation", WeightsError.quoted(interpolation), "'bicubic' or 'bilinear'")
    }
    let resize = (Double(size) / cropFraction).rounded(.down)
    // The limits of a model's description.
    guard resize >= 1, resize <= Double(4 * size + 1024) else {
      throw unsupported("crop_pct", "\(cropFraction)", "0.25 to 1.5")
    }
    return Preprocessing(
      resize: Int(resize), crop: size, interpolation: filter, squash: cropMode == "squash",
      mean: mean.map { Float(255 * $0) }, std: std.map { Float(255 * $0) })
  }

  /// Returns the description of the network as timm builds it.
  ///
  /// - Parameter provenance: The origin of the weights, for the description.
  /// - Throws: ``TimmConfigurationError`` if the network is unknown or its preprocessing is not
  ///   supported.
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

  /// Returns the labels of the outputs.
  ///
  /// They are the names in the file. Without names, they are those of ImageNet for 1,000 classes,
  /// and "class 0", "class 1", … for other numbers.
  ///
  /// - Parameter count: The number of the network's outputs.
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
