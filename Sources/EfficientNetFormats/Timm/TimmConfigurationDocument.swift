internal import EfficientNet

/// The JSON of a config.json with checked types but unchecked values.
struct TimmConfigurationDocument: Decodable {
  var architecture: String?
  var numClasses: Int?
  var numFeatures: Int?
  var labelNames: Labels?
  var labelDescriptions: [String: String]?
  /// Whether the file has the key that transformers writes instead of the architecture.
  var isOfTransformers: Bool
  /// An argument that changes the network and is not supported, or nil.
  var unusableArgument: String?
  var settings: Settings
  /// The prefix of the settings' keys in messages.
  var prefix: String

  private enum CodingKeys: String, CodingKey {
    case architecture, architectures, labels
    case numClasses = "num_classes"
    case numFeatures = "num_features"
    case labelNames = "label_names"
    case labelDescriptions = "label_descriptions"
    case settings = "pretrained_cfg"
    case arguments = "model_args"
  }

  /// Arguments without effect here, or repeated elsewhere in the file.
  private static let harmlessArguments: Set<String> = [
    "num_classes", "drop_rate", "drop_path_rate", "pretrained",
  ]

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try fields.decodeIfPresent(String.self, forKey: .architecture)
    isOfTransformers = fields.contains(.architectures)
    numClasses = try fields.decodeIfPresent(Int.self, forKey: .numClasses)
    numFeatures = try fields.decodeIfPresent(Int.self, forKey: .numFeatures)
    // "labels" is the older name.
    labelNames =
      try fields.decodeIfPresent(Labels.self, forKey: .labelNames)
      ?? fields.decodeIfPresent(Labels.self, forKey: .labels)
    labelDescriptions = try fields.decodeIfPresent(
      [String: String].self, forKey: .labelDescriptions)
    let nested = try fields.decodeIfPresent(Settings.self, forKey: .settings)
    if fields.contains(.arguments), try !fields.decodeNil(forKey: .arguments) {
      let arguments = try fields.nestedContainer(keyedBy: AnyKey.self, forKey: .arguments)
      unusableArgument = arguments.allKeys.map(\.stringValue).sorted()
        .first { !Self.harmlessArguments.contains($0) }
    }
    settings = try nested ?? Settings(from: decoder)
    prefix = nested == nil ? "" : "pretrained_cfg."
  }

  /// The preprocessing and the origin of the weights.
  struct Settings: Decodable {
    var tag: String?
    var license: String?
    var numClasses: Int?
    var inputSize: [Int]?
    var testInputSize: [Int]?
    var fixedInputSize: Bool?
    var cropPct: Double?
    var testCropPct: Double?
    var interpolation: String?
    var cropMode: String?
    var mean: [Double]?
    var std: [Double]?
    var labelNames: Labels?
    var labelDescriptions: [String: String]?

    private enum CodingKeys: String, CodingKey {
      case tag, license, interpolation, mean, std
      case numClasses = "num_classes"
      case inputSize = "input_size"
      case testInputSize = "test_input_size"
      case fixedInputSize = "fixed_input_size"
      case cropPct = "crop_pct"
      case testCropPct = "test_crop_pct"
      case cropMode = "crop_mode"
      case labelNames = "label_names"
      case labelDescriptions = "label_descriptions"
    }
  }

  /// The names of the classes: all of them in order, or those of some outputs.
  enum Labels: Decodable {
    case list([String])
    case byOutput([String: String])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let names = try? value.decode([String].self) {
        self = .list(names)
      } else {
        self = .byOutput(try value.decode([String: String].self))
      }
    }
  }

  /// Returns the labels of all outputs, or nil if there are no names.
  ///
  /// A name with a description is the identifier of a class, such as one of WordNet; the
  /// description becomes the label.
  ///
  /// - Throws: ``FieldError`` if the names do not match the classes.
  static func labels(
    names: Labels?, descriptions: [String: String]?, count: Int
  ) throws(FieldError) -> [ClassLabel]? {
    func label(_ name: String) -> ClassLabel {
      let digits = name.utf8.dropFirst()
      let isWordNet =
        name.utf8.count == 9 && name.hasPrefix("n")
        && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      let description = descriptions?[name] ?? name
      return ClassLabel(name: description.oneLine, wnid: isWordNet ? name : nil)
    }
    switch names {
    case nil:
      return nil
    case .list(let names):
      guard names.count == count else {
        throw FieldError("has \(names.count) names for \(count) classes")
      }
      return names.map(label)
    case .byOutput(let names):
      var labels = ClassLabel.numbered(count)
      for (key, name) in names {
        guard let output = Int(key), labels.indices.contains(output) else {
          throw FieldError("names output \(WeightsError.quoted(key)) of \(count) classes")
        }
        labels[output] = label(name)
      }
      return labels
    }
  }
}
