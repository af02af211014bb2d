import ArgumentParser
import EfficientNet
import EfficientNetFormats

/// The network that a weight file with timm's or torchvision's names states in its metadata, as
/// `effnet convert` writes it: the options "--model b0 --width 0.25".
struct StatedNetwork {
  let words: String
  let description: ModelDescription

  /// Reads the metadata; nil if they state no published network.
  init?(_ metadata: [String: String]) {
    guard let words = metadata[Weights.optionsKey],
      let options = try? Options.parse(words.split(separator: " ").map(String.init)),
      let source = try? ModelSource(options.network, scale: options.scale),
      source.named?.kind.published != nil, let description = try? source.description()
    else { return nil }
    (self.words, self.description) = (words.oneLine, description)
  }

  /// Reads the metadata of a safetensors file; nil for other files.
  init?(ofFile path: String) throws {
    guard try WeightFileForm(of: path) == .safetensors else { return nil }
    self.init(try Weights(outlineOf: path).metadata)
  }

  private struct Options: ParsableArguments {
    @OptionGroup var network: ModelOptions
    @OptionGroup var scale: ScaleOptions
  }
}
