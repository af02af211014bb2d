internal import EfficientNet
internal import EfficientNetCompute

/// The JSON of a config.json, of the right types but otherwise unchecked.
struct TimmConfigurationDocument {
  var base: Base
  var settings: Settings
  /// What comes before the keys of the settings in messages.
  var prefix: String

  /// - Throws: ``TimmConfigurationError`` that names the file and the key.
  init(json: [UInt8], file: String) throws(TimmConfigurationError) {
    do {
      base = try decodedJSON(json)
      settings = try base.settings ?? decodedJSON(json)
      prefix = base.settings == nil ? "" : "pretrained_cfg."
    } catch {
      throw .configuration(file: file, reason: "\(error)")
    }
  }

  /// What is beside the settings.
  struct Base: Decodable {
    var architecture: String?
    var numClasses: Int?
    var numFeatures: Int?
    var labelNames: Labels?
    var labelDescriptions: [String: String]?
    var settings: Settings?
    /// Whether it has the key that transformers writes in place of the architecture.
    var isOfTransformers: Bool
    /// What the network was built with besides its name, and changes it.
    var unusableArgument: String?

    private enum CodingKeys: String, CodingKey {
      case architecture, architectures, labels
      case numClasses = "num_classes"
      case numFeatures = "num_features"
      case labelNames = "label_names"
      case labelDescriptions = "label_descriptions"
      case settings = "pretrained_cfg"
      case arguments = "model_args"
    }

    /// Arguments that say nothing that matters, or what is said elsewhere too.
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
      settings = try fields.decodeIfPresent(Settings.self, forKey: .settings)
      if fields.contains(.arguments), try !fields.decodeNil(forKey: .arguments) {
        let arguments = try fields.nestedContainer(keyedBy: AnyKey.self, forKey: .arguments)
        unusableArgument = arguments.allKeys.map(\.stringValue).sorted()
          .first { !Self.harmlessArguments.contains($0) }
      }
    }
  }

  /// The preprocessing and what the weights are.
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

  /// Names of the classes: all of them in their order, or those of some outputs.
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

  /// Why names do not fit the classes.
  struct LabelError: Error {
    let reason: String
  }

  /// The labels of all outputs, or nil if there are no names.
  ///
  /// A name is a class's identifier, of WordNet for instance, where a description stands beside it.
  static func labels(
    names: Labels?, descriptions: [String: String]?, count: Int
  ) throws(LabelError) -> [ClassLabel]? {
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
        throw LabelError(reason: "has \(names.count) names for \(count) classes")
      }
      return names.map(label)
    case .byOutput(let names):
      var labels = ClassLabel.numbered(count)
      for (key, name) in names {
        guard let output = Int(key), labels.indices.contains(output) else {
          throw LabelError(reason: "names output \(WeightsError.quoted(key)) of \(count) classes")
        }
        labels[output] = label(name)
      }
      return labels
    }
  }
}
