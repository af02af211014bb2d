#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetFormats
  import EfficientNetImages

  /// Which network runs, with which weights, on how many threads.
  struct NetworkOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "The network; its downloaded weights are used, or those of --weights. 'effnet models' lists them (default: lite0).",
        valueName: "name"))
    var model: String?
    @Option(
      help: ArgumentHelp(
        "A weight file: safetensors, or PyTorch; one that does not say its network needs --model.",
        valueName: "file"))
    var weights: String?
    @Option(
      help: ArgumentHelp(
        "Names of the classes, one a line, as many as the network has, in place of those in the weights.",
        valueName: "file"))
    var labels: String?
    @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
    var threads: Int?

    func validate() throws {
      try Self.check(threads ?? 1, "--threads", 1...1024)
      if let model {
        do { _ = try Variant(named: model) } catch { throw ValidationError("\(error)") }
      }
    }

    /// The classifier that the options describe.
    func classifier() throws -> Classifier {
      var model = try loadModel()
      if let labels {
        model.description.classes = try ClassLabel.read(path: labels)
        let expected = model.description.architecture.classes
        guard model.description.classes.count == expected else {
          throw LabelsError.count(
            path: labels, found: model.description.classes.count, expected: expected)
        }
      }
      return try Classifier(model, pool: ThreadPool(threads: threads))
    }

    /// The files that are read.
    var files: [String] {
      [weights ?? ModelCache.standard.path(of: model ?? "lite0"), labels].compactMap(\.self)
    }

    private func loadModel() throws -> Model {
      if let weights {
        return try Model(weightFile: weights, variant: try model.map { try Variant(named: $0) })
      }
      let name = model ?? "lite0"
      let cache = ModelCache.standard
      guard cache.contains(name) else {
        throw MissingWeights(name: name, path: cache.path(of: name))
      }
      do {
        return try Model(weightFile: cache.path(of: name), variant: try Variant(named: name))
      } catch {
        throw UnusableCache(name: name, error: error)
      }
    }

    /// - Throws: `ValidationError` if a number is out of range.
    static func check(_ value: Int, _ option: String, _ range: ClosedRange<Int>) throws {
      guard range.contains(value) else {
        throw ValidationError(
          "\(option) is \(value); it may be \(range.lowerBound) to \(range.upperBound)")
      }
    }
  }

  /// No weights were downloaded for a network.
  struct MissingWeights: Error, CustomStringConvertible {
    let name: String
    let path: String

    var description: String {
      PretrainedModel(named: name) != nil
        ? "there are no weights for \(name) at \(path); download them with 'effnet pull \(name)'"
        : "there are no weights for \(name) at \(path) and none to download; name a file with --weights"
    }
  }

  /// Downloaded weights that do not load any more.
  struct UnusableCache: Error, CustomStringConvertible {
    let name: String
    let error: any Error

    var description: String { "\(error); 'effnet pull \(name) --force' downloads it again" }
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
#endif
