internal import CEfficientNetKernels

/// A depthwise convolution with the layer that computes its input. The whole input is never stored.
///
/// `e = x`, `act(expansion(x))` or `act(stem(x))`; `y[p, q, c] = act(bias[c] + Σ_ij e[p·s + i −
/// top, q·s + j − left, c] · w[i, j, c])`
package struct SeparableLayer: Hashable, Sendable {
  /// The source of the depthwise convolution's input.
  package enum Source: Hashable, Sendable {
    /// The input is x.
    case stored
    /// A 1×1 convolution of x.
    case expansion(ProductLayer)
    /// A convolution of an image.
    case stem(ConvolutionLayer)

    /// The layer that computes the input.
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
  /// The channels, including padding.
  package var channels: Int
  /// The filters, `window.filterCount(channels:)` floats in the arena of constants, in the order
  /// (slab, tap, channel of the slab).
  package var filters: Region
  /// The bias, `channels` floats in the arena of constants; in int8, ``LayerConstants``.
  package var bias: Region
  package var activation: Activation

  package init(
    source: Source, window: Window, channels: Int, filters: Region, bias: Region,
    activation: Activation
  ) {
    (self.source, self.window, self.channels) = (source, window, channels)
    (self.filters, self.bias, self.activation) = (filters, bias, activation)
  }

  /// The number of slabs of channels.
  package var slabs: Int { MapLayout.slabCount(channels) }
}

extension Window {
  /// Returns the floats of the filters of `channels` channels, one filter per channel, in whole
  /// slabs.
  package func filterCount(channels: Int) -> Int {
    kernel * kernel * MapLayout.slabCount(channels) * MapLayout.slabChannels
  }

  /// The rows of the ring buffer for the input of a depthwise convolution: a power of two that
  /// holds a filter, at least 2.
  var ringRows: Int {
    var rows = 2
    while rows < kernel { rows *= 2 }
    return rows
  }

  /// The pixels of a row of the ring, including padding.
  var ringWidth: Int {
    max((outputWidth + Int(EFFNET_RING_MARGIN)) * stride + kernel, left + inputWidth)
  }

  /// The floats of the ring.
  package var ringCount: Int { ringRows * ringWidth * MapLayout.slabChannels }
}

extension Kernels {
  /// Computes output rows `rows` of one slab of `layer` for one image.
  ///
  /// - Parameters:
  ///   - y: The output, in slabs or NHWC.
  ///   - sums: The region for the sums over each output row, (outputHeight, channels); nil for no
  ///     sums.
  ///   - ring: `window.ringCount` floats that no other call uses at the same time.
  /// - Accuracy: 32-bit floats are bit-identical on every instruction set.
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
    ring.requireRoom(for: window.ringCount, "the ring")
    layer.filters.requireRoom(for: window.filterCount(channels: layer.channels), "the filters")
    let constantCount = LayerConstants.count(layer.channels, y.layout.precision)
    layer.bias.requireRoom(for: constantCount, "the constants")
    let slabFilters = window.filterCount(channels: 1)
    let source: effnet_source
    var stem = effnet_window()
    var next = effnet_prefetch()
    switch layer.source {
    case .stored:
      precondition(
        x.layout.pixels == window.inputPixels && x.layout.channels == layer.channels
          && x.layout.precision == y.layout.precision, "\(window) on \(x.layout)")
      source = EFFNET_STORED
    case .expansion(let product):
      precondition(
        x.layout.pixels == window.inputPixels && x.layout.channels >= product.depth
          && x.layout.slabs == 1 && product.columns == layer.channels
          && x.layout.precision == product.precision && product.precision == y.layout.precision,
        "\(window) on \(x.layout)")
      product.weights.requireRoom(for: product.depthWords * product.columns, "the weights")
      source = EFFNET_EXPANDED
      // Prefetch the weights of the next slab first, then those of the next steps.
      let end = channels.upperBound
      let nextEnd = min(end + MapLayout.slabChannels, layer.channels)
      unsafe next = upcoming.kernelList(
        weights: constants.pointer(product.weights),
        words: end * product.depthWords..<nextEnd * product.depthWords,
        filters: end < nextEnd ? layer.filters.part(slab + 1, of: slabFilters) : nil,
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
      source = EFFNET_CONVOLVED
      stem = convolution.window.kernelWindow
      unsafe next = upcoming.kernelList(constants: constants)
    }
    let product = layer.source.product
    product?.bias.requireRoom(for: constantCount, "the constants of the source")
    var arguments = unsafe effnet_separable(
      source: source, x: x.kernelMap(in: memory, codesPerWord: codesPerWord),
      y: y.kernelMap(in: memory, codesPerWord: codesPerWord),
      w: constants.optionalPointer(product?.weights),
      bias: constants.optionalPointer(product?.bias), depth: product?.depth ?? 0,
      outputs: product?.outputs ?? 0,
      stem_window: stem, source_activation: product?.activation.kernelCode ?? EFFNET_IDENTITY,
      next: next, window: window.kernelWindow,
      filters: constants.pointer(layer.filters.part(slab, of: slabFilters)),
      filter_bias: constants.pointer(layer.bias), activation: layer.activation.kernelCode,
      columns: layer.channels, channel: channels.lowerBound, width: channels.count,
      sums: memory.optionalPointer(sums), ring: memory.pointer(ring), ring_rows: window.ringRows,
      ring_width: window.ringWidth, row_begin: rows.lowerBound, row_end: rows.upperBound)
    unsafe call(operations(y.layout.precision).pointee.separable, &arguments)
  }
}
