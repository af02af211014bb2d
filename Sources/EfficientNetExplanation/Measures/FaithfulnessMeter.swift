public import EfficientNet
public import EfficientNetCompute

/// Measures how faithful maps are: how a class's probability changes while the pixels that a map
/// finds most important are removed or inserted.
///
///     let meter = try FaithfulnessMeter(model, pool: pool)
///     for curves in meter.measure([map, other], of: input, index: 207) {
///       print(curves.deletion.area, curves.insertion.area)
///     }
///
/// Source: Petsiuk et al. 2018, [RISE](https://arxiv.org/abs/1806.07421).
public final class FaithfulnessMeter {
  /// The number of steps; each removes or inserts an equal share of the pixels.
  public let steps: Int
  private let description: ModelDescription
  private var session: Session
  private let batch: Int

  /// The probability of a class as a function of the share of changed pixels.
  public struct Curve: Hashable, Sendable, Encodable {
    /// The probabilities before the first step and after each step.
    public let probabilities: [Double]

    /// The area under the curve, from 0 to 1, by the trapezoidal rule.
    public var area: Double {
      let sum = probabilities.reduce(0, +)
      let ends = (probabilities.first ?? 0) + (probabilities.last ?? 0)
      return (sum - ends / 2) / Double(max(probabilities.count - 1, 1))
    }
  }

  /// The deletion and insertion curves of one map.
  public struct Curves: Hashable, Sendable, Encodable {
    /// The curve while pixels are replaced by the mean color, the most important first. A lower
    /// area is better.
    public let deletion: Curve
    /// The curve while pixels are inserted into a blurred photo, the most important first. A higher
    /// area is better.
    public let insertion: Curve
  }

  /// Prepares a network.
  ///
  /// - Parameters:
  ///   - model: The network, its weights and its classes.
  ///   - pool: The threads to compute on.
  ///   - precision: The number format of activations and weights; nil for int8 if the model is
  ///     quantized, otherwise 32-bit floats.
  ///   - steps: The number of steps of each curve.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`.
  /// - Precondition: `steps` is at least 1.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision? = nil, steps: Int = 28
  ) throws {
    require(steps >= 1, "steps is \(steps); it must be at least 1")
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    (self.steps, description) = (steps, model.description)
    let engine = try Engine(model, precision: precision, pool: pool)
    batch = 4 * pool.threads
    session = engine.makeSession(pool: pool, maximumBatch: batch)
  }

  /// Returns the curves of each map.
  ///
  /// - Parameters:
  ///   - maps: The maps over the whole input, of any size.
  ///   - input: The preprocessed photo, of shape (1, resolution, resolution, 3).
  ///   - index: The number of the class.
  /// - Precondition: `input` has this shape, and the network has the class.
  public func measure(_ maps: [ActivationMap], of input: Tensor, index: Int) -> [Curves] {
    require(
      description.classes.indices ~= index,
      "index is \(index); it must be at least 0 and below \(description.classes.count)")
    let mean = Tensor(shape: input.shape)
    let blurred = input.blurred(sigma: 5 * Float(input.shape.w) / 224)
    return maps.map { map in
      let order = Self.order(map.resized(width: input.shape.w, height: input.shape.h))
      return Curves(
        deletion: curve(from: input, to: mean, order: order, index: index),
        insertion: curve(from: blurred, to: input, order: order, index: index))
    }
  }

  /// The pixels, the most important first; ties in reading order.
  private static func order(_ map: ActivationMap) -> [Int] {
    let values = map.values
    // Swift's sort is stable.
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
