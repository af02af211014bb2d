public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetSystem

/// The description of a network in a repository's config.json, as timm writes it.
///
/// Older files have the fields of `pretrained_cfg` at the top level; both forms are supported.
///
/// Source: `save_config_for_hf` and `load_model_config_from_hf` of
/// [timm](https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/_hub.py).
public struct TimmConfiguration: Hashable, Sendable {
  /// timm's name of the network, such as "tf_efficientnet_lite0".
  public let architecture: String
  /// The number of outputs of the classifier; 0 for a network without a classifier.
  public let numClasses: Int
  /// The number of channels before the classifier, or nil if the file does not state it.
  public let numFeatures: Int?
  /// The names of the classes in the order of the outputs, or nil if the file has none.
  public let labels: [ClassLabel]?
  /// The name of the weights among those of the architecture, such as "ra_in1k".
  public let tag: String?
  /// The license of the weights, such as "apache-2.0".
  public let license: String?
  /// The size of the input that the network was trained with.
  public let inputSize: InputSize
  /// The size of the input that timm can use for evaluation instead; not used here.
  public let testInputSize: InputSize?
  /// Whether the network accepts no other input size.
  public let hasFixedInputSize: Bool
  /// The fraction of the resized photo's shorter side that the crop keeps.
  public let cropFraction: Double
  /// The fraction for ``testInputSize``; not used here.
  public let testCropFraction: Double?
  /// The name of the resize filter, such as "bicubic".
  public let interpolation: String
  /// The method that makes a photo square, such as "center".
  public let cropMode: String
  /// The mean that is subtracted from red, green and blue, in units of 0…1.
  public let mean: [Double]
  /// The deviation that divides the difference, in units of 0…1.
  public let std: [Double]
  /// The name of the file in messages.
  public let file: String

  /// The extents of an input.
  public struct InputSize: Hashable, Sendable {
    /// The number of color channels.
    public let channels: Int
    /// The number of pixel rows.
    public let height: Int
    /// The number of pixel columns.
    public let width: Int
  }

  package static let fileName = "config.json"
  /// The names of weight files in a repository; the first that exists is used.
  package static let weightNames = ["model.safetensors", "pytorch_model.bin"]
  /// The largest size of a file in bytes.
  package static let maximumSize = 4_000_000

  /// Reads a config.json.
  ///
  /// - Parameter path: The file, of at most 4 MB.
  /// - Throws: ``TimmConfigurationError``, which names the file and the key, if the file is not
  ///   JSON, a value has the wrong type, or a value is out of range.
  public init(path: String) throws(TimmConfigurationError) {
    try self.init(json: Self.contents(of: path), file: path)
  }

  static func contents(of path: String) throws(TimmConfigurationError) -> [UInt8] {
    do { return try FileContents.read(path, limit: maximumSize) } catch { throw .file(error) }
  }

  /// Reads a config.json in memory.
  ///
  /// - Parameters:
  ///   - json: The bytes of the file.
  ///   - file: The name of the file in messages.
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
        throw fail(key, "is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
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
        throw fail(key, "is \(value); it must be above 0 and at most 1.5")
      }
      return value
    }
    func colors(
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
          ? "is a configuration of transformers, not of timm; use a repository of timm"
          : "'architecture' is missing")
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
    // 0 stands for a network without a classifier.
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
    // The defaults are those of timm's resolve_data_config.
    cropFraction = try fraction(settings.cropPct, prefix + "crop_pct") ?? 0.875
    testCropFraction = try fraction(settings.testCropPct, prefix + "test_crop_pct")
    interpolation = (settings.interpolation ?? "bicubic").oneLine
    cropMode = (settings.cropMode ?? "center").oneLine
    mean = try colors(settings.mean, prefix + "mean", -10...10, [0.485, 0.456, 0.406])
    std = try colors(settings.std, prefix + "std", 1e-4...10, [0.229, 0.224, 0.225])
  }
}

/// An error of reading or using a config.json.
public enum TimmConfigurationError: LibraryError {
  /// The file contains something that cannot be used. The reason is a phrase behind the name of the
  /// file.
  case configuration(file: String, reason: String)
  /// The operating system did not let the file be read.
  case file(FileError)

  /// One line that names the file and the cause.
  public var description: String {
    switch self {
    case .configuration(let file, let reason): "\(file): \(reason)".oneLine
    case .file(let error): error.description.oneLine
    }
  }
}

extension TimmConfigurationError {
  /// The name of the case, for metrics, logs and fields of JSON.
  public var kind: String {
    switch self {
    case .configuration: "configuration"
    case .file: "file"
    }
  }
}
