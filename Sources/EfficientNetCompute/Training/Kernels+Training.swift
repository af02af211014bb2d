internal import CEfficientNetKernels

// Every function takes one image unless it says otherwise. Gradients of parameters are accumulated;
// gradients of feature maps are overwritten. All maps of a call have the same number format. In
// 32-bit floats, all instruction sets give bit-identical results.

extension Kernels {
  /// The number of pixels that training processes at a time.
  package static let trainingRows = Int(EFFNET_TRAINING_ROWS)

  /// Returns the operations on maps of a number format.
  func training(_ precision: Precision) -> effnet_training {
    switch precision {
    case .float32: unsafe table.pointee.training_float32.pointee
    case .bfloat16: unsafe table.pointee.training_bfloat16.pointee
    case .float16, .int8: preconditionFailure("\(precision.rawValue) is for inference only")
    }
  }
  /// The operations on parameters and on channels.
  var training: effnet_training { training(.float32) }

  /// Stores the value of a view: `out = value + residual`.
  ///
  /// - Parameter residual: The residual, with the layout of `out`.
  package func storeView(_ view: MapView, residual: Region?, out: FeatureMap, memory: Arena) {
    let layout = view.y.layout
    requireSameSize(layout, out.layout)
    residual?.requireRoom(for: out.layout.count, "the residual")
    var arguments = unsafe effnet_store_view(
      view: view.kernelView(in: memory), out: out.kernelMap(in: memory),
      residual: memory.optionalPointer(residual), pixels: layout.pixels,
      channels: layout.channels)
    unsafe call(training(layout.precision).store_view, &arguments)
  }

  /// Computes the mean of a view's channels over all pixels: `mean[c] = (Σ_p value) / pixels`.
  package func poolView(_ view: MapView, mean: Region, memory: Arena) {
    let layout = view.y.layout
    mean.requireRoom(for: layout.channels, "the mean")
    var arguments = unsafe effnet_pool_view(
      view: view.kernelView(in: memory), mean: memory.pointer(mean), pixels: layout.pixels,
      channels: layout.channels)
    unsafe call(training(layout.precision).pool_view, &arguments)
  }

  /// Computes the sums for batch norm's gradient: `sum[c] = Σ_p before` and `product[c] = Σ_p
  /// before · (y − mean[c])`.
  package func reduceGradient(
    _ gradient: MapGradient, mean: Region, sum: Region, product: Region, memory: Arena
  ) {
    let layout = gradient.view.y.layout
    for region in [mean, sum, product] {
      region.requireRoom(for: layout.channels, "the gradient's sums")
    }
    var arguments = unsafe effnet_reduce_gradient(
      gradient: gradient.kernelGradient(in: memory), mean: memory.pointer(mean),
      sum: memory.pointer(sum), product: memory.pointer(product), pixels: layout.pixels,
      channels: layout.channels)
    unsafe call(training(layout.precision).reduce_gradient, &arguments)
  }

  /// Computes the same sums of one image from the partial sums of a projection's backward pass.
  package func joinSums(
    _ gradient: MapGradient, of norm: TrainingNorm, image: Int, memory: Arena
  ) {
    let layout = gradient.view.y.layout
    let (rows, slopes) = (norm.sums(image: image), norm.slopes(image: image))
    for region in [
      rows.sum, rows.product, slopes.sum, slopes.product, gradient.view.gate, gradient.pooled,
    ] {
      region?.requireRoom(for: layout.channels, "the gradient's sums")
    }
    var arguments = unsafe effnet_join_sums(
      gate: memory.optionalPointer(gradient.view.gate),
      pooled: memory.optionalPointer(gradient.pooled), pooled_share: 1 / Float(layout.pixels),
      sum: memory.pointer(rows.sum), product: memory.pointer(rows.product),
      slope_sum: memory.pointer(slopes.sum), slope_product: memory.pointer(slopes.product),
      channels: layout.channels)
    unsafe call(training.join_sums, &arguments)
  }

  /// Stores the gradient of a convolution's output: `out = dy`.
  package func storeGradient(_ gradient: MapGradient, out: FeatureMap, memory: Arena) {
    let layout = gradient.view.y.layout
    requireSameSize(layout, out.layout)
    var arguments = unsafe effnet_store_gradient(
      gradient: gradient.kernelGradient(in: memory), out: out.kernelMap(in: memory),
      pixels: layout.pixels, channels: layout.channels)
    unsafe call(training(layout.precision).store_gradient, &arguments)
  }

  /// Computes the gradient of a gate: `dgate[c] = Σ_p g · act(scale · y + shift)`.
  package func gateGradient(_ view: MapView, g: FeatureMap, dgate: Region, memory: Arena) {
    let layout = view.y.layout
    requireSameSize(layout, g.layout)
    dgate.requireRoom(for: layout.channels, "the gate's gradient")
    var arguments = unsafe effnet_gate_gradient(
      view: view.kernelView(in: memory), g: g.kernelMap(in: memory),
      dgate: memory.pointer(dgate), pixels: layout.pixels, channels: layout.channels)
    unsafe call(training(layout.precision).gate_gradient, &arguments)
  }

  /// Computes `y = x · factor` or `y += x · factor`, element by element, for any number of images.
  ///
  /// - Parameters:
  ///   - factor: The factors; nil for ones.
  ///   - count: The number of elements.
  ///   - precision: The number format of x, factor and y.
  package func addProduct(
    _ x: Region, factor: Region? = nil, to y: Region, count: Int,
    precision: Precision = .float32, accumulates: Bool, memory: Arena
  ) {
    requireWholeBlocks(count)
    for region in [x, y, factor ?? x] {
      region.requireRoom(for: precision.words(count), "the map")
    }
    var arguments = unsafe effnet_add_product(
      x: memory.pointer(x), factor: memory.optionalPointer(factor), y: memory.pointer(y),
      count: count, accumulates: accumulates)
    unsafe call(training(precision).add_product, &arguments)
  }

  /// Stores floats in the number format of a map.
  package func store(
    _ elements: Span<Float>, as precision: Precision, in region: Region, memory: Arena
  ) {
    region.requireRoom(for: precision.words(elements.count), "the elements")
    unsafe elements.withUnsafeBufferPointer { elements in
      unsafe training(precision).store_elements(
        elements.baseAddress, memory.pointer(region), elements.count)
    }
  }

  func requireSameSize(_ a: MapLayout, _ b: MapLayout) {
    precondition(
      a.pixels == b.pixels && a.channels == b.channels && a.precision == b.precision,
      "sizes or precisions differ: \(a) and \(b)")
  }
}
