internal import CEfficientNetKernels

/// A 1×1 convolution or a fully connected layer, with packed weights: `y[r, n] = act(bias[n] + Σ_k
/// x[r, k] · w[k, n]) + residual[r, n]`, or with the activation applied to the whole sum.
package struct ProductLayer: Hashable, Sendable {
  /// The number of inputs: channels without padding.
  package var depth: Int
  /// The number of outputs: channels without padding.
  package var outputs: Int
  /// The packed weights in the arena of constants: `depthWords * columns` words.
  package var weights: Region
  /// The bias, `columns` floats in the arena of constants. If the layer reads or writes codes of
  /// int8, this is the first of its ``LayerConstants``. If it widens codes of weights, their scales
  /// follow: one for each column.
  package var bias: Region
  /// The activation, applied before or after adding the residual.
  package var activation: Activation
  /// Whether the activation is applied to the sum with the residual.
  package var activatesSum: Bool
  /// The number format of inputs and weights.
  package var precision: Precision
  /// Whether the weights are codes of int8 in bytes, although the inputs are 32-bit floats.
  package var widensWeights: Bool
  /// ``Kernels/codesPerWord`` of the kernels that compute the layer, if it is in int8.
  package var codesPerWord: Int

  package init(
    depth: Int, outputs: Int, weights: Region, bias: Region, activation: Activation,
    activatesSum: Bool = false, precision: Precision, widensWeights: Bool = false,
    codesPerWord: Int = 2
  ) {
    (self.depth, self.outputs) = (depth, outputs)
    (self.weights, self.bias) = (weights, bias)
    (self.activation, self.activatesSum) = (activation, activatesSum)
    (self.precision, self.codesPerWord) = (precision, codesPerWord)
    self.widensWeights = widensWeights
  }

  /// The columns of the packed weights: the outputs, padded with zeros to whole blocks.
  package var columns: Int { Kernels.channelStride(outputs) }

  /// The words of weights per column.
  package var depthWords: Int {
    widensWeights
      ? Precision.int8.words(depth, codesPerWord: 4)
      : precision.words(depth, codesPerWord: codesPerWord)
  }
}

extension Kernels {
  /// Computes rows `rows` and weight panels `panels` of `layer`.
  ///
  /// - Parameters:
  ///   - residual: The residual, with the layout of y and the number format of x.
  ///   - scaledWeights: Weights in `memory` that replace the layer's own.
  ///   - upcoming: The weights that later steps read.
  /// - Accuracy: 32-bit floats are bit-identical on every instruction set.
  package func product(
    _ layer: ProductLayer, x: FeatureMap, residual: Region?, y: FeatureMap, rows: Range<Int>,
    panels: Range<Int>, scaledWeights: Region? = nil, upcoming: Prefetch = Prefetch(),
    memory: Arena, constants: Arena
  ) {
    requireRoom(layer, x: x, panels: panels)
    precondition(
      rows.upperBound <= x.layout.pixels && rows.upperBound <= y.layout.pixels
        && y.layout.channels >= layer.columns,
      "rows \(rows) × \(layer.columns) from \(x.layout) to \(y.layout)")
    layer.bias.requireRoom(
      for: LayerConstants.count(layer.columns, layer.precision, y.layout.precision), "the constants"
    )
    if layer.widensWeights {
      requireWholeBlocks(x.layout.channels)
      layer.bias.requireRoom(for: 2 * layer.columns, "the bias and the scales")
      precondition(
        x.layout.precision == .float32 && y.layout.precision == .float32 && x.layout.slabs == 1
          && y.layout.slabs == 1 && residual == nil && layer.activation == .identity,
        "\(layer.activation) of widened weights from \(x.layout) to \(y.layout)")
    }
    residual?.requireRoom(for: residualCount(layer, y.layout), "the residual")
    scaledWeights?.requireRoom(for: layer.depthWords * layer.columns, "the scaled weights")
    let weights =
      unsafe memory.optionalPointer(scaledWeights) ?? constants.pointer(layer.weights)
    let next = unsafe upcoming.kernelList(
      weights: weights, words: words(of: layer, behind: panels), constants: constants)
    var arguments = unsafe effnet_product(
      x: x.kernelMap(in: memory, codesPerWord: codesPerWord),
      y: y.kernelMap(in: memory, codesPerWord: codesPerWord), w: weights,
      bias: constants.pointer(layer.bias), residual: memory.optionalPointer(residual),
      depth: layer.depth, outputs: layer.outputs, columns: layer.columns,
      row_begin: rows.lowerBound,
      row_end: rows.upperBound, panel_begin: panels.lowerBound, panel_end: panels.upperBound,
      activation: layer.activation.kernelCode, activates_sum: layer.activatesSum,
      y_precision: y.layout.precision.kernelCode, next: next)
    unsafe call(
      layer.widensWeights
        ? table.pointee.widening_product : operations(layer.precision).pointee.product, &arguments)
  }

  /// Computes a network's head and the pooling after it, for weight panels `panels` of `layer`:
  /// `mean[n] = (Σ_r act(bias[n] + Σ_k x[r, k] · w[k, n])) / rows`.
  ///
  /// - Parameter scratch: `pooledScratchCount` floats that no other call uses at the same time.
  package func pooledProduct(
    _ layer: ProductLayer, x: FeatureMap, mean: FeatureMap, scratch: Region, panels: Range<Int>,
    upcoming: Prefetch = Prefetch(), memory: Arena, constants: Arena
  ) {
    requireRoom(layer, x: x, panels: panels)
    precondition(x.layout.slabs == 1, "the head reads NHWC, not \(x.layout)")
    precondition(
      mean.layout.channels == layer.columns
        && mean.layout.precision == (layer.precision == .int8 ? .float32 : layer.precision),
      "\(layer.columns) means in \(mean.layout)")
    scratch.requireRoom(for: Self.pooledScratchCount, "the scratch memory")
    let weights = unsafe constants.pointer(layer.weights)
    let next = unsafe upcoming.kernelList(
      weights: weights, words: words(of: layer, behind: panels), constants: constants)
    var arguments = unsafe effnet_pooled_product(
      x: x.kernelMap(in: memory, codesPerWord: codesPerWord), w: weights,
      bias: constants.pointer(layer.bias),
      mean: memory.pointer(mean.region), scratch: memory.pointer(scratch), depth: layer.depth,
      outputs: layer.outputs, columns: layer.columns, rows: x.layout.pixels,
      panel_begin: panels.lowerBound,
      panel_end: panels.upperBound, activation: layer.activation.kernelCode,
      next: next)
    unsafe call(operations(layer.precision).pointee.pooled_product, &arguments)
  }

  /// The floats of scratch memory that `pooledProduct` needs: a tile of any instruction set.
  package static let pooledScratchCount = channelBlock * Int(EFFNET_SLAB_CHANNELS)

  /// Traps unless x and the weights of one tap have the sizes that the layer needs.
  func requireRoom(_ layer: ProductLayer, x: FeatureMap, panels: Range<Int>) {
    precondition(
      layer.depth <= x.layout.channels && x.layout.precision == layer.precision
        && (layer.precision != .int8 || layer.codesPerWord == codesPerWord),
      "depth \(layer.depth) in \(layer.precision) from \(x.layout)")
    precondition(
      panels.upperBound <= self.panels(columns: layer.columns),
      "panels \(panels) of \(self.panels(columns: layer.columns))")
    layer.weights.requireRoom(for: layer.depthWords * layer.columns, "the weights")
    layer.bias.requireRoom(
      for: LayerConstants.count(layer.columns, layer.precision), "the constants")
  }

  /// Returns the words of a residual: those of y in the number format of the layer.
  func residualCount(_ layer: ProductLayer, _ y: MapLayout) -> Int {
    var layout = y
    (layout.precision, layout.codesPerWord) = (layer.precision, codesPerWord)
    return layout.count
  }

  /// Returns the words of the panel after the computed ones, which will be needed next.
  private func words(of layer: ProductLayer, behind panels: Range<Int>) -> Range<Int> {
    let column = min(panels.upperBound * panelColumns, layer.columns)
    let end = min(column + panelColumns, layer.columns)
    return column * layer.depthWords..<end * layer.depthWords
  }

  /// Packs a weight matrix into the panels that the kernels read: one panel after another, in each
  /// the words of the depth one after another, in each of these a word per column.
  ///
  /// - Parameters:
  ///   - taps: The positions of a filter, each with `depth` inputs; 1 for a plain matrix.
  ///   - widens: Whether the weights are those of a layer with ``ProductLayer/widensWeights``, in
  ///     int8.
  /// - Shapes: `weight(tap, k, n)` for k < depth and n < outputs, in int8 an integer; columns from
  ///   `outputs` on become zero.
  @inlinable
  package func pack(
    taps: Int = 1, depth: Int, outputs: Int, columns: Int, precision: Precision,
    widens: Bool = false, into packed: inout MutableSpan<Float>,
    weight: (_ tap: Int, _ k: Int, _ n: Int) -> Float
  ) {
    let codesPerWord = widens ? 4 : self.codesPerWord
    let panelColumns = widens ? Self.channelBlock : self.panelColumns
    let words = precision.words(depth, codesPerWord: codesPerWord)
    let perWord = precision.elementsPerWord(codesPerWord: codesPerWord)
    precondition(
      packed.count == taps * words * columns && outputs <= columns,
      "\(taps)×\(depth)×\(outputs) weights do not fill \(packed.count) words in \(columns) columns")
    // Both matrices are accessed a cache line at a time: inputs in groups whose rows of the panel
    // stay in the cache.
    let group = 16
    for first in stride(from: 0, to: columns, by: panelColumns) {
      let width = min(panelColumns, columns - first)
      let filled = max(0, min(width, outputs - first))
      for tap in 0..<taps {
        let base = taps * words * first + tap * words * width
        for begin in stride(from: 0, to: words, by: group) {
          let end = min(begin + group, words)
          for n in 0..<filled {
            for word in begin..<end {
              let place = base + word * width + n
              switch precision {
              case .float32:
                packed[place] = weight(tap, word, first + n)
              case .bfloat16:
                let lower = BFloat16.bits(weight(tap, 2 * word, first + n))
                let upper =
                  2 * word + 1 < depth ? BFloat16.bits(weight(tap, 2 * word + 1, first + n)) : 0
                packed[place] = Float(bitPattern: lower | upper << 16)
              case .float16:
                let lower = FP16.bits(weight(tap, 2 * word, first + n))
                let upper =
                  2 * word + 1 < depth ? FP16.bits(weight(tap, 2 * word + 1, first + n)) : 0
                packed[place] = Float(bitPattern: lower | upper << 16)
              case .int8:
                let bits = UInt32(32 / perWord)
                var integers: UInt32 = 0
                for k in perWord * word..<min(perWord * (word + 1), depth) {
                  let integer = UInt32(bitPattern: Int32(weight(tap, k, first + n)))
                  let shift = bits * UInt32(k % perWord)
                  integers |= (integer << (32 - bits)) >> (32 - bits - shift)
                }
                packed[place] = Float(bitPattern: integers)
              }
            }
          }
        }
        for word in 0..<words {
          for n in filled..<width { packed[base + word * width + n] = 0 }
        }
      }
    }
  }
}
