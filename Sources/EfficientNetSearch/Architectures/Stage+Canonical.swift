internal import EfficientNet

extension Stage {
  /// Whether a block that so many channels enter, with this stride, adds anything to its result.
  func isAdding(inputs: Int, stride: Int) -> Bool {
    switch skip {
    case .identity: inputs == channels && stride == 1
    case .pool: inputs == channels
    case .none: false
    }
  }

  /// The same stage, without a skip that none of its blocks can have: one form for what is one network.
  ///
  /// - Parameter inputs: The channels that enter it.
  func canonical(inputs: Int) -> Stage {
    var stage = self
    if repeats == 1, !isAdding(inputs: inputs, stride: stride) { stage.skip = .none }
    return stage
  }
}
