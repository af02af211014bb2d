internal import CEfficientNetKernels

/// A convolution over all channels or a fully connected layer in training: `y = x · w + bias`. The
/// rows of x are the pixels under the filter.
package struct TrainingProduct: Hashable, Sendable {
  package var window: Window
  /// The input channels, without padding.
  package var inputs: Int
  /// The output channels, padded to whole blocks.
  package var columns: Int
  /// The number format of the maps and of the packed weights.
  package var precision: Precision
  /// The packed weights: `packedCount` words of 32 bits.
  package var weights: Region
  /// The packed weights for the backward pass: `transposedCount` words of 32 bits.
  package var transposed: Region
  /// The bias: `columns` floats, zeros if the layer has none.
  package var bias: Region
  /// Zeros, as many as the largest number of inputs or outputs of a layer in the network.
  package var zeros: Region

  package init(
    window: Window, inputs: Int, columns: Int, precision: Precision = .float32, weights: Region,
    transposed: Region, bias: Region, zeros: Region
  ) {
    (self.window, self.inputs, self.columns) = (window, inputs, columns)
    self.precision = precision
    (self.weights, self.transposed) = (weights, transposed)
    (self.bias, self.zeros) = (bias, zeros)
  }

  /// The rows of the weight matrix: the inputs of one output.
  package var depth: Int { window.kernel * window.kernel * inputs }
  package var weightCount: Int { depth * columns }
  package var packedCount: Int { precision.words(depth) * columns }
  package var transposedCount: Int { Kernels.channelStride(depth) * precision.words(columns) }
  /// Whether an output pixel reads other pixels than the same one.
  package var gathers: Bool { window.kernel > 1 || window.stride > 1 }

  /// The floats of scratch memory that the forward and backward passes need per thread.
  package var scratchCount: Int {
    let wide = Kernels.channelStride(depth) + MapLayout.slabChannels
    return Kernels.trainingRows * (2 * wide + columns + MapLayout.slabChannels)
  }

  /// The parts of a scratch region: rows of the inputs, of the output's gradient and of the input's
  /// gradient.
  fileprivate struct Parts {
    var x: Region
    var dy: Region
    var dx: Region

    /// In bfloat16, rows use the first half of their part. The second half is for pairs of rows as
    /// words.
    static func stack(_ part: Region) -> Region {
      Region(offset: part.offset + part.count / 2, count: part.count / 2)
    }
  }

  fileprivate func parts(of scratch: Region) -> Parts {
    scratch.requireRoom(for: scratchCount, "the scratch memory")
    let wide = Kernels.trainingRows * (Kernels.channelStride(depth) + MapLayout.slabChannels)
    let dy = Kernels.trainingRows * (columns + MapLayout.slabChannels)
    return Parts(
      x: Region(offset: scratch.offset, count: wide),
      dy: Region(offset: scratch.offset + wide, count: dy),
      dx: Region(offset: scratch.offset + wide + dy, count: wide))
  }
}

extension Kernels {
  /// Computes the output of one image, and the moments of its channels over the pixels if
  /// requested.
  ///
  /// - Shapes: x (pixels, inputs), y (pixels, columns), moments: sum and sum of squares, `columns`
  ///   each.
  package func productForward(
    _ layer: TrainingProduct, x: MapView, y: FeatureMap, moments: (sum: Region, square: Region)?,
    scratch: Region, memory: Arena
  ) {
    requireRoom(layer, x: x, y: y.layout)
    var arguments = unsafe kernelArguments(
      layer, x: x, y: y, moments: moments, scratch: scratch, memory: memory)
    unsafe call(training(layer.precision).product_forward, &arguments)
  }

  /// Computes the backward pass of a product with a stored input: adds to `dw` and `dbias`, and
  /// computes `dx`; each may be nil.
  ///
  /// - Parameters:
  ///   - columns: The columns of `dw` to compute, whole slabs; all columns if `dx` is requested.
  ///   - accumulates: Whether the result is added to `dx`.
  ///   - dy: The map that stores the gradient of the output for a second call; it may be that of g.
  ///     Nil to store nothing.
  ///   - hasDy: Whether this is the second call.
  package func productBackward(
    _ layer: TrainingProduct, x: MapView, gradient: MapGradient, columns: Range<Int>, dw: Region?,
    dbias: Region?, dx: FeatureMap?, accumulates: Bool, dy: FeatureMap? = nil, hasDy: Bool = false,
    scratch: Region, memory: Arena
  ) {
    let y = gradient.view.y
    requireRoom(layer, x: x, y: y.layout)
    precondition(x.isPlain && x.y.layout.slabs == 1, "the input of a product is not stored")
    precondition(
      columns.lowerBound % min(y.layout.slab, layer.columns) == 0
        && columns.upperBound <= layer.columns
        && (dx == nil || columns == 0..<layer.columns),
      "columns \(columns) of \(layer.columns)")
    precondition(
      dy.map { $0.layout == y.layout } ?? !hasDy, "the output's gradient is not where it should be")
    dw?.requireRoom(for: layer.weightCount, "the weights' gradient")
    dbias?.requireRoom(for: layer.columns, "the bias' gradient")
    layer.transposed.requireRoom(for: layer.transposedCount, "the transposed weights")
    layer.zeros.requireRoom(for: Self.channelStride(layer.depth), "the zeros")
    if let dx {
      precondition(
        dx.layout.slabs == 1 && dx.layout.slab == Self.channelStride(layer.inputs)
          && dx.layout.precision == layer.precision
          && dx.layout.pixels >= layer.window.inputPixels,
        "the input's gradient in \(dx.layout)")
    }
    let parts = layer.parts(of: scratch)
    var arguments = unsafe effnet_product_backward(
      forward: kernelArguments(
        layer, x: x, y: y, moments: nil, scratch: scratch, memory: memory),
      gradient: gradient.kernelGradient(in: memory),
      transposed: memory.pointer(layer.transposed), zeros: memory.pointer(layer.zeros),
      dw: memory.optionalPointer(dw), dbias: memory.optionalPointer(dbias),
      dx: dx.map { unsafe $0.kernelMap(in: memory) } ?? effnet_map(), accumulates: accumulates,
      column_begin: columns.lowerBound, column_end: columns.upperBound,
      dy: dy.map { unsafe $0.kernelMap(in: memory) } ?? effnet_map(), has_dy: hasDy,
      dy_scratch: memory.pointer(parts.dy), dx_scratch: memory.pointer(parts.dx),
      x_stack: memory.pointer(TrainingProduct.Parts.stack(parts.x)),
      dy_stack: memory.pointer(TrainingProduct.Parts.stack(parts.dy)))
    unsafe call(training(layer.precision).product_backward, &arguments)
  }

  /// Computes the backward pass of a 1×1 convolution whose input is a view, for one slab of its
  /// inputs.
  ///
  /// For the batch norm before the view, it computes g, the gradient before the activation, and the
  /// sums `Σ g` and `Σ g · (y − mean)`. In two parts, with `act' = act'(scale · y + shift)`, it
  /// computes `Σ g · act'` and `Σ g · act' · (y − mean)`, `Σ act'` and `Σ act' · (y − mean)`, which
  /// `joinSums` joins.
  ///
  /// - Parameters:
  ///   - dy: The gradient of the output, stored in NHWC.
  ///   - slab: The slab of input channels.
  ///   - g: The map for the gradient of the view's value.
  ///   - dgate: The region for the gradient of the view's gate.
  ///   - sums: The batch norm before the view, the image whose sums are computed, and whether they
  ///     are computed in two parts; nil for no sums.
  package func projectionBackward(
    _ layer: TrainingProduct, x: MapView, dy: FeatureMap, slab: Int, dw: Region?, g: FeatureMap,
    dgate: Region?, sums: (norm: TrainingNorm, image: Int, areParts: Bool)?, scratch: Region,
    memory: Arena
  ) {
    let inputs = Self.channelStride(layer.inputs)
    precondition(
      !layer.gathers && x.y.layout.channels == inputs && dy.layout.slabs == 1
        && dy.layout.slab == layer.columns && g.layout == x.y.layout
        && dy.layout.precision == layer.precision && g.layout.precision == layer.precision
        && dy.layout.pixels == x.y.layout.pixels,
      "\(layer.inputs) inputs in \(x.y.layout), \(layer.columns) outputs in \(dy.layout)")
    let channel = slab * MapLayout.slabChannels
    precondition(0..<inputs ~= channel, "slab \(slab) of \(inputs) channels")
    dw?.requireRoom(for: layer.weightCount, "the weights' gradient")
    dgate?.requireRoom(for: inputs, "the gate's gradient")
    layer.transposed.requireRoom(for: layer.transposedCount, "the transposed weights")
    layer.zeros.requireRoom(for: inputs, "the zeros")
    let parts = layer.parts(of: scratch)
    var arguments = unsafe effnet_projection_backward(
      x: x.kernelView(in: memory), dy: dy.kernelMap(in: memory), g: g.kernelMap(in: memory),
      transposed: memory.pointer(layer.transposed), zeros: memory.pointer(layer.zeros),
      dw: memory.optionalPointer(dw), dgate: memory.optionalPointer(dgate), mean: nil, sum: nil,
      product: nil, slope_sum: nil, slope_product: nil, depth: layer.inputs, inputs: inputs,
      columns: layer.columns, pixels: x.y.layout.pixels, channel: channel,
      width: min(MapLayout.slabChannels, inputs - channel), scratch: memory.pointer(parts.x),
      value_stack: memory.pointer(TrainingProduct.Parts.stack(parts.x)),
      dy_stack: memory.pointer(TrainingProduct.Parts.stack(parts.dy)))
    if let (norm, image, areParts) = sums {
      let (rows, slopes) = (norm.sums(image: image), norm.slopes(image: image))
      for region in [norm.mean, rows.sum, rows.product, slopes.sum, slopes.product] {
        region.requireRoom(for: inputs, "the sums")
      }
      unsafe arguments.mean = UnsafePointer(memory.pointer(norm.mean))
      unsafe arguments.sum = memory.pointer(rows.sum)
      unsafe arguments.product = memory.pointer(rows.product)
      if areParts {
        unsafe arguments.slope_sum = memory.pointer(slopes.sum)
        unsafe arguments.slope_product = memory.pointer(slopes.product)
      }
    }
    unsafe call(training(layer.precision).projection_backward, &arguments)
  }

  /// Packs weights, in rows of `columns`, for the forward or the backward pass.
  ///
  /// - Parameter isTransposed: Whether the weights are packed for the backward pass.
  package func pack(
    _ weights: Region, of layer: TrainingProduct, isTransposed: Bool, memory: Arena
  ) {
    weights.requireRoom(for: layer.weightCount, "the weights")
    let packed = isTransposed ? layer.transposed : layer.weights
    packed.requireRoom(
      for: isTransposed ? layer.transposedCount : layer.packedCount, "the packed weights")
    var arguments = unsafe effnet_packing(
      w: memory.pointer(weights), packed: memory.pointer(packed), rows: layer.depth,
      columns: layer.columns)
    if isTransposed {
      unsafe call(training(layer.precision).pack_transposed, &arguments)
    } else {
      unsafe call(training(layer.precision).pack_rows, &arguments)
    }
  }

  private func requireRoom(_ layer: TrainingProduct, x: MapView, y: MapLayout) {
    requireWholeBlocks(layer.columns)
    let input = x.y.layout
    precondition(
      input.channels >= layer.inputs && input.pixels >= layer.window.inputPixels
        && y.channels == layer.columns && y.pixels >= layer.window.outputPixels,
      "\(layer.inputs) to \(layer.columns) channels from \(input) to \(y)")
    precondition(
      input.precision == layer.precision && y.precision == layer.precision
        && (layer.gathers || input.slab % layer.precision.elementsPerWord == 0),
      "\(layer.precision) from \(input) to \(y)")
    precondition(
      !layer.gathers || x.isPlain && input.slabs == 1, "a larger filter reads a stored map")
    layer.weights.requireRoom(for: layer.packedCount, "the weights")
    layer.bias.requireRoom(for: layer.columns, "the bias")
  }

  private func kernelArguments(
    _ layer: TrainingProduct, x: MapView, y: FeatureMap, moments: (sum: Region, square: Region)?,
    scratch: Region, memory: Arena
  ) -> effnet_training_product {
    for region in [moments?.sum, moments?.square] {
      region?.requireRoom(for: layer.columns, "the moments")
    }
    return unsafe effnet_training_product(
      x: x.kernelView(in: memory), w: memory.pointer(layer.weights),
      bias: memory.pointer(layer.bias), y: y.kernelMap(in: memory),
      window: layer.window.kernelWindow, depth: layer.inputs, columns: layer.columns,
      sum: memory.optionalPointer(moments?.sum), square: memory.optionalPointer(moments?.square),
      scratch: memory.pointer(layer.parts(of: scratch).x))
  }
}
