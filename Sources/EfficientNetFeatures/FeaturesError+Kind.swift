extension FeaturesError {
  /// The kinds of errors, one for each case of ``FeaturesError``. The raw values are the names of
  /// the cases: they suit labels of metrics and fields of JSON.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// ``FeaturesError/noLevel(network:reduction:levels:)``.
    case noLevel
    /// ``FeaturesError/unknownForm(path:)``.
    case unknownForm
    /// ``FeaturesError/unsuitable(path:reason:)``.
    case unsuitable
    /// ``FeaturesError/dimensions(first:count:second:other:)``.
    case dimensions
    /// ``FeaturesError/notFinite(name:)``.
    case notFinite
    /// ``FeaturesError/threshold(_:)``.
    case threshold
    /// ``FeaturesError/incomparable(first:second:reason:)``.
    case incomparable
    /// ``FeaturesError/noRow(name:source:suggestions:)``.
    case noRow
    /// ``FeaturesError/changed(path:)``.
    case changed
    /// ``FeaturesError/inUse(path:)``.
    case inUse
    /// ``FeaturesError/examples(reason:)``.
    case examples
    /// ``FeaturesError/batch(_:needed:memory:)``.
    case batch
  }

  /// The case without the names of files and the other details.
  public var kind: Kind {
    switch self {
    case .noLevel: .noLevel
    case .unknownForm: .unknownForm
    case .unsuitable: .unsuitable
    case .dimensions: .dimensions
    case .notFinite: .notFinite
    case .threshold: .threshold
    case .incomparable: .incomparable
    case .noRow: .noRow
    case .changed: .changed
    case .inUse: .inUse
    case .examples: .examples
    case .batch: .batch
    }
  }
}
