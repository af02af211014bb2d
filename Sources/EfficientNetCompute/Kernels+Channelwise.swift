internal import CEfficientNetKernels

extension Kernels {
  /// The mean of each channel over the pixels of one image: `y[c] = (Σ_p x[p, c]) / pixels`.
  ///
  /// - Shapes: x (pixels, channels), y (channels); only channels `range` are computed, whole blocks.
  /// - Accuracy: pixels are added in order; every instruction set gives the bits of the scalar one.
  package func averagePool(
    x: Region, y: Region, pixels: Int, channels: Int, range: Range<Int>, memory: Arena
  ) {
    requireWholeBlocks(channels)
    requireWholeBlocks(range.lowerBound)
    requireWholeBlocks(range.upperBound)
    precondition(range.upperBound <= channels, "channels \(range) of \(channels)")
    x.requireRoom(for: pixels * channels, "x")
    y.requireRoom(for: channels, "y")
    var arguments = unsafe effnet_average_pool(
      x: memory.pointer(x), y: memory.pointer(y), pixels: pixels, channels: channels,
      channel_begin: range.lowerBound, channel_end: range.upperBound)
    unsafe table.pointee.average_pool(&arguments)
  }

  /// Multiplies every pixel by the image's gate, in place: `y[p, c] = act(y[p, c] · gate[c])`.
  ///
  /// - Shapes: y (pixels, channels), gate (channels).
  package func scale(
    y: Region, gate: Region, channels: Int, activation: Activation = .identity, memory: Arena
  ) {
    requireWholeBlocks(channels)
    precondition(y.count % channels == 0, "\(y.count) floats in pixels of \(channels)")
    gate.requireRoom(for: channels, "the gate")
    var arguments = unsafe effnet_scale(
      y: memory.pointer(y), gate: memory.pointer(gate), pixels: y.count / channels,
      channels: channels, activation: activation.kernelCode)
    unsafe table.pointee.scale(&arguments)
  }
}
