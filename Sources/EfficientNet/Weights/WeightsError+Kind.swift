extension WeightsError {
  /// The kinds of errors, one for each case of ``WeightsError``. The raw values are the names of
  /// the cases: they suit labels of metrics and fields of JSON.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// ``WeightsError/missing(name:source:)``.
    case missing
    /// ``WeightsError/unknown(name:source:)``.
    case unknown
    /// ``WeightsError/shape(name:source:found:expected:)``.
    case shape
    /// ``WeightsError/nonFinite(name:source:)``.
    case nonFinite
    /// ``WeightsError/tooLarge(name:value:source:)``.
    case tooLarge
    /// ``WeightsError/noClassifier(source:)``.
    case noClassifier
    /// ``WeightsError/damaged(source:reason:)``.
    case damaged
    /// ``WeightsError/unsupported(source:reason:)``.
    case unsupported
    /// ``WeightsError/network(source:reason:)``.
    case network
    /// ``WeightsError/file(_:)``.
    case file
  }

  /// The case without the names of files and tensors.
  public var kind: Kind {
    switch self {
    case .missing: .missing
    case .unknown: .unknown
    case .shape: .shape
    case .nonFinite: .nonFinite
    case .tooLarge: .tooLarge
    case .noClassifier: .noClassifier
    case .damaged: .damaged
    case .unsupported: .unsupported
    case .network: .network
    case .file: .file
    }
  }
}
