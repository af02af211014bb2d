import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetImages

/// Which network runs, with which weights, on how many threads.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var numbers: PrecisionOptions
  @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
  var threads: Int?

  func validate() throws {
    try Self.check(threads ?? 1, "--threads", 1...1024)
  }

  /// The network that runs where none is named.
  private static let standardModel = "lite0"

  /// The network and its weights: those of --weights, or else the downloaded ones of --model.
  func model(needsClassifier: Bool = true) throws -> Model {
    try Self.model(network, file, needsClassifier: needsClassifier)
  }

  /// The network that the options name, with the weights of a file or those that were downloaded.
  static func model(
    _ network: ModelOptions, _ file: WeightOptions, needsClassifier: Bool = true
  ) throws -> Model {
    if let weights = file.weights {
      return try network.load(
        weights, prefersEMA: file.prefersEMA, needsClassifier: needsClassifier)
    }
    let name = network.model ?? standardModel
    if network.width != nil || network.depth != nil {
      throw ValidationError("--width and --depth need --weights that fit them")
    }
    var model: Model
    switch try ModelOptions.source(of: name) {
    case .file:
      throw ValidationError("\(name) describes a network: name its weights with --weights")
    case .snapshot(let snapshot):
      do {
        model = try ModelOptions.noting {
          try snapshot.model(allowsMissingHead: !needsClassifier)
        }
      } catch let error as MissingClassifier {
        throw error
      } catch {
        throw UnusableCache(name: name, error: error)
      }
    case .implementation(let implementation):
      let cache = try ModelCache.standard
      guard cache.contains(name) else {
        throw MissingWeights(name: name, path: cache.path(of: name))
      }
      do {
        model = try ModelOptions.noting {
          try Model(
            weightFile: cache.path(of: name),
            for: implementation.imageNetDescription(provenance: ""))
        }
      } catch {
        throw UnusableCache(name: name, error: error)
      }
    }
    if let resolution = network.resolution { model = try model.withResolution(resolution) }
    return model
  }

  /// The files that are read.
  var files: [String] {
    if let weights = file.weights {
      return [weights] + [network.model].compactMap(\.self).filter { $0.hasSuffix(".json") }
    }
    let name = network.model ?? Self.standardModel
    if case .snapshot(let snapshot) = try? ModelOptions.source(of: name) {
      return [snapshot.weightsPath, snapshot.configurationPath]
    }
    // Without a cache nothing is read.
    return [(try? ModelCache.standard)?.path(of: name)].compactMap(\.self)
  }

  /// - Throws: `ValidationError` if a number is out of range.
  static func check(_ value: Int, _ option: String, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(option) is \(value); it may be \(range.lowerBound) to \(range.upperBound)")
    }
  }
}

/// A weight file and how to read it.
struct WeightOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A weight file: safetensors, PyTorch or Keras. One that does not say its network, and fits several, \
      needs --model.
      """, valueName: "file"))
  var weights: String?
  @Flag(help: "Take the trained weights of a checkpoint that also has their moving averages.")
  var noEma = false

  var prefersEMA: Bool { !noEma }
}

/// Names of classes from a file.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Names of the classes, one a line, as many as the network has, in place of those in the weights.",
      valueName: "file"))
  var labels: String?

  /// The labels of the file, as many as `count`; nil without a file.
  func read(count: Int) throws -> [ClassLabel]? {
    guard let labels else { return nil }
    let classes = try ClassLabel.read(path: labels)
    guard classes.count == count else {
      throw LabelsError.count(path: labels, found: classes.count, expected: count)
    }
    return classes
  }
}

/// No weights were downloaded for a network.
struct MissingWeights: Error, CustomStringConvertible {
  let name: String
  let path: String

  var description: String {
    PretrainedModel(named: name) != nil
      ? "there are no weights for \(name) at \(path); download them with 'effnet pull \(name)'"
      : "there are no weights for \(name) at \(path): name a file with --weights, "
        + "or pull a repository like timm/efficientnet_b0.ra_in1k"
  }
}

/// Downloaded weights that do not load any more.
struct UnusableCache: Error, CustomStringConvertible {
  let name: String
  let error: any Error

  var description: String {
    let isPulled = PretrainedModel(named: name) != nil || (try? HubRepository(name)) != nil
    return isPulled ? "\(error); 'effnet pull \(name) --force' downloads it again" : "\(error)"
  }
}

/// How photos are decoded.
struct DecodingArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most pixels a photo may have: small files can claim huge sizes.", valueName: "pixels"))
  var maxPixels = DecodingOptions().maximumPixels
  @Flag(help: "Leave photos as they are stored, whatever their EXIF orientation says.")
  var noOrientation = false

  func validate() throws {
    try NetworkOptions.check(maxPixels, "--max-pixels", 1...Int(Int32.max))
  }

  var options: DecodingOptions {
    DecodingOptions(maximumPixels: maxPixels, appliesOrientation: !noOrientation)
  }
}
