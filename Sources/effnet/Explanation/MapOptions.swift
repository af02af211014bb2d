public import ArgumentParser
import EfficientNet
import EfficientNetExplanation
public import EfficientNetReports

struct MapOptions: ParsableArguments {
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case cam
    case gradCAM = "grad-cam"
    case occlusion
  }

  @Option(help: "Method of explanation.") var method = Method.cam
  @Option(
    help: """
      With grad-cam: the part of the network to explain, such as conv_stem or blocks.4 (default: the \
      last feature map).
      """, value: "name")
  var stage: String?
  @Option(
    number: """
      With occlusion: side of a patch, in pixels of the network's input (default: a seventh of the \
      input).
      """, value: "pixels")
  var patch: Int?
  @Option(
    number: "With occlusion: pixels from one patch to the next (default: half a patch).",
    value: "pixels")
  var stride: Int?

  func validate() throws {
    if stage != nil, method != .gradCAM { throw ValidationError("--stage needs --method grad-cam") }
    if patch != nil || stride != nil, method != .occlusion {
      throw ValidationError("--patch and --stride need --method occlusion")
    }
    if stage == "" { throw ValidationError("--stage needs a name") }
    try check(patch, "--patch", ExplanationMethod.Occlusion.sizes)
    try check(stride, "--stride", ExplanationMethod.Occlusion.sizes)
  }

  func method(for architecture: Architecture) throws -> ExplanationMethod {
    switch method {
    case .cam: return .classActivation
    case .gradCAM:
      let stages = Explainer.stages(of: architecture)
      let stage = stage ?? stages[stages.count - 1]
      guard stages.contains(stage) else {
        throw ValidationError(
          "\(architecture.name) has no stage \(stage.oneLine); it has \(stages.joined(separator: ", "))"
        )
      }
      return .gradCAM(stage: stage)
    case .occlusion:
      let standard = ExplanationMethod.Occlusion(resolution: architecture.resolution)
      let patch = patch ?? max(stride ?? 0, standard.patch)
      let stride = stride ?? max(1, patch / 2)
      if let given = self.stride, given > architecture.resolution {
        throw ValidationError(
          "--stride is \(given); it must be at most the input's \(architecture.resolution) pixels")
      }
      guard patch <= architecture.resolution else {
        throw ValidationError(
          "--patch is \(patch); it must be at most the input's \(architecture.resolution) pixels")
      }
      guard stride <= patch else {
        throw ValidationError(
          "--stride is \(stride); it must be at most the patch's \(patch) pixels, or there are gaps"
        )
      }
      return .occlusion(ExplanationMethod.Occlusion(patch: patch, stride: stride))
    }
  }
}

struct DrawingOptions: ParsableArguments {
  @Option(number: "Longer side of each picture, in pixels (default: 360).", value: "pixels")
  var size: Int?
  @Option(help: "Color map (default: inferno).") var colors: ColorMap?
  @Option(number: "Opacity of the colors over the photo (default: 0.55).", value: "0…1")
  var opacity: Double?

  func validate() throws {
    try check(size, "--size", ExplanationSheet.sizes)
    try check(opacity, "--opacity", 0...1)
  }

  var isGiven: Bool { size != nil || colors != nil || opacity != nil }

  var sheet: ExplanationSheet {
    let standard = ExplanationSheet()
    return ExplanationSheet(
      size: size ?? standard.size, colors: colors ?? standard.colors,
      opacity: opacity ?? standard.opacity)
  }
}

extension ColorMap: ExpressibleByArgument {}
