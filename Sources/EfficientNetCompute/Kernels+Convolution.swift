internal import CEfficientNetKernels

/// The geometry of a square filter moving over an image: sizes and zero padding.
package struct Window: Hashable, Sendable {
  package var inputHeight: Int
  package var inputWidth: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var kernel: Int
  package var stride: Int
  /// Rows of zeros above the image.
  package var top: Int
  /// Columns of zeros left of the image.
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
    // Every output sees at least one row and one column of the image.
    precondition(
      (outputHeight - 1) * stride - top < inputHeight,
      "\(outputHeight) output rows from \(inputHeight), stride \(stride)")
    precondition(
      (outputWidth - 1) * stride - left < inputWidth,
      "\(outputWidth) output columns from \(inputWidth), stride \(stride)")
  }

  package var inputPixels: Int { inputHeight * inputWidth }
  package var outputPixels: Int { outputHeight * outputWidth }
}

/// A convolution with a square filter over all channels, its weights packed.
///
/// `y[b, p, q, n] = act(bias[n] + Σ_ijc x[b, p·s + i − top, q·s + j − left, c] · w[i, j, c, n]) + residual[b, p, q, n]`
package struct ConvolutionLayer: Hashable, Sendable {
  package var window: Window
  package var inputChannels: Int
  /// The product over the gathered pixels: depth is kernel² · inputChannels; `inputStride` is the
  /// floats from one pixel of x to the next.
  package var product: PointwiseLayer

  package init(window: Window, inputChannels: Int, product: PointwiseLayer) {
    precondition(
      product.depth == window.kernel * window.kernel * inputChannels,
      "depth \(product.depth) for \(window.kernel)×\(window.kernel)×\(inputChannels)")
    (self.window, self.inputChannels, self.product) = (window, inputChannels, product)
  }

  /// Output pixels that are gathered before they are multiplied.
  package static let gatheredPixels = 42
  /// Floats of scratch memory that one call needs.
  package var scratchCount: Int { Self.gatheredPixels * product.depth }
}

extension Kernels {
  /// Computes output rows `rows` of `layer`, counted over the whole batch.
  ///
  /// - Edges: outside the image counts as zero.
  package func convolution(
    _ layer: ConvolutionLayer, x: Region, residual: Region?, y: Region, scratch: Region,
    rows: Range<Int>, memory: Arena, constants: Arena
  ) {
    let window = layer.window
    let product = layer.product
    let images = (rows.upperBound + window.outputHeight - 1) / window.outputHeight
    precondition(
      layer.inputChannels <= product.inputStride,
      "\(layer.inputChannels) channels of \(product.inputStride)")
    requireWholeBlocks(product.columns)
    x.requireRoom(for: images * window.inputPixels * product.inputStride, "x")
    let outputCount = rows.upperBound * window.outputWidth * product.columns
    y.requireRoom(for: outputCount, "y")
    residual?.requireRoom(for: outputCount, "the residual")
    scratch.requireRoom(for: layer.scratchCount, "the scratch memory")
    product.weights.requireRoom(for: product.depth * product.columns, "the weights")
    product.bias.requireRoom(for: product.columns, "the bias")
    var arguments = unsafe effnet_convolution(
      x: memory.pointer(x), w: constants.pointer(product.weights),
      bias: constants.pointer(product.bias), residual: residual.map { unsafe memory.pointer($0) },
      y: memory.pointer(y), scratch: memory.pointer(scratch), input_height: window.inputHeight,
      input_width: window.inputWidth, input_channels: layer.inputChannels,
      x_stride: product.inputStride, output_height: window.outputHeight,
      output_width: window.outputWidth, columns: product.columns, kernel: window.kernel,
      stride: window.stride, top: window.top, left: window.left,
      scratch_pixels: ConvolutionLayer.gatheredPixels, row_begin: rows.lowerBound,
      row_end: rows.upperBound, activation: product.activation.kernelCode)
    unsafe table.pointee.convolution(&arguments)
  }
}
