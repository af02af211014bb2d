internal import CEfficientNetKernels

/// A 1×1 convolution or fully connected layer with its weights packed.
///
///     y[r, n] = act(bias[n] + Σ_k x[r, k] · w[k, n]) + residual[r, n]
package struct PointwiseLayer: Hashable, Sendable {
  /// Inputs that count: channels without padding.
  package var depth: Int
  /// Outputs, a multiple of `Kernels.channelBlock`.
  package var columns: Int
  /// Floats from one row of x to the next.
  package var inputStride: Int
  /// `depth * columns` packed weights, in the arena of constants.
  package var weights: Region
  /// `columns` floats, in the arena of constants.
  package var bias: Region
  /// What is applied before the residual is added.
  package var activation: Activation

  package init(
    depth: Int, columns: Int, inputStride: Int, weights: Region, bias: Region,
    activation: Activation
  ) {
    (self.depth, self.columns, self.inputStride) = (depth, columns, inputStride)
    (self.weights, self.bias, self.activation) = (weights, bias, activation)
  }
}

extension Kernels {
  /// Computes rows `rows` and weight panels `panels` of `layer`.
  ///
  /// - Shapes: x (rows, inputStride), residual and y (rows, columns), in `memory`.
  /// - Accuracy: every instruction set gives the bits of the scalar one.
  package func pointwise(
    _ layer: PointwiseLayer, x: Region, residual: Region?, y: Region, rows: Range<Int>,
    panels: Range<Int>, memory: Arena, constants: Arena
  ) {
    precondition(layer.depth <= layer.inputStride, "depth \(layer.depth) of \(layer.inputStride)")
    precondition(
      panels.upperBound <= self.panels(columns: layer.columns),
      "panels \(panels) of \(self.panels(columns: layer.columns))")
    requireWholeBlocks(layer.columns)
    x.requireRoom(for: rows.upperBound * layer.inputStride, "x")
    y.requireRoom(for: rows.upperBound * layer.columns, "y")
    residual?.requireRoom(for: rows.upperBound * layer.columns, "the residual")
    layer.weights.requireRoom(for: layer.depth * layer.columns, "the weights")
    layer.bias.requireRoom(for: layer.columns, "the bias")
    var arguments = unsafe effnet_pointwise(
      x: memory.pointer(x), w: constants.pointer(layer.weights),
      bias: constants.pointer(layer.bias), residual: residual.map { unsafe memory.pointer($0) },
      y: memory.pointer(y), x_stride: layer.inputStride, depth: layer.depth,
      columns: layer.columns, row_begin: rows.lowerBound, row_end: rows.upperBound,
      panel_begin: panels.lowerBound, panel_end: panels.upperBound,
      activation: layer.activation.kernelCode)
    unsafe table.pointee.pointwise(&arguments)
  }

  /// Packs a weight matrix into the panels that the kernels read.
  ///
  /// - Shapes: `weight(k, n)` for k < depth and n < outputs; the columns from `outputs` on become zero.
  @inlinable
  package func pack(
    depth: Int, outputs: Int, columns: Int, into packed: inout MutableSpan<Float>,
    weight: (_ k: Int, _ n: Int) -> Float
  ) {
    precondition(
      packed.count == depth * columns && outputs <= columns,
      "\(depth)×\(outputs) weights do not fill \(packed.count) floats in \(columns) columns")
    var index = 0
    for first in stride(from: 0, to: columns, by: panelColumns) {
      let end = min(first + panelColumns, columns)
      for k in 0..<depth {
        for n in first..<end {
          packed[index] = n < outputs ? weight(k, n) : 0
          index += 1
        }
      }
    }
  }
}
