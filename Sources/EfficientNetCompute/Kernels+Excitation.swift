internal import CEfficientNetKernels

extension Kernels {
  /// Computes the mean of each channel: `y[c] = (Σ_r x[r, c]) / count`. The rows of x are pixels or
  /// sums of pixels.
  ///
  /// - Parameters:
  ///   - scale: The scale of the codes of x in int8.
  ///   - zeroPoint: Their zero point.
  /// - Shapes: x (rows, channels), y (channels).
  /// - Accuracy: Rows are added in order, bit-identical on every instruction set.
  package func mean(
    x: FeatureMap, count: Int, scale: Float = 1, zeroPoint: Int = 0, y: Region, memory: Arena
  ) {
    requireWholeBlocks(x.layout.channels)
    y.requireRoom(for: x.layout.channels, "the mean")
    var arguments = unsafe effnet_mean(
      x: x.kernelMap(in: memory, codesPerWord: codesPerWord), y: memory.pointer(y),
      rows: x.layout.pixels, count: count,
      channels: x.layout.channels, scale: scale,
      zero: x.layout.precision == .int8 && codesPerWord == 4 ? Float(zeroPoint) : 0)
    unsafe call(operations(x.layout.precision).pointee.mean, &arguments)
  }

  /// Multiplies channels by the image's gate, in place: `y[p, c] = act(y[p, c] · gate[c])` for the
  /// channels of slab `slab`.
  ///
  /// - Parameter codes: In int8, the ``LayerConstants`` of the scaled map.
  /// - Shapes: y (pixels, channels), gate (channels).
  package func scale(
    _ y: FeatureMap, slab: Int, gate: Region, activation: Activation, codes: Region? = nil,
    memory: Arena, constants: Arena
  ) {
    requireWholeBlocks(y.layout.slab)
    precondition(slab < y.layout.slabs, "slab \(slab) of \(y.layout)")
    let channels = y.layout.channels(ofSlab: slab)
    gate.requireRoom(for: y.layout.channels, "the gate")
    let layout = y.layout
    let place = Region(
      offset: y.region.offset + slab * layout.slabStride,
      count: layout.precision.words(
        layout.pixels * layout.slab, codesPerWord: layout.codesPerWord))
    precondition(
      (codes != nil) == (layout.precision == .int8)
        && (codes == nil || layout.codesPerWord == codesPerWord), "codes of \(layout)")
    codes?.requireRoom(for: LayerConstants.count(layout.channels, .int8), "the constants")
    let numbers = unsafe constants.optionalPointer(codes).map {
      unsafe UnsafeRawPointer($0 + Int(EFFNET_CONSTANT_ROWS) * layout.channels)
        .assumingMemoryBound(to: effnet_codes.self)
    }
    var arguments = unsafe effnet_scale(
      y: memory.pointer(place),
      gate: memory.pointer(gate) + channels.lowerBound, codes: numbers,
      pixels: y.layout.pixels, stride: y.layout.slab, width: channels.count,
      activation: activation.kernelCode)
    unsafe call(operations(y.layout.precision).pointee.scale, &arguments)
  }

  /// Multiplies the weights after a gate by the gate: `y[k, n] = w[k, n] · gate[k]` for inputs
  /// `inputs` of `layer`.
  ///
  /// - Shapes: gate (inputs, padded), y like the layer's weights.
  package func scaleWeights(
    of layer: ProductLayer, inputs: Range<Int>, gate: Region, y: Region, memory: Arena,
    constants: Arena
  ) {
    precondition(
      inputs.lowerBound.isMultiple(of: 2) && inputs.upperBound <= layer.depth,
      "inputs \(inputs) of \(layer.depth)")
    gate.requireRoom(for: Self.channelStride(layer.depth), "the gate")
    layer.weights.requireRoom(for: layer.depthWords * layer.columns, "the weights")
    y.requireRoom(for: layer.depthWords * layer.columns, "the scaled weights")
    var arguments = unsafe effnet_scale_weights(
      x: constants.pointer(layer.weights), y: memory.pointer(y), gate: memory.pointer(gate),
      depth: layer.depth, columns: layer.columns, begin: inputs.lowerBound, end: inputs.upperBound)
    unsafe call(operations(layer.precision).pointee.scale_weights, &arguments)
  }
}
