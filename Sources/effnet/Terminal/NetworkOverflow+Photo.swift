import EfficientNet
import EfficientNetCompute
import EfficientNetExplanation
import EfficientNetTraining

extension Error {
  /// The error with the photo and the network in its line, if it says that outputs are not finite:
  /// the libraries' errors do not name them.
  ///
  /// - Parameter network: The weight file.
  func naming(photo: String, network: String) -> any Error {
    let precision: Precision
    switch self as any Error {
    case let error as NetworkOverflow: precision = error.precision
    case ExplanationError.notFinite(_, let format): precision = format
    case EvaluationError.notFinite(_, _, _, let format): precision = format
    default: return self
    }
    let message = NetworkOverflow(precision).message(of: network)
    return CommandError("\(photo): \(message)", kind: kind)
  }
}

extension Result where Failure == any Error {
  /// The result, whose error is that of `Error.naming(photo:network:)`.
  func naming(photo: String, network: String) -> Self {
    mapError { $0.naming(photo: photo, network: network) }
  }
}
