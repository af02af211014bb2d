public import EfficientNetCompute

/// A weight file that cannot be used, and why.
///
/// Every description is one line, whatever a damaged or hostile file puts into its names.
public enum WeightsError: Error, Hashable, CustomStringConvertible {
  /// A network needs a tensor that the file does not have.
  case missing(name: String, source: String)
  /// The file has a tensor that the network does not need.
  case unknown(name: String, source: String)
  /// A tensor has other extents than the network's.
  case shape(name: String, source: String, found: [Int], expected: [Int])
  /// A tensor has an element that is infinite or not a number.
  case nonFinite(name: String, source: String)
  /// The file has a network without a classifier.
  case noClassifier(source: String)
  /// The file breaks the rules of its own format.
  case damaged(source: String, reason: String)
  /// The file may be whole, but it holds what this library does not read. The reason completes a
  /// sentence that starts with the file.
  case unsupported(source: String, reason: String)
  /// The system did not let the file be opened, read or written.
  case file(FileError)

  /// For instance "b0.safetensors has no tensor 'conv_stem.weight'; was it saved for another variant?".
  public var description: String {
    let message =
      switch self {
      case .missing(let name, let source):
        "\(source) has no tensor \(Self.quoted(name)); was it saved for another variant?"
      case .unknown(let name, let source):
        "\(source) has a tensor \(Self.quoted(name)) that the network does not know; "
          + "was it saved for another variant?"
      case .shape(let name, let source, let found, let expected):
        "\(source): tensor \(Self.quoted(name)) is \(Self.extents(found)), "
          + "the network needs \(Self.extents(expected)); was it saved for another variant?"
      case .nonFinite(let name, let source):
        "\(source): tensor \(Self.quoted(name)) has an element that is not a finite number; "
          + "did its training diverge?"
      case .noClassifier(let source):
        "\(source) has no classifier: train one on your photos, or use the network's features"
      case .damaged(let source, let reason):
        "\(source) is damaged: \(reason)"
      case .unsupported(let source, let reason):
        "\(source) \(reason)"
      case .file(let error):
        error.description
      }
    return message.oneLine
  }

  /// A name from a file in quotation marks, shortened to 100 characters.
  package static func quoted(_ name: String) -> String {
    name.utf8.count > 400 || name.count > 100 ? "'\(name.prefix(100))…'" : "'\(name)'"
  }

  /// For instance "32×3×3×3", or "a scalar".
  package static func extents(_ shape: [Int]) -> String {
    guard !shape.isEmpty else { return "a scalar" }
    return shape.prefix(8).map(String.init).joined(separator: "×") + (shape.count > 8 ? "×…" : "")
  }
}
