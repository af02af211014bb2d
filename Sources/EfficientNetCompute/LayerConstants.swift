internal import CEfficientNetKernels

/// The rows of numbers, one for each output, with which a layer reads and writes codes of int8:
///
/// - `value = act(bias + multiplier · Σ_k code[k] · w[k]) + residualScale · residual code`
/// - `code = value / scale`, rounded to the nearest integer, ties to even, and limited to the 256
///   codes from `−zeroPoint` on
package struct LayerConstants: Sendable {
  package var bias: [Float]
  /// The scale of the inputs' codes times those of the weights.
  package var multiplier: [Float]
  /// The scale of the outputs' codes, and the code of 0 counted from the lowest.
  package var scale: Float
  package var zeroPoint: Int
  package var residualScale: Float
  /// The zero points of the inputs and of the residual, and the sum of the weights of each output.
  /// Kernels with four codes in a word read them.
  package var inputZeroPoint: Int
  package var residualZeroPoint: Int
  package var weightSums: [Int]

  package init(
    bias: [Float], multiplier: [Float], scale: Float = 1, zeroPoint: Int = 0,
    residualScale: Float = 0, inputZeroPoint: Int = 0, residualZeroPoint: Int = 0,
    weightSums: [Int] = []
  ) {
    precondition(
      bias.count == multiplier.count, "\(bias.count) biases, \(multiplier.count) multipliers")
    (self.bias, self.multiplier, self.residualScale) = (bias, multiplier, residualScale)
    (self.scale, self.zeroPoint) = (scale, zeroPoint)
    (self.inputZeroPoint, self.residualZeroPoint) = (inputZeroPoint, residualZeroPoint)
    self.weightSums = weightSums
  }

  /// Returns the floats of the constants of a layer with `columns` outputs, including padding, that
  /// reads or writes maps of these formats: a bias alone where no map has codes.
  package static func count(_ columns: Int, _ precisions: Precision...) -> Int {
    (precisions.contains(.int8) ? Int(EFFNET_CONSTANT_ROWS) : 1) * columns
  }

  /// Writes the rows. Padding has the code 0.
  package func write(to region: Region, columns: Int, in arena: Arena) {
    region.requireRoom(for: Self.count(columns, .int8), "the constants")
    arena.write(region) { rows in
      func set(_ row: effnet_constant, _ n: Int, _ value: Float) {
        rows[Int(row.rawValue) * columns + n] = value
      }
      for n in 0..<columns {
        set(EFFNET_BIAS, n, n < bias.count ? bias[n] : 0)
        set(EFFNET_MULTIPLIER, n, n < bias.count ? multiplier[n] : 0)
        set(EFFNET_INVERSE_SCALE, n, 1 / scale)
        set(EFFNET_LOWEST_CODE, n, Float(-zeroPoint))
        set(EFFNET_HIGHEST_CODE, n, Float(255 - zeroPoint))
        set(EFFNET_RESIDUAL_SCALE, n, residualScale)
        set(EFFNET_RESIDUAL_ZERO, n, Float(residualZeroPoint))
        set(EFFNET_INPUT_ZERO, n, Float(inputZeroPoint))
        let start = n < weightSums.count ? -inputZeroPoint * weightSums[n] : 0
        set(EFFNET_SUM_START, n, Float(bitPattern: UInt32(bitPattern: Int32(start))))
      }
    }
  }
}
