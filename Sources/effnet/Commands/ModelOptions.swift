#if Tools
  import ArgumentParser
  import EfficientNet

  /// Which network: a name, or a file with one's own, and its scale.
  struct ModelOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "The network: a short name (b0), a framework's (timm/tf_efficientnet_b0), or a JSON file. 'effnet models' lists them.",
        valueName: "name|file.json"))
    var model: String?
    @Option(
      parsing: .unconditional,
      help: "Factor on the channels of the family's baseline, or of the file.")
    var width: Double?
    @Option(
      parsing: .unconditional,
      help: "Factor on the repeats of the family's baseline, or of the file.")
    var depth: Double?
    @Option(parsing: .unconditional, help: "Side of the input image in pixels.")
    var resolution: Int?

    func validate() throws {
      for (option, value) in [("--width", width), ("--depth", depth)] {
        guard let value else { continue }
        guard model != nil else { throw ValidationError("\(option) needs --model") }
        guard value >= 0.01, value <= 20 else {
          throw ValidationError("\(option) is \(value); it may be 0.01 to 20")
        }
      }
      try NetworkOptions.check(resolution ?? 1, "--resolution", 1...8192)
      if let model, !Self.isFile(model) {
        do { _ = try Implementation(named: model) } catch { throw ValidationError("\(error)") }
      }
    }

    /// Whether --model names a file.
    static func isFile(_ model: String) -> Bool { model.hasSuffix(".json") }

    /// The network that the options describe, with its preprocessing; nil without --model.
    func description() throws -> ModelDescription? {
      guard let model else { return nil }
      if Self.isFile(model) {
        var architecture = try Architecture(json: model).scaled(width: width, depth: depth)
        architecture.resolution = resolution ?? architecture.resolution
        try architecture.validate()
        return architecture.standardDescription(provenance: model)
      }
      let description = try Implementation(named: model)
        .description(width: width, depth: depth, resolution: resolution, provenance: model)
      try description.architecture.validate()
      return description
    }
  }
#endif
