internal import CEfficientNetKernels

/// A depthwise convolution: one square filter a channel.
///
/// `y[b, p, q, c] = act(bias[c] + Σ_ij x[b, p·s + i − top, q·s + j − left, c] · w[i, j, c])`
package struct DepthwiseLayer: Hashable, Sendable {
  package var window: Window
  /// Channels with padding, a multiple of `Kernels.channelBlock`.
  package var channels: Int
  /// kernel² · channels floats in the order (i, j, c), in the arena of constants.
  package var weights: Region
  /// `channels` floats, in the arena of constants.
  package var bias: Region
  package var activation: Activation

  package init(
    window: Window, channels: Int, weights: Region, bias: Region, activation: Activation
  ) {
    (self.window, self.channels, self.weights) = (window, channels, weights)
    (self.bias, self.activation) = (bias, activation)
  }
}

extension Kernels {
  /// Computes output rows `rows` of `layer`, counted over the whole batch.
  ///
  /// - Edges: outside the image counts as zero.
  /// - Accuracy: every instruction set gives the bits of the scalar one.
  package func depthwise(
    _ layer: DepthwiseLayer, x: Region, y: Region, rows: Range<Int>, memory: Arena,
    constants: Arena
  ) {
    let window = layer.window
    let images = (rows.upperBound + window.outputHeight - 1) / window.outputHeight
    requireWholeBlocks(layer.channels)
    x.requireRoom(for: images * window.inputPixels * layer.channels, "x")
    y.requireRoom(for: rows.upperBound * window.outputWidth * layer.channels, "y")
    layer.weights.requireRoom(for: window.kernel * window.kernel * layer.channels, "the weights")
    layer.bias.requireRoom(for: layer.channels, "the bias")
    var arguments = unsafe effnet_depthwise(
      x: memory.pointer(x), w: constants.pointer(layer.weights),
      bias: constants.pointer(layer.bias), y: memory.pointer(y), input_height: window.inputHeight,
      input_width: window.inputWidth, output_height: window.outputHeight,
      output_width: window.outputWidth, channels: layer.channels, kernel: window.kernel,
      stride: window.stride, top: window.top, left: window.left, row_begin: rows.lowerBound,
      row_end: rows.upperBound, activation: layer.activation.kernelCode)
    unsafe table.pointee.depthwise(&arguments)
  }
}
