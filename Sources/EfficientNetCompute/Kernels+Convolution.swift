internal import CEfficientNetKernels

/// The geometry of a square filter that moves over an image: sizes, stride and zero padding.
package struct Window: Hashable, Sendable {
  package var inputHeight: Int
  package var inputWidth: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var kernel: Int
  package var stride: Int
  /// The rows of zeros above the image.
  package var top: Int
  /// The columns of zeros left of the image.
  package var left: Int

  package init(
    inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, kernel: Int,
    stride: Int, top: Int, left: Int
  ) {
    precondition(
      kernel > 0 && stride > 0 && 0..<kernel ~= top && 0..<kernel ~= left,
      "kernel \(kernel), stride \(stride), padding \(top) and \(left)")
    (self.inputHeight, self.inputWidth) = (inputHeight, inputWidth)
    (self.outputHeight, self.outputWidth) = (outputHeight, outputWidth)
    (self.kernel, self.stride, self.top, self.left) = (kernel, stride, top, left)
    // Every output covers at least one row and one column of the image.
    precondition(
      (outputHeight - 1) * stride - top < inputHeight,
      "\(outputHeight) output rows from \(inputHeight), stride \(stride)")
    precondition(
      (outputWidth - 1) * stride - left < inputWidth,
      "\(outputWidth) output columns from \(inputWidth), stride \(stride)")
  }

  package var inputPixels: Int { inputHeight * inputWidth }
  package var outputPixels: Int { outputHeight * outputWidth }

  var kernelWindow: effnet_window {
    effnet_window(
      input_height: inputHeight, input_width: inputWidth, output_height: outputHeight,
      output_width: outputWidth, kernel: kernel, stride: stride, top: top, left: left)
  }
}

/// A convolution with a square filter over all channels, with packed weights.
///
/// `y[p, q, n] = act(bias[n] + Σ_ijc x[p·s + i − top, q·s + j − left, c] · w[i, j, c, n]) +
/// residual[p, q, n]`, or with the activation applied to the whole sum.
package struct ConvolutionLayer: Hashable, Sendable {
  package var window: Window
  /// The product at each tap of the filter. Its depth is the number of input channels; its weights
  /// are those of all taps.
  package var product: ProductLayer

  package init(window: Window, product: ProductLayer) {
    (self.window, self.product) = (window, product)
  }

  /// The size of all weights in words of 32 bits.
  package var weightCount: Int {
    window.kernel * window.kernel * product.depthWords * product.columns
  }
}

extension Kernels {
  /// Computes output rows `rows` and weight panels `panels` of `layer` for one image.
  ///
  /// - Parameter residual: The residual, with the layout of y and the number format of x.
  /// - Edges: Pixels outside the image count as zero.
  package func convolution(
    _ layer: ConvolutionLayer, x: FeatureMap, residual: Region?, y: FeatureMap, rows: Range<Int>,
    panels: Range<Int>, upcoming: Prefetch = Prefetch(), memory: Arena, constants: Arena
  ) {
    let window = layer.window
    let product = layer.product
    requireRoom(product, x: x, panels: panels)
    precondition(
      x.layout.pixels == window.inputPixels && x.layout.slabs == 1, "\(window) on \(x.layout)")
    precondition(
      rows.upperBound <= window.outputHeight && y.layout.pixels == window.outputPixels
        && y.layout.channels >= product.columns,
      "rows \(rows) of \(window) into \(y.layout)")
    residual?.requireRoom(for: residualCount(product, y.layout), "the residual")
    product.weights.requireRoom(for: layer.weightCount, "the weights")
    product.bias.requireRoom(
      for: LayerConstants.count(product.columns, product.precision, y.layout.precision),
      "the constants")
    let next = unsafe upcoming.kernelList(constants: constants)
    var arguments = unsafe effnet_convolution(
      x: x.kernelMap(in: memory, codesPerWord: codesPerWord),
      y: y.kernelMap(in: memory, codesPerWord: codesPerWord),
      w: constants.pointer(product.weights), bias: constants.pointer(product.bias),
      residual: memory.optionalPointer(residual), window: window.kernelWindow,
      input_channels: product.depth, outputs: product.outputs, columns: product.columns,
      row_begin: rows.lowerBound,
      row_end: rows.upperBound, panel_begin: panels.lowerBound, panel_end: panels.upperBound,
      activation: product.activation.kernelCode, activates_sum: product.activatesSum,
      y_precision: y.layout.precision.kernelCode, next: next)
    unsafe call(operations(product.precision).pointee.convolution, &arguments)
  }
}
