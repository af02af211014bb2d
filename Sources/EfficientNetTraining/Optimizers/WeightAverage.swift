public import EfficientNet
internal import EfficientNetCompute

/// The exponential moving average of a network's parameters and statistics, which is evaluated and
/// saved.
///
/// `average = decay · average + (1 − decay) · weights` after each step. In the first steps the
/// decay is `(1 + step) / (10 + step)` if that is less, so that the average soon forgets the
/// initial weights.
///
/// Source: TensorFlow's ExponentialMovingAverage with num_updates, as the official training code
/// uses it.
public final class WeightAverage {
  /// The decay: the share of the average that a step keeps.
  public let decay: Double
  /// The number of steps averaged.
  public internal(set) var steps = 0
  /// It begins with the layout of the network's memory: parameters, gradients (unused), statistics.
  let arena: Arena
  private let regions: [Region]

  /// Creates an average that starts at the network's current weights.
  ///
  /// - Precondition: `decay` is at least 0 and below 1.
  public init(of network: TrainingNetwork, decay: Double) {
    require(0..<1 ~= decay, "the decay is \(decay); it must be at least 0 and below 1")
    self.decay = decay
    let map = network.plan.memory
    regions = [map.parameters, map.statistics]
    arena = Arena(count: map.statistics.offset + map.statistics.count)
    for region in regions {
      network.machine.memory.read(region) { values in arena.copy(values, to: region) }
    }
  }

  /// The largest share of an average that a step keeps, so that the average covers at most about a
  /// tenth of the steps so far.
  static func mostKept(step: Int) -> Double { (1 + Double(step)) / (10 + Double(step)) }

  /// Adds the network's weights after a step.
  public func update(_ network: TrainingNetwork) {
    steps += 1
    let kept = min(decay, Self.mostKept(step: steps))
    let machine = network.machine
    let pieces = regions.flatMap(\.pieces)
    machine.pool.forEach(count: pieces.count) { [arena] index in
      machine.kernels.moveAverage(
        pieces[index], in: arena, towards: pieces[index], kept: Float(kept), memory: machine.memory)
    }
  }

  /// Returns the averaged weights.
  public func weights(of network: TrainingNetwork) -> Weights { network.weights(in: arena) }
}

extension Region {
  /// Pieces of 2¹⁵ floats for the threads; the last one may be smaller.
  var pieces: [Region] {
    stride(from: 0, to: count, by: 1 << 15).map {
      Region(offset: offset + $0, count: min(1 << 15, count - $0))
    }
  }
}
