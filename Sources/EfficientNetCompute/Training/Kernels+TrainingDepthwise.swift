internal import CEfficientNetKernels

/// A depthwise convolution in training: `y[p, q, c] = Σ_ij value[p·s + i − top, q·s + j − left, c]
/// · w[i, j, c] + bias[c]`.
package struct TrainingDepthwise: Hashable, Sendable {
  package var window: Window
  /// The channels, including padding.
  package var channels: Int
  /// The filters, one slab after another, in each one tap after another: `filterCount` floats.
  package var filters: Region
  package var bias: Region?

  package init(window: Window, channels: Int, filters: Region, bias: Region?) {
    (self.window, self.channels, self.filters, self.bias) = (window, channels, filters, bias)
  }

  package var filterCount: Int { window.filterCount(channels: channels) }
  package var slabs: Int { MapLayout.slabCount(channels) }
  /// The floats of the filters of one slab.
  fileprivate var slabFilterCount: Int { window.filterCount(channels: 1) }

  /// Returns the floats of scratch memory that the forward and backward passes need per thread.
  package func scratchCount(_ kernels: Kernels) -> Int {
    var kernelWindow = window.kernelWindow
    return max(window.ringCount, unsafe kernels.training.depthwise_scratch(&kernelWindow))
  }
}

extension Kernels {
  /// Computes the output of one slab of channels, and the channels' moments over the pixels.
  package func depthwiseForward(
    _ layer: TrainingDepthwise, x: MapView, y: FeatureMap, slab: Int,
    moments: (sum: Region, square: Region)?, scratch: Region, memory: Arena
  ) {
    var arguments = unsafe kernelArguments(
      layer, x: x, y: y, slab: slab, moments: moments, scratch: scratch, memory: memory)
    unsafe call(training(y.layout.precision).depthwise_forward, &arguments)
  }

  /// Computes the backward pass of one slab of channels: adds to `dw` and `dbias`, and computes the
  /// input's gradient; each may be nil.
  ///
  /// - Parameters:
  ///   - dx: The region for the gradient of a stored map, or of a view's value before its
  ///     activation.
  ///   - sums: For a view: its batch norm, and the image whose sums are computed; see
  ///     `reduceGradient`.
  ///   - accumulates: Whether the gradient is added to that of a stored map.
  package func depthwiseBackward(
    _ layer: TrainingDepthwise, x: MapView, gradient: MapGradient, slab: Int, dw: Region?,
    dbias: Region?, dx: FeatureMap?, sums: (norm: TrainingNorm, image: Int)?, accumulates: Bool,
    scratch: Region, memory: Arena
  ) {
    dw?.requireRoom(for: layer.filterCount, "the filters' gradient")
    dbias?.requireRoom(for: layer.channels, "the bias' gradient")
    var arguments = unsafe effnet_depthwise_backward(
      forward: kernelArguments(
        layer, x: x, y: gradient.view.y, slab: slab, moments: nil, scratch: scratch,
        memory: memory),
      gradient: gradient.kernelGradient(in: memory), mean: nil, g: effnet_map(),
      accumulates: false, dw: memory.optionalPointer(dw?.part(slab, of: layer.slabFilterCount)),
      dbias: memory.optionalPointer(dbias), sum: nil, product: nil,
      scratch: memory.pointer(scratch))
    if let dx {
      precondition(
        sums != nil || x.isPlain, "the input of a depthwise convolution is not stored")
      requireSameSize(dx.layout, x.y.layout)
      unsafe arguments.g = dx.kernelMap(in: memory)
      unsafe arguments.accumulates = accumulates
    }
    if dx != nil, let (norm, image) = sums {
      let rows = norm.sums(image: image)
      for region in [norm.mean, rows.sum, rows.product] {
        region.requireRoom(for: layer.channels, "the gradient's sums")
      }
      unsafe arguments.mean = UnsafePointer(memory.pointer(norm.mean))
      unsafe arguments.sum = memory.pointer(rows.sum)
      unsafe arguments.product = memory.pointer(rows.product)
    }
    unsafe call(training(x.y.layout.precision).depthwise_backward, &arguments)
  }

  private func kernelArguments(
    _ layer: TrainingDepthwise, x: MapView, y: FeatureMap, slab: Int,
    moments: (sum: Region, square: Region)?, scratch: Region, memory: Arena
  ) -> effnet_training_depthwise {
    requireWholeBlocks(layer.channels)
    let window = layer.window
    precondition(
      x.gate == nil && x.y.layout.channels == layer.channels
        && x.y.layout.pixels == window.inputPixels && y.layout.channels == layer.channels
        && y.layout.pixels == window.outputPixels && y.layout.precision == x.y.layout.precision
        && 0..<layer.slabs ~= slab
        && window.kernel <= Int(EFFNET_MAXIMUM_KERNEL),
      "slab \(slab) of \(layer.channels) channels from \(x.y.layout) to \(y.layout)")
    layer.filters.requireRoom(for: layer.filterCount, "the filters")
    layer.bias?.requireRoom(for: layer.channels, "the bias")
    scratch.requireRoom(for: layer.scratchCount(self), "the scratch memory")
    for region in [moments?.sum, moments?.square] {
      region?.requireRoom(for: layer.channels, "the moments")
    }
    let channel = slab * MapLayout.slabChannels
    return unsafe effnet_training_depthwise(
      x: x.kernelView(in: memory),
      filters: memory.pointer(layer.filters.part(slab, of: layer.slabFilterCount)),
      bias: memory.optionalPointer(layer.bias), y: y.kernelMap(in: memory),
      window: window.kernelWindow, channel: channel,
      width: min(MapLayout.slabChannels, layer.channels - channel),
      sum: memory.optionalPointer(moments?.sum), square: memory.optionalPointer(moments?.square),
      scratch: memory.pointer(scratch), ring_rows: window.ringRows, ring_width: window.ringWidth)
  }
}
