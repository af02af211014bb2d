public import EfficientNet
internal import EfficientNetReports

/// An error of ``Quantizer``.
public enum QuantizationError: LibraryError {
  /// The network is quantized already.
  case isQuantized(source: String)
  /// There are no photos to calibrate with, or none to compare the networks.
  case noPhotos
  /// The source gives this many photos. Without copies of the others, none is left to compare the
  /// networks.
  case tooFewPhotos(source: String, count: Int)
  /// A feature map of the network, which was read from the source, has values that are not finite.
  case notFinite(map: String, source: String)

  /// The error in one line.
  public var description: String {
    switch self {
    case .isQuantized(let source):
      "\(source) is quantized already; quantize the original network"
    case .noPhotos:
      "no photo that can be read is left to calibrate with, or none to compare the networks; it "
        + "takes at least two different ones, and better 100 to 500 photos like those that the "
        + "network will see, without labels"
    case .tooFewPhotos(let source, let count):
      ("\(source) gives \(count.counted("photo", "photos")), and none is left to compare the "
        + "networks; copies with the same bytes count once, so it takes at least two different "
        + "ones, and better 100 to 500 photos like those that the network will see, without labels")
        .oneLine
    case .notFinite(let map, let source):
      ("\(source): the outputs of the layer \(map) are not finite numbers; "
        + "are the weights damaged?").oneLine
    }
  }

  /// The name of the case, for programs, such as "noPhotos".
  public var kind: String {
    switch self {
    case .isQuantized: "isQuantized"
    case .noPhotos: "noPhotos"
    case .tooFewPhotos: "tooFewPhotos"
    case .notFinite: "notFinite"
    }
  }
}
