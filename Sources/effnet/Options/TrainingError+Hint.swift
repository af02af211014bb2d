import EfficientNetTraining

extension TrainingError {
  /// The options that the error's message speaks of, as text behind it; empty if there are none.
  var hint: String {
    switch self {
    case .memory: " (--batch, --resolution)"
    case .diverged: " (--lr, --clip)"
    case .broken: " (--broken)"
    case .noRate: " ('effnet augment' shows them)"
    case .settings, .noCheckpoint: ""
    }
  }
}
