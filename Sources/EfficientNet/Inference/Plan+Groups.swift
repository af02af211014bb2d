internal import EfficientNetCompute

extension Plan {
  /// Returns the same plan for groups of up to `images` images. The early steps take one image after
  /// another. From step ``groupStart`` on, the steps take all images of the group together, so that
  /// they read their weights once.
  ///
  /// Only the buffers change: those of the late steps have room for the whole group. The weights
  /// are the same. A plan without late steps stays as it is.
  ///
  /// - Precondition: `images` is at least 1, and the plan is not grouped yet.
  package func grouped(_ images: Int) -> Plan {
    precondition(images >= 1 && groupStart == nil, "groups of \(images)")
    guard images > 1, let start = sharingStart else { return self }
    var plan = self
    plan.groupStart = start
    for index in buffers.indices where buffers[index].lastStep >= start {
      plan.buffers[index].images = images
      // An early step writes the part of one image while those of other images wait here.
      if buffers[index].firstStep < start { plan.buffers[index].firstStep = -1 }
    }
    plan.placeBuffers()
    return plan
  }

  /// The step from which on images gain the most if they share weights: the weights of the steps
  /// from there on, less the maps that these steps read and write for one image, have the most
  /// bytes. Nil if there is no such step.
  ///
  /// Scaled weights belong to one image, so all steps that write or read them are before this step.
  private var sharingStart: Int? {
    var (surplus, most, start) = (0, 0, Int?.none)
    for (index, step) in steps.enumerated().reversed() {
      if step.usesScaledWeights { break }
      surplus += step.kernel.weightCount - mapCount(step)
      if surplus > most { (most, start) = (surplus, index) }
    }
    return start
  }

  /// The words that a step reads and writes in buffers for one image.
  private func mapCount(_ step: Step) -> Int {
    var accessed = [step.input, step.residual, step.second, step.output]
    // A gate reads the map that it writes.
    if case .excite(_, .map) = step.kernel { accessed.append(step.output) }
    return accessed.compactMap(\.self).reduce(0) { $0 + buffers[$1].layout.count }
  }

  /// The passes of a group of `images` images through the steps up to step `last`, in order: the
  /// steps of each pass and the places of its images in the group.
  func passes(of images: Int, through last: Int) -> [(steps: Range<Int>, places: Range<Int>)] {
    let early = min(groupStart ?? steps.count, last + 1)
    let single = (0..<images).map { (steps: 0..<early, places: $0..<$0 + 1) }
    return (single + [(steps: early..<last + 1, places: 0..<images)]).filter { !$0.steps.isEmpty }
  }
}

extension Plan.Step {
  /// Whether the step writes or reads weights that an image's gate has scaled.
  fileprivate var usesScaledWeights: Bool {
    switch kernel {
    case .excite(_, .weights): true
    case .product: second != nil
    case .convolution, .separable, .averagePool, .squeeze, .excite(_, .map), .pooledProduct: false
    }
  }
}
