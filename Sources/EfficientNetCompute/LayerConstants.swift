internal import CEfficientNetKernels

/// The numbers with which a layer reads and writes codes of int8:
///
/// - `value = act(bias + multiplier · Σ_k code[k] · w[k]) + residualScale · residual code`
/// - `code = value / scale`, rounded to the nearest integer, ties to even, and limited to the 256
///   codes from `−zeroPoint` on
///
/// ``write(to:columns:in:)`` turns them into what the kernels read (see `effnet_codes`). There the
/// bias and the multiplier have units of codes, ReLU and ReLU6 are limits of the codes, and SiLU is a
/// ``SiLUCurve``, where that is possible.
package struct LayerConstants: Sendable {
  package var bias: [Float]
  /// The scale of the inputs' codes times those of the weights.
  package var multiplier: [Float]
  /// The scale of the outputs' codes, and the code of 0 counted from the lowest.
  package var scale: Float
  package var zeroPoint: Int
  package var residualScale: Float
  /// The scale and the zero point of the inputs.
  package var inputScale: Float = 1
  package var inputZeroPoint: Int
  package var residualZeroPoint: Int
  /// The sum of the weights of each output, for kernels with four codes in a word.
  package var weightSums: [Int]
  /// The largest magnitude that a sum can have.
  package var largestSum: Float = 0
  package var activation = Activation.identity
  /// Whether there is a residual, and whether the activation applies to the sum with it.
  package var hasResidual = false
  package var activatesSum = false
  /// Whether the inputs and the outputs are codes.
  package var readsCodes = true
  package var writesCodes = true
  /// Whether the layer is the gate of squeeze-and-excitation, which multiplies codes.
  package var isGate = false

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
    precisions.contains(.int8)
      ? Int(EFFNET_CONSTANT_ROWS) * columns + Int(EFFNET_CODES_WORDS) : columns
  }

  /// How the outputs become codes.
  enum Form {
    /// The activation limits the codes.
    case limits
    case curve(SiLUCurve)
    /// The activation is computed in floats.
    case floats
  }

  var form: Form {
    // A gate is at most 1. Its words have room for this ratio.
    if isGate {
      return ![.silu, .sigmoid].contains(activation) && inputScale / scale <= 64 ? .limits : .floats
    }
    let form: Form
    switch activation {
    case .sigmoid: return .floats
    case .identity, .relu, .relu6: form = .limits
    case .silu:
      guard let curve = SiLUCurve(scale: scale, zeroPoint: zeroPoint) else { return .floats }
      form = .curve(curve)
    }
    // A residual after the activation is not part of the sum that becomes an integer.
    if hasResidual, !activatesSum, activation != .identity { return .floats }
    // The sum must fit an integer of 32 bits.
    let unit = unit(of: form)
    let most = zip(bias, multiplier).reduce(255 * abs(residualScale)) {
      max($0, abs($1.0) + abs($1.1) * largestSum + 255 * abs(residualScale))
    }
    return most / unit < 0x1p30 ? form : .floats
  }

  /// The value of a word: of an integer before the limits or the curve.
  func unit(of form: Form) -> Float {
    if case .curve(let curve) = form { curve.unit } else { scale }
  }

  /// Writes the rows and `effnet_codes`. Padding has the sum 0.
  package func write(to region: Region, columns: Int, in arena: Arena) {
    region.requireRoom(for: Self.count(columns, .int8), "the constants")
    let form = form
    // The unit of the numbers in the kernel, which are values in floats.
    var rowUnit = unit(of: form)
    if case .floats = form { rowUnit = 1 }
    if !readsCodes || !writesCodes { rowUnit = 1 }
    arena.write(region) { words in
      func set(_ row: effnet_constant, _ n: Int, _ value: Float) {
        words[Int(row.rawValue) * columns + n] = value
      }
      for n in 0..<columns {
        set(EFFNET_BIAS, n, n < bias.count ? bias[n] / rowUnit : 0)
        set(EFFNET_MULTIPLIER, n, n < bias.count ? multiplier[n] / rowUnit : 0)
        let start = n < weightSums.count ? -inputZeroPoint * weightSums[n] : 0
        set(EFFNET_SUM_START, n, Float(bitPattern: UInt32(bitPattern: Int32(start))))
      }
      var codes = codes(form)
      codes.residual_scale = residualScale / rowUnit
      let begin = Int(EFFNET_CONSTANT_ROWS) * columns
      unsafe withUnsafeBytes(of: &codes) { bytes in
        for n in 0..<bytes.count / 4 {
          words[begin + n] = unsafe bytes.load(fromByteOffset: 4 * n, as: Float.self)
        }
      }
    }
  }

  private func codes(_ form: Form) -> effnet_codes {
    var codes = effnet_codes()
    codes.inverse_scale = 1 / unit(of: form)
    codes.scale = scale
    (codes.input_scale, codes.input_zero) = (inputScale, Int16(inputZeroPoint))
    (codes.residual_zero, codes.output_zero) = (Int16(residualZeroPoint), Int16(zeroPoint))
    (codes.lowest, codes.highest) = (Int16(-zeroPoint), Int16(255 - zeroPoint))
    if isGate {
      // A code times 128 and a gate are the product of two words.
      let ratio = inputScale / scale
      var doublings = 0
      while doublings < 6, Float(1 << doublings) < ratio { doublings += 1 }
      codes.gate_scale = 32768 * ratio / Float(1 << doublings)
      codes.gate_factor = Int16(1 << (8 + doublings))
    }
    switch form {
    case .floats: codes.form = EFFNET_IN_FLOATS
    case .limits:
      codes.form = EFFNET_BY_LIMITS
      if activation == .relu || activation == .relu6 { codes.lowest = 0 }
      if activation == .relu6 {
        codes.highest = Int16(min(Float(255 - zeroPoint), (6 / scale).rounded(.toNearestOrEven)))
      }
    case .curve(let curve):
      codes.form = EFFNET_BY_CURVE
      (codes.limit, codes.stretch) = (curve.limit, curve.stretch)
      (codes.factor, codes.last_factor) = (curve.factor, curve.lastFactor)
      unsafe withUnsafeMutableBytes(of: &codes.curve) { bytes in
        for (n, word) in curve.curve.joined().enumerated() {
          unsafe bytes.storeBytes(of: word, toByteOffset: 2 * n, as: Int16.self)
        }
      }
    }
    return codes
  }
}
