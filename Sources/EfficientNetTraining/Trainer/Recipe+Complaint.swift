extension Recipe {
  /// The most epochs, batches per step and warm-up epochs; sums and products of them fit into
  /// integers.
  static let mostEpochs = 1_000_000

  /// The first invalid number with its range, as a message; nil if the recipe is valid.
  public var complaint: String? {
    sizes ?? learning ?? regularization ?? optimizer.complaint ?? augmentation.complaint
      ?? augmentation.crop?.complaint ?? augmentation.jitter?.complaint
      ?? augmentation.policy?.complaint ?? augmentation.erasing?.complaint
      ?? augmentation.mixing?.complaint
  }

  private var sizes: String? {
    Self.check(epochs, "epochs is", 1...Self.mostEpochs)
      ?? Self.check(batch, "batch is", 1...4096)
      ?? Self.check(accumulation, "accumulation is", 1...Self.mostEpochs)
      ?? Self.check(headEpochs, "head epochs are", 0...Self.mostEpochs) ?? headComplaint
      ?? Self.check(rateBatch, "the batch of the rate is", 1...4096 * Self.mostEpochs)
      ?? patience.flatMap { Self.check($0, "patience is", 1...Self.mostEpochs) }
  }

  private var headComplaint: String? {
    headEpochs < epochs
      ? nil
      : "head epochs are \(headEpochs) of \(epochs); they must be fewer than the epochs, "
        + "or freeze the backbone to train the classifier alone"
  }

  /// The reason why the recipe cannot train from random weights; nil if it can.
  package var complaintFromScratch: String? {
    if headEpochs > 0 {
      return
        "head epochs are \(headEpochs); they must be 0 if training starts from random weights"
    }
    return freezesNorms
      ? "batch norms keep their statistics; they must learn if training starts from random weights"
      : nil
  }

  /// The recipe for random weights: all layers are trained from the first step, including batch
  /// norms.
  ///
  /// - Returns: The recipe, and a note for each change.
  package func fromScratch() -> (recipe: Recipe, notes: [String]) {
    var (recipe, notes) = (self, [String]())
    if headEpochs > 0 {
      recipe.headEpochs = 0
      notes.append(
        "random weights: all layers learn from the first epoch; head epochs are 0, not \(headEpochs)"
      )
    }
    if freezesNorms {
      recipe.freezesNorms = false
      notes.append("random weights: batch norms learn, though the recipe \(name) freezes them")
    }
    return (recipe, notes)
  }

  private var learning: String? {
    if !(rate > 0 && rate.isFinite) {
      return "the learning rate is \(rate); it must be above 0 and finite"
    }
    if !(warmUpEpochs >= 0 && warmUpEpochs <= Double(epochs)) {
      return "warm-up is \(warmUpEpochs) epochs; it must be 0 to \(epochs), the number of epochs"
    }
    if !(layerDecay > 0 && layerDecay <= 1) {
      return "layer decay is \(layerDecay); it must be above 0 and at most 1"
    }
    if let clip, !(clip > 0 && clip.isFinite) {
      return "the gradient's largest norm is \(clip); it must be above 0 and finite"
    }
    guard case .exponential(let factor, let interval) = decay else { return nil }
    if !(factor > 0 && factor <= 1) {
      return "the decay's factor is \(factor); it must be above 0 and at most 1"
    }
    return interval > 0 && interval.isFinite
      ? nil : "the decay's interval is \(interval) epochs; it must be above 0 and finite"
  }

  private var regularization: String? {
    if !(weightDecay >= 0 && weightDecay.isFinite) {
      return "weight decay is \(weightDecay); it must be at least 0 and finite"
    }
    return smoothing.complaint(asShareOf: "label smoothing")
      ?? average?.complaint(asShareOf: "the moving average")
      ?? dropout?.complaint(asShareOf: "dropout")
      ?? stochasticDepth?.complaint(asShareOf: "stochastic depth")
  }

  private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) -> String? {
    let pronoun = name.hasSuffix(" are") ? "they" : "it"
    return range.contains(value)
      ? nil : "\(name) \(value); \(pronoun) must be \(range.lowerBound) to \(range.upperBound)"
  }
}
