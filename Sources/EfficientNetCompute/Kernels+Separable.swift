internal import CEfficientNetKernels

/// A depthwise convolution, and what makes its input, which is never stored as a whole:
///
/// `e = x`, `act(expansion(x))` or `act(stem(x))`; `y[p, q, c] = act(bias[c] + Σ_ij e[p·s + i − top, q·s + j − left, c] · w[i, j, c])`
package struct SeparableLayer: Hashable, Sendable {
  /// Where the depthwise convolution's input comes from.
  package enum Source: Hashable, Sendable {
    /// It is x.
    case stored
    /// A 1×1 convolution of x.
    case expansion(ProductLayer)
    /// A convolution of an image.
    case stem(ConvolutionLayer)

    /// The layer that makes the input.
    package var product: ProductLayer? {
      switch self {
      case .stored: nil
      case .expansion(let product): product
      case .stem(let convolution): convolution.product
      }
    }
  }

  package var source: Source
  package var window: Window
  /// Channels with their padding.
  package var channels: Int
  /// ``filterCount`` floats in the arena of constants: slab after slab, in each tap after tap.
  package var filters: Region
  /// `channels` floats, in the arena of constants.
  package var bias: Region
  package var activation: Activation

  package init(
    source: Source, window: Window, channels: Int, filters: Region, bias: Region,
    activation: Activation
  ) {
    (self.source, self.window, self.channels) = (source, window, channels)
    (self.filters, self.bias, self.activation) = (filters, bias, activation)
  }

  /// Floats of all filters: whole slabs.
  package static func filterCount(kernel: Int, channels: Int) -> Int {
    kernel * kernel * MapLayout.slabCount(channels) * MapLayout.slabChannels
  }

  /// Slabs of channels.
  package var slabs: Int { MapLayout.slabCount(channels) }

  /// Rows of the ring: a power of two that holds a filter.
  package var ringRows: Int {
    var rows = 1
    while rows < window.kernel { rows *= 2 }
    return rows
  }

  /// Pixels of a row of the ring, padding included.
  package var ringWidth: Int {
    max(
      (window.outputWidth + Int(EFFNET_RING_MARGIN)) * window.stride + window.kernel,
      window.left + window.inputWidth)
  }

  /// Floats of the ring.
  package var ringCount: Int { ringRows * ringWidth * MapLayout.slabChannels }
}

extension Kernels {
  /// Computes output rows `rows` of one slab of `layer` for one image.
  ///
  /// - Parameters:
  ///   - y: In slabs, or NHWC.
  ///   - sums: Where the sums over each output row go, (outputHeight, channels), if they are wanted.
  ///   - ring: ``SeparableLayer/ringCount`` floats that nobody else uses meanwhile.
  /// - Accuracy: 32-bit floats are the bits of the scalar instruction set on all of them.
  package func separable(
    _ layer: SeparableLayer, x: FeatureMap, y: FeatureMap, sums: Region?, ring: Region, slab: Int,
    rows: Range<Int>, upcoming: Prefetch = Prefetch(), memory: Arena, constants: Arena
  ) {
    let window = layer.window
    requireWholeBlocks(layer.channels)
    precondition(
      y.layout.channels == layer.channels && y.layout.pixels == window.outputPixels
        && slab < layer.slabs && rows.upperBound <= window.outputHeight
        && window.kernel <= Int(EFFNET_MAXIMUM_KERNEL),
      "slab \(slab), rows \(rows) of \(window) into \(y.layout)")
    let channel = slab * MapLayout.slabChannels
    let channels = channel..<min(channel + MapLayout.slabChannels, layer.channels)
    sums?.requireRoom(for: window.outputHeight * layer.channels, "the sums")
    ring.requireRoom(for: layer.ringCount, "the ring")
    layer.filters.requireRoom(
      for: SeparableLayer.filterCount(kernel: window.kernel, channels: layer.channels),
      "the filters")
    layer.bias.requireRoom(for: layer.channels, "the bias")
    var arguments = effnet_separable()
    unsafe arguments.x = x.kernelMap(in: memory)
    unsafe arguments.y = y.kernelMap(in: memory)
    switch layer.source {
    case .stored:
      precondition(
        x.layout.pixels == window.inputPixels && x.layout.channels == layer.channels
          && x.layout.precision == y.layout.precision, "\(window) on \(x.layout)")
      unsafe arguments.source = EFFNET_STORED
    case .expansion(let product):
      precondition(
        x.layout.pixels == window.inputPixels && x.layout.channels >= product.depth
          && x.layout.slabs == 1 && product.columns == layer.channels
          && x.layout.precision == product.precision && product.precision == y.layout.precision,
        "\(window) on \(x.layout)")
      product.weights.requireRoom(for: product.depthWords * product.columns, "the weights")
      unsafe arguments.source = EFFNET_EXPANDED
      // The next slab, then what the next steps read.
      let end = channels.upperBound
      let next = min(end + MapLayout.slabChannels, layer.channels)
      let nextFilters =
        end < next
        ? Region(
          offset: layer.filters.offset
            + SeparableLayer.filterCount(kernel: window.kernel, channels: end),
          count: SeparableLayer.filterCount(kernel: window.kernel, channels: 1)) : nil
      unsafe arguments.next = upcoming.kernelList(
        weights: constants.pointer(product.weights),
        words: end * product.depthWords..<next * product.depthWords, filters: nextFilters,
        constants: constants)
    case .stem(let convolution):
      precondition(
        x.layout.pixels == convolution.window.inputPixels
          && convolution.window.outputPixels == window.inputPixels
          && convolution.window.outputWidth == window.inputWidth
          && x.layout.channels >= convolution.product.depth && x.layout.slabs == 1
          && convolution.product.columns == layer.channels && x.layout.precision == .float32
          && convolution.product.precision == .float32, "\(window) on \(x.layout)")
      convolution.product.weights.requireRoom(for: convolution.weightCount, "the weights")
      unsafe arguments.source = EFFNET_CONVOLVED
      unsafe arguments.stem_window = convolution.window.kernelWindow
      unsafe arguments.next = upcoming.kernelList(constants: constants)
    }
    if let product = layer.source.product {
      product.bias.requireRoom(for: product.columns, "the bias")
      unsafe arguments.w = UnsafeRawPointer(constants.pointer(product.weights))
      unsafe arguments.bias = UnsafePointer(constants.pointer(product.bias))
      unsafe arguments.depth = product.depth
      unsafe arguments.source_activation = product.activation.kernelCode
    }
    unsafe arguments.window = window.kernelWindow
    unsafe arguments.filters = UnsafePointer(
      constants.pointer(layer.filters)
        + SeparableLayer.filterCount(kernel: window.kernel, channels: channels.lowerBound))
    unsafe arguments.filter_bias = UnsafePointer(constants.pointer(layer.bias))
    unsafe arguments.activation = layer.activation.kernelCode
    unsafe arguments.columns = layer.channels
    unsafe arguments.channel = channels.lowerBound
    unsafe arguments.width = channels.count
    unsafe arguments.sums = memory.optionalPointer(sums)
    unsafe arguments.ring = memory.pointer(ring)
    unsafe arguments.ring_rows = layer.ringRows
    unsafe arguments.ring_width = layer.ringWidth
    unsafe arguments.row_begin = rows.lowerBound
    unsafe arguments.row_end = rows.upperBound
    unsafe operations(y.layout.precision).pointee.separable(&arguments)
  }
}
