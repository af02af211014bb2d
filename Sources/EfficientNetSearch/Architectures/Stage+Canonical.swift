internal import EfficientNet

extension Stage {
  /// The same stage, without a skip that none of its blocks can have: one form for what is one network.
  ///
  /// - Parameter inputs: The channels that enter it.
  func canonical(inputs: Int) -> Stage {
    let isAdding =
      switch skip {
      case .identity: inputs == channels && stride == 1
      case .pool: inputs == channels
      case .none: false
      }
    var stage = self
    if repeats == 1, !isAdding { stage.skip = .none }
    return stage
  }
}
