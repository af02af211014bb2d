public import EfficientNet

/// An error of ``Quantizer``.
public enum QuantizationError: LibraryError {
  /// The network is quantized already.
  case isQuantized(source: String)
  /// There are no photos to calibrate with, or none to compare the networks.
  case noPhotos
  /// A feature map has values that are not finite.
  case notFinite(map: String)

  /// The error in one line.
  public var description: String {
    switch self {
    case .isQuantized(let source):
      "\(source) is quantized already; quantize the original network"
    case .noPhotos:
      "no photo that can be read is left to calibrate with, or none to compare the networks; it "
        + "takes at least two different ones, and better 100 to 500 photos like those that the "
        + "network will see, without labels"
    case .notFinite(let map):
      "the outputs of the layer \(map) are not finite numbers; are the network's weights damaged?"
    }
  }

  /// The name of the case, for programs: "isQuantized", "noPhotos" or "notFinite".
  public var kind: String {
    switch self {
    case .isQuantized: "isQuantized"
    case .noPhotos: "noPhotos"
    case .notFinite: "notFinite"
    }
  }
}
