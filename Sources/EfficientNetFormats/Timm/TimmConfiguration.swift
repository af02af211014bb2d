public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetSystem

/// What a repository's config.json, as timm writes it, says about a network.
///
/// Source: `save_config_for_hf` and `load_model_config_from_hf` of
/// [timm](https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/_hub.py). Older files have
/// the fields of `pretrained_cfg` beside the others; both forms are read.
public struct TimmConfiguration: Hashable, Sendable {
  /// timm's name of the network, for instance "tf_efficientnet_lite0".
  public let architecture: String
  /// Outputs of the classifier.
  public let numClasses: Int
  /// Channels before the classifier, if the file says so.
  public let numFeatures: Int?
  /// The names of the classes, in the order of the outputs, if the file has them.
  public let labels: [ClassLabel]?
  /// Which weights they are among those of the architecture, for instance "ra_in1k".
  public let tag: String?
  /// For instance "apache-2.0".
  public let license: String?
  /// Sides of the input in pixels.
  public let inputSize: InputSize
  /// Those that timm scores with if asked to; not used here.
  public let testInputSize: InputSize?
  /// Whether the network takes no other size.
  public let hasFixedInputSize: Bool
  /// The part of the resized photo's shorter side that the crop keeps.
  public let cropFraction: Double
  /// Likewise for ``testInputSize``; not used here.
  public let testCropFraction: Double?
  /// The filter's name.
  public let interpolation: String
  /// How a photo is made square, for instance "center".
  public let cropMode: String
  /// What is subtracted from red, green and blue, in units of 0…1.
  public let mean: [Double]
  /// What the difference is divided by, in units of 0…1.
  public let std: [Double]
  /// The file that was read, for messages.
  public let file: String

  /// Extents of an input.
  public struct InputSize: Hashable, Sendable {
    /// Colours.
    public let channels: Int
    /// Rows of pixels.
    public let height: Int
    /// Columns of pixels.
    public let width: Int
  }

  /// The file's name in a repository.
  package static let fileName = "config.json"
  /// The names of weights beside it, the first that is there.
  package static let weightNames = ["model.safetensors", "pytorch_model.bin"]
  /// The most bytes that a file may have.
  package static let maximumSize = 4_000_000

  /// Reads a file.
  ///
  /// - Throws: ``TimmConfigurationError`` that names the file and the key: not JSON, a wrong type, a value out of range.
  public init(path: String) throws(TimmConfigurationError) {
    try self.init(json: Self.contents(of: path), file: path)
  }

  /// The bytes of a file.
  static func contents(of path: String) throws(TimmConfigurationError) -> [UInt8] {
    do { return try FileContents.read(path, limit: maximumSize) } catch { throw .file(error) }
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameter file: For messages.
  /// - Throws: ``TimmConfigurationError``, as ``init(path:)``.
  public init(json: [UInt8], file: String) throws(TimmConfigurationError) {
    let document: TimmConfigurationDocument
    do { document = try decodedJSON(json) } catch {
      throw .configuration(file: file, reason: error.description)
    }
    let (settings, prefix) = (document.settings, document.prefix)
    func fail(_ key: String, _ reason: String) -> TimmConfigurationError {
      .configuration(file: file, reason: "'\(key)' \(reason)")
    }
    func check<Value: Comparable>(
      _ value: Value, _ key: String, _ range: ClosedRange<Value>
    ) throws(TimmConfigurationError) -> Value {
      guard range.contains(value) else {
        throw fail(key, "is \(value); it may be \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    func size(_ extents: [Int]?, _ key: String) throws(TimmConfigurationError) -> InputSize? {
      guard let extents else { return nil }
      guard extents.count == 3 else { throw fail(key, "has \(extents.count) numbers, not 3") }
      return InputSize(
        channels: try check(extents[0], key, 1...1024),
        height: try check(extents[1], key, 1...8192), width: try check(extents[2], key, 1...8192))
    }
    func fraction(_ value: Double?, _ key: String) throws(TimmConfigurationError) -> Double? {
      guard let value else { return nil }
      guard value > 0, value <= 1.5 else {
        throw fail(key, "is \(value); it may be above 0 to 1.5")
      }
      return value
    }
    func colours(
      _ values: [Double]?, _ key: String, _ range: ClosedRange<Double>, _ standard: [Double]
    ) throws(TimmConfigurationError) -> [Double] {
      guard let values else { return standard }
      guard values.count == 3 else { throw fail(key, "has \(values.count) numbers, not 3") }
      for value in values { _ = try check(value, key, range) }
      return values
    }

    self.file = file
    guard let architecture = document.architecture else {
      throw .configuration(
        file: file,
        reason: document.isOfTransformers
          ? "is a configuration of transformers, not of timm" : "'architecture' is missing")
    }
    guard !architecture.isEmpty, architecture.utf8.count <= 200 else {
      throw fail("architecture", "is not a name")
    }
    self.architecture = architecture.oneLine
    if let argument = document.unusableArgument {
      throw fail("model_args", "has \(WeightsError.quoted(argument)), which is not supported")
    }
    guard let classes = document.numClasses ?? settings.numClasses else {
      throw fail("num_classes", "is missing")
    }
    // 0: timm's networks without a classifier.
    numClasses = try check(classes, "num_classes", 0...1_000_000)
    numFeatures = try document.numFeatures.map { (features) throws(TimmConfigurationError) in
      try check(features, "num_features", 1...1_000_000)
    }
    do {
      labels =
        classes == 0
        ? nil
        : try TimmConfigurationDocument.labels(
          names: document.labelNames ?? settings.labelNames,
          descriptions: document.labelDescriptions ?? settings.labelDescriptions, count: classes)
    } catch {
      throw fail("label_names", error.description)
    }
    (tag, license) = (settings.tag?.oneLine, settings.license?.oneLine)
    guard let inputSize = try size(settings.inputSize, prefix + "input_size") else {
      throw fail(prefix + "input_size", "is missing")
    }
    self.inputSize = inputSize
    testInputSize = try size(settings.testInputSize, prefix + "test_input_size")
    hasFixedInputSize = settings.fixedInputSize ?? false
    // What is not said is as timm's resolve_data_config has it.
    cropFraction = try fraction(settings.cropPct, prefix + "crop_pct") ?? 0.875
    testCropFraction = try fraction(settings.testCropPct, prefix + "test_crop_pct")
    interpolation = (settings.interpolation ?? "bicubic").oneLine
    cropMode = (settings.cropMode ?? "center").oneLine
    mean = try colours(settings.mean, prefix + "mean", -10...10, [0.485, 0.456, 0.406])
    std = try colours(settings.std, prefix + "std", 1e-4...10, [0.229, 0.224, 0.225])
  }
}

/// A config.json that cannot be read or used.
public enum TimmConfigurationError: Error, Hashable, CustomStringConvertible {
  /// It says what cannot be used. The reason completes a sentence that starts with the file.
  case configuration(file: String, reason: String)
  /// The system did not let it be read.
  case file(FileError)

  /// One line that names the file.
  public var description: String {
    switch self {
    case .configuration(let file, let reason): "\(file): \(reason)".oneLine
    case .file(let error): error.description.oneLine
    }
  }
}
