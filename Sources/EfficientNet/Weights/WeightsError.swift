public import EfficientNetCompute

/// An error for a weight file that cannot be used.
///
/// Every description is one line, even if a damaged or hostile file contains control characters in
/// its names.
public enum WeightsError: LibraryError {
  /// The file lacks a tensor that the network needs.
  case missing(name: String, source: String)
  /// The file has a tensor that the network does not need.
  case unknown(name: String, source: String)
  /// A tensor has other extents than the network needs.
  case shape(name: String, source: String, found: [Int], expected: [Int])
  /// A tensor has an element that is infinite or not a number.
  case nonFinite(name: String, source: String)
  /// A tensor has an element that, with the batch norm after it folded in, is too large for fp16.
  case tooLarge(name: String, value: Float, source: String)
  /// The network in the file has no classifier.
  case noClassifier(source: String)
  /// The file violates its own format.
  case damaged(source: String, reason: String)
  /// The file may be valid, but this library does not support its contents. The reason completes a
  /// sentence that starts with the file's name.
  case unsupported(source: String, reason: String)
  /// The file does not fit the network, or fits several networks; another name of the network
  /// helps. The reason completes a sentence that starts with the file's name.
  case network(source: String, reason: String)
  /// The system could not open, read or write the file.
  case file(FileError)

  /// The error in one line, for instance "b0.safetensors has no tensor 'conv_stem.weight'; was it
  /// saved for another variant?".
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
      case .tooLarge(let name, let value, let source):
        "\(source): tensor \(Self.quoted(name)) reaches \(value) with its batch norm, above "
          + "\(FP16.greatest), the largest number of fp16; use bf16 or fp32"
      case .noClassifier(let source):
        "\(source) has no classifier: train one on your photos, or use the network's features"
      case .damaged(let source, let reason):
        "\(source) is damaged: \(reason)"
      case .unsupported(let source, let reason):
        "\(source) \(reason)"
      case .network(let source, let reason):
        "\(source) \(reason); name the network that it was saved from"
      case .file(let error):
        error.description
      }
    return message.oneLine
  }

  /// Returns a name from a file in quotation marks, shortened to 100 characters.
  package static func quoted(_ name: String) -> String {
    name.utf8.count > 400 || name.count > 100 ? "'\(name.prefix(100))…'" : "'\(name)'"
  }

  /// Returns extents as text, for instance "32×3×3×3" or "a scalar".
  package static func extents(_ shape: [Int]) -> String {
    guard !shape.isEmpty else { return "a scalar" }
    return shape.prefix(8).map(String.init).joined(separator: "×") + (shape.count > 8 ? "×…" : "")
  }
}
