public import EfficientNet
public import EfficientNetCompute

/// How well maps say what a network needs: what happens to a class's probability while the pixels that a map finds important
/// are taken away, or given back, the most important ones first.
///
///     let meter = try FaithfulnessMeter(model, pool: pool)
///     for curves in meter.measure([map, other], of: input, index: 207) {
///       print(curves.deletion.area, curves.insertion.area)
///     }
///
/// Source: Petsiuk et al. 2018, [RISE](https://arxiv.org/abs/1806.07421).
public final class FaithfulnessMeter {
  /// Parts into which the pixels are cut, each of which is taken or given at once.
  public let steps: Int
  private let description: ModelDescription
  private var session: Session
  private let batch: Int

  /// A curve of the probability.
  public struct Curve: Hashable, Sendable, Encodable {
    /// The class's probability before the first step and after each, at equal shares of the pixels.
    public let probabilities: [Double]

    /// The area below the curve, from 0 to 1, by trapezoids.
    public var area: Double {
      let sum = probabilities.reduce(0, +)
      let ends = (probabilities.first ?? 0) + (probabilities.last ?? 0)
      return (sum - ends / 2) / Double(max(probabilities.count - 1, 1))
    }
  }

  /// What a map is worth.
  public struct Curves: Hashable, Sendable, Encodable {
    /// While pixels are taken from the photo, and replaced by the mean colour: the lower, the better.
    public let deletion: Curve
    /// While pixels are given to the blurred photo: the higher, the better.
    public let insertion: Curve
  }

  /// Prepares a network.
  ///
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`.
  /// - Precondition: there is a step.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision = .float32, steps: Int = 28
  ) throws {
    precondition(steps >= 1, "\(steps) steps")
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    (self.steps, description) = (steps, model.description)
    let engine = try Engine(
      description.architecture, weights: model.weights, precision: precision, pool: pool)
    batch = 4 * pool.threads
    session = engine.makeSession(pool: pool, maximumBatch: batch)
  }

  /// The curves of maps.
  ///
  /// - Parameters:
  ///   - maps: Over the whole input; of any size.
  ///   - input: (1, resolution, resolution, 3), as preprocessing makes it.
  ///   - index: The class.
  public func measure(_ maps: [ActivationMap], of input: Tensor, index: Int) -> [Curves] {
    let mean = Tensor(shape: input.shape)
    let blurred = input.blurred(sigma: 5 * Float(input.shape.w) / 224)
    return maps.map { map in
      let order = Self.order(map.resized(width: input.shape.w, height: input.shape.h))
      return Curves(
        deletion: curve(from: input, to: mean, order: order, index: index),
        insertion: curve(from: blurred, to: input, order: order, index: index))
    }
  }

  /// Pixels, the most important ones first; of equal ones the upper left one.
  private static func order(_ map: ActivationMap) -> [Int] {
    let values = map.values
    // The sort is stable.
    return values.indices.sorted { values[$0] > values[$1] }
  }

  private func curve(from start: Tensor, to end: Tensor, order: [Int], index: Int) -> Curve {
    var image = start
    var probabilities: [Double] = []
    var waiting: [Tensor] = []
    var done = 0
    for step in 0...steps {
      let count = order.count * step / steps
      for pixel in order[done..<count] {
        for channel in 0..<start.shape.c {
          let place = pixel * start.shape.c + channel
          image.elements[place] = end.elements[place]
        }
      }
      done = count
      waiting.append(image)
      if waiting.count == batch || step == steps {
        probabilities += self.probabilities(session.run(Tensor.batch(waiting)), index: index)
        waiting = []
      }
    }
    return Curve(probabilities: probabilities)
  }

  /// The probability of a class in each image of a batch.
  private func probabilities(_ logits: Tensor, index: Int) -> [Double] {
    let classes = logits.shape.c
    return (0..<logits.shape.n).map { image in
      Prediction.probabilities(
        of: logits.elements[image * classes..<(image + 1) * classes], output: description.output
      )[index]
    }
  }
}
