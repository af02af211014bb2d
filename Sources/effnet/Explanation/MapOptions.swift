#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetExplanation
  import EfficientNetImages

  /// How maps are made.
  struct MapOptions: ParsableArguments {
    enum Method: String, ExpressibleByArgument, CaseIterable {
      case cam
      case gradCAM = "grad-cam"
      case occlusion
    }

    @Option(help: "How maps are made: cam, grad-cam or occlusion.") var method = Method.cam
    @Option(
      help: ArgumentHelp(
        "For grad-cam: the part of the network that is looked at, as conv_stem, blocks.4 (default: the last feature map).",
        valueName: "name"))
    var stage: String?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "For occlusion: the side of a patch in pixels of the network's input (default: a seventh of it).",
        valueName: "pixels"))
    var patch: Int?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "For occlusion: pixels from one patch to the next (default: half a patch).",
        valueName: "pixels"))
    var stride: Int?

    func validate() throws {
      if stage != nil, method != .gradCAM {
        throw ValidationError("--stage needs --method grad-cam")
      }
      if patch != nil || stride != nil, method != .occlusion {
        throw ValidationError("--patch and --stride need --method occlusion")
      }
      try NetworkOptions.check(patch ?? 1, "--patch", 1...8192)
      try NetworkOptions.check(stride ?? 1, "--stride", 1...8192)
    }

    /// The method for a network.
    func method(for architecture: Architecture) throws -> ExplanationMethod {
      switch method {
      case .cam: return .classActivation
      case .gradCAM:
        return .gradCAM(stage: stage ?? Explainer.stages(of: architecture).last ?? "")
      case .occlusion:
        let standard = ExplanationMethod.Occlusion(resolution: architecture.resolution)
        let patch = patch ?? max(stride ?? 0, standard.patch)
        let stride = stride ?? max(1, patch / 2)
        guard patch <= architecture.resolution else {
          throw ValidationError(
            "--patch is \(patch), \(architecture.name) sees \(architecture.resolution) pixels")
        }
        guard stride <= patch else {
          throw ValidationError(
            "--stride is \(stride): patches of \(patch) pixels would leave gaps")
        }
        return .occlusion(ExplanationMethod.Occlusion(patch: patch, stride: stride))
      }
    }
  }

  extension ExplanationMethod {
    /// What it is called on sheets and in JSON.
    var name: String {
      switch self {
      case .classActivation: "cam"
      case .gradCAM: "grad-cam"
      case .occlusion: "occlusion"
      }
    }

    /// With its details, for people.
    var title: String {
      switch self {
      case .classActivation: "class activation map"
      case .gradCAM(let stage): "Grad-CAM of \(stage)"
      case .occlusion(let occlusion): "occlusion by \(occlusion.patch) pixels"
      }
    }
  }

  /// How sheets are drawn.
  struct DrawingOptions: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("The longer side of each picture.", valueName: "pixels"))
    var size = ExplanationSheet().size
    @Option(help: "The colours: inferno or viridis.") var colors = ColorMap.inferno
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("How far the colours cover the photo.", valueName: "0…1"))
    var opacity = ExplanationSheet().opacity

    func validate() throws {
      try NetworkOptions.check(size, "--size", ExplanationSheet.sizes)
      guard 0...1 ~= opacity else {
        throw ValidationError("--opacity is \(opacity); it may be 0 to 1")
      }
    }

    var sheet: ExplanationSheet {
      ExplanationSheet(size: size, colors: colors, opacity: opacity)
    }
  }
#endif
