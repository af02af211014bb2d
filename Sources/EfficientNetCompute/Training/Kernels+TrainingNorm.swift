internal import CEfficientNetKernels

/// Batch norm in training: its parameters, its statistics, and the factors computed from a batch.
package struct TrainingNorm: Hashable, Sendable {
  /// The channels, including padding.
  package var channels: Int
  package var epsilon: Double
  /// The share of the running statistics that a step keeps.
  package var momentum: Double
  package var gamma: Region
  package var beta: Region
  package var runningMean: Region
  package var runningVariance: Region
  package var dgamma: Region
  package var dbeta: Region
  /// The mean of the batch, or the running mean.
  package var mean: Region
  /// `1 / √(variance + epsilon)`
  package var inverse: Region
  /// The norm is `scale · y + shift`.
  package var scale: Region
  package var shift: Region
  package var coefficients: MapGradient.Coefficients
  /// One row per image. In the forward pass: the sums of y and of y². In the backward pass: the
  /// sums of g and of g · (y − mean).
  package var sums: Region
  package var products: Region
  /// Rows like `sums` and `products` for sums computed in two parts; see `joinSums`.
  package var slopeSums: Region
  package var slopeProducts: Region

  package init(
    channels: Int, epsilon: Double, momentum: Double, gamma: Region, beta: Region,
    runningMean: Region, runningVariance: Region, dgamma: Region, dbeta: Region, mean: Region,
    inverse: Region, scale: Region, shift: Region, coefficients: MapGradient.Coefficients,
    sums: Region, products: Region, slopeSums: Region, slopeProducts: Region
  ) {
    (self.channels, self.epsilon, self.momentum) = (channels, epsilon, momentum)
    (self.gamma, self.beta) = (gamma, beta)
    (self.runningMean, self.runningVariance) = (runningMean, runningVariance)
    (self.dgamma, self.dbeta, self.mean, self.inverse) = (dgamma, dbeta, mean, inverse)
    (self.scale, self.shift, self.coefficients) = (scale, shift, coefficients)
    (self.sums, self.products) = (sums, products)
    (self.slopeSums, self.slopeProducts) = (slopeSums, slopeProducts)
  }

  /// Returns the sums of one image.
  package func sums(image: Int) -> (sum: Region, product: Region) {
    (sums.part(image, of: channels), products.part(image, of: channels))
  }

  /// Returns the sums of one image without the gradient.
  func slopes(image: Int) -> (sum: Region, product: Region) {
    (slopeSums.part(image, of: channels), slopeProducts.part(image, of: channels))
  }
}

extension Kernels {
  /// Computes the scale and shift of a batch from the moments of its images, and updates the
  /// running statistics. A frozen norm uses the running statistics and does not change them.
  ///
  /// `scale = gamma / √(variance + epsilon)`, `shift = beta − mean · scale`
  package func normForward(
    _ norm: TrainingNorm, images: Int, pixels: Int, isFrozen: Bool, memory: Arena
  ) {
    var arguments = unsafe kernelArguments(norm, images, pixels, isFrozen, memory)
    unsafe call(training.norm_forward, &arguments)
  }

  /// Adds to the gradients of gamma and beta, and computes the coefficients of `MapGradient`, from
  /// the sums of each image. `reduceGradient` or the kernel that computed the gradient has stored
  /// these sums.
  ///
  /// - Parameter isTrained: Whether gradients of gamma and beta are computed.
  package func normBackward(
    _ norm: TrainingNorm, images: Int, pixels: Int, isFrozen: Bool, isTrained: Bool,
    memory: Arena
  ) {
    var arguments = unsafe kernelArguments(norm, images, pixels, isFrozen, memory)
    if !isTrained {
      unsafe arguments.dgamma = nil
      unsafe arguments.dbeta = nil
    }
    unsafe call(training.norm_backward, &arguments)
  }

  private func kernelArguments(
    _ norm: TrainingNorm, _ images: Int, _ pixels: Int, _ isFrozen: Bool, _ memory: Arena
  ) -> effnet_norm {
    let c = norm.coefficients
    for region in [
      norm.gamma, norm.beta, norm.runningMean, norm.runningVariance, norm.dgamma, norm.dbeta,
      norm.mean, norm.inverse, norm.scale, norm.shift, c.c1, c.c2, c.c3,
    ] {
      region.requireRoom(for: norm.channels, "batch norm")
    }
    for region in [norm.sums, norm.products] {
      region.requireRoom(for: images * norm.channels, "batch norm's sums")
    }
    return unsafe effnet_norm(
      sum: memory.pointer(norm.sums), product: memory.pointer(norm.products), images: images,
      stride: norm.channels, channels: norm.channels, count: Double(images * pixels),
      epsilon: norm.epsilon, momentum: norm.momentum, is_frozen: isFrozen,
      gamma: memory.pointer(norm.gamma), beta: memory.pointer(norm.beta),
      running_mean: memory.pointer(norm.runningMean),
      running_variance: memory.pointer(norm.runningVariance), mean: memory.pointer(norm.mean),
      inverse: memory.pointer(norm.inverse), scale: memory.pointer(norm.scale),
      shift: memory.pointer(norm.shift), dgamma: memory.pointer(norm.dgamma),
      dbeta: memory.pointer(norm.dbeta), c1: memory.pointer(c.c1), c2: memory.pointer(c.c2),
      c3: memory.pointer(c.c3))
  }
}
