public import EfficientNet
internal import EfficientNetCompute

/// The exponential moving average of a network's parameters and statistics: what is evaluated and saved.
///
/// `average = decay · average + (1 − decay) · weights` after every step; for the first steps the decay is
/// `(1 + step) / (10 + step)` where that is less, so that the average does not stay at the beginning.
///
/// Source: TensorFlow's ExponentialMovingAverage with num_updates, as the official training code uses it.
public final class WeightAverage {
  /// What a step keeps of the average.
  public let decay: Double
  /// Steps that were averaged.
  public internal(set) var steps = 0
  /// It begins like the network's memory: parameters, gradients (unused), statistics.
  let arena: Arena
  private let regions: [Region]

  /// The average of a network, which begins with its weights as they are.
  ///
  /// - Precondition: the decay is at least 0 and below 1.
  public init(of network: TrainingNetwork, decay: Double) {
    precondition(0..<1 ~= decay, "a moving average's decay of \(decay)")
    self.decay = decay
    let map = network.plan.memory
    regions = [map.parameters, map.statistics]
    arena = Arena(count: map.statistics.offset + map.statistics.count)
    for region in regions {
      network.machine.memory.read(region) { values in arena.copy(values, to: region) }
    }
  }

  /// Takes in the network's weights after a step.
  public func update(_ network: TrainingNetwork) {
    steps += 1
    let kept = min(decay, (1 + Double(steps)) / (10 + Double(steps)))
    let machine = network.machine
    let pieces = regions.flatMap(\.pieces)
    machine.pool.forEach(count: pieces.count) { [arena] index in
      machine.kernels.moveAverage(
        pieces[index], in: arena, towards: pieces[index], kept: Float(kept), memory: machine.memory)
    }
  }

  /// The averaged weights.
  public func weights(of network: TrainingNetwork) -> Weights { network.weights(in: arena) }
}

extension Region {
  /// Pieces of 2¹⁵ floats, the last one smaller, that threads share out.
  var pieces: [Region] {
    stride(from: 0, to: count, by: 1 << 15).map {
      Region(offset: offset + $0, count: min(1 << 15, count - $0))
    }
  }
}
