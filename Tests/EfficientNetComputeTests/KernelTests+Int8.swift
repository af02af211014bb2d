import EfficientNetTestSupport
import Glibc
import Testing

@testable import EfficientNetCompute

/// Kernels that read or write codes equal plain loops bit for bit: sums of integers are exact, and
/// the floats follow in the documented order.
extension KernelTests {
  @Test(
    "a product of codes equals plain loops bit for bit", arguments: productSizes,
    [0, 1, 128, 255])
  func productOfCodes(size: (rows: Int, depth: Int, outputs: Int), zeroPoint: Int) {
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let codes = Self.codes(
      outputs, depth: depth, zeroPoint: zeroPoint, inputZeroPoint: 255 - zeroPoint)
    let x = Self.random("x", rows * depth, .int8, zeroPoint: codes.inputZeroPoint)
    let w = Self.integers("w", outputs * depth, limit: 127)
    let zeros = Array(repeating: Float(0), count: outputs)
    let sums = Self.convolve(
      x, Self.pixelwise(rows), inputs: depth, outputs: outputs, weights: w, bias: zeros)
    func constants(_ kernels: Kernels, _ codes: LayerConstants) -> KernelMemory {
      Self.constants(
        kernels, depth: depth, outputs: outputs, precision: .int8, weights: w, bias: zeros,
        codes: codes)
    }
    for variant in (0..<32).map(ProductVariant.init) where !variant.isScaled {
      let output = variant.cut % 3 == 1 ? Precision.float32 : .int8
      let residual = Self.random("r", rows * columns, .int8)
      let layer = codes.layer(
        variant.activation, hasResidual: variant.hasResidual, activatesSum: variant.activatesSum,
        writesCodes: output == .int8)
      let expected = layer.outputs(
        of: sums, columns: columns, residual: variant.hasResidual ? residual : nil)
      Self.check("\(variant)", .int8, output: output, expected: expected) { kernels in
        Self.product(
          kernels, variant, size, .int8, output, constants(kernels, layer), x: x,
          residual: residual, codes: layer)
      }
    }
    for (cut, activation) in Activation.allCases.enumerated() {
      let layer = codes.layer(activation, writesCodes: false)
      let values = layer.outputs(of: sums, columns: columns)
      let means = (0..<columns).map { n in
        (0..<rows).reduce(Float(0)) { $0 + values[$1 * columns + n] } / Float(rows)
      }
      Self.check("pooled, \(activation)", .int8, output: .float32, expected: means) { kernels in
        Self.pooledProduct(
          kernels, activation, size, .int8, .float32, constants(kernels, layer), x: x, cut: cut,
          codes: layer)
      }
    }
  }

  @Test(
    "a convolution of codes, and one of floats that writes codes, equal plain loops bit for bit",
    arguments: convolutionSizes, [true, false])
  func convolutionOfCodes(size: ConvolutionSize, isSame: Bool) {
    let columns = Kernels.channelStride(size.outputs)
    let taps = size.kernel * size.kernel
    let window = Self.window(
      height: size.height, width: size.width, kernel: size.kernel, stride: size.stride,
      isSame: isSame)
    let (inputs, weights) = (window.inputPixels * size.inputs, size.outputs * taps * size.inputs)
    for number in 0..<8 {
      let readsCodes = number % 3 != 0
      let activation = Activation.allCases[(number + size.height) % 5]
      let (hasResidual, activatesSum) = (number & 1 != 0, number & 4 != 0)
      let precision = readsCodes ? Precision.int8 : .float32
      let residual = Self.random("r", window.outputPixels * columns, precision)
      let codes = Self.codes(
        size.outputs, depth: taps * size.inputs, zeroPoint: 36 * number,
        inputZeroPoint: 255 - 36 * number
      ).layer(
        activation, hasResidual: hasResidual, activatesSum: activatesSum, readsCodes: readsCodes)
      let x =
        readsCodes
        ? Self.random("x", inputs, .int8, zeroPoint: codes.inputZeroPoint)
        : Self.fractions("x", inputs)
      let w = readsCodes ? Self.integers("w", weights, limit: 127) : Self.fractions("w", weights)
      let sums = Self.convolve(
        x, window, inputs: size.inputs, outputs: size.outputs, weights: w,
        bias: readsCodes ? Array(repeating: 0, count: size.outputs) : codes.bias)
      let expected = codes.outputs(
        of: sums, columns: columns, residual: hasResidual ? residual : nil)
      Self.check(
        "\(window), \(precision), case \(number)", precision, output: .int8, expected: expected
      ) { kernels in
        let constants = Self.constants(
          kernels, taps: taps, depth: size.inputs, outputs: size.outputs, precision: precision,
          weights: w, bias: [], codes: codes)
        return Self.convolution(
          kernels, window, size, activation, precision, .int8, constants, x: x,
          residual: hasResidual ? residual : nil, activatesSum: activatesSum,
          isSlabbed: number & 2 != 0, cut: number, codes: codes)
      }
    }
  }

  @Test(
    "halves are rounded to even codes, and numbers outside the codes become the nearest",
    arguments: [0, 1, 128, 255])
  func ties(zeroPoint: Int) {
    let size = (rows: 256, depth: 1, outputs: 2)
    let columns = Kernels.channelStride(size.outputs)
    let inputs = -128...127
    let codes = LayerConstants(
      bias: [0, 0.25], multiplier: [0.5, 0.25], scale: 1, zeroPoint: zeroPoint,
      inputZeroPoint: 128)
    let expected = inputs.flatMap { code -> [Float] in
      let exact = [Double(code) / 2, Double(3 * code + 1) / 4, 0]
      return (0..<columns).map { n in
        let rounded = exact[min(n, 2)].rounded(.toNearestOrEven)
        return Float(min(max(rounded, Double(-zeroPoint)), Double(255 - zeroPoint)))
      }
    }
    Self.check("zero point \(zeroPoint)", .int8, output: .int8, expected: expected) { kernels in
      let constants = Self.constants(
        kernels, depth: 1, outputs: 2, precision: .int8, weights: [1, 3], bias: [], codes: codes)
      return Self.product(
        kernels, ProductVariant(0), size, .int8, .int8, constants, x: inputs.map { Float($0) },
        residual: [], codes: codes)
    }
  }

  /// One variant of a product for each activation, without a residual.
  @Test("NaN counts as −∞, and infinity becomes the nearest code", arguments: [0, 1, 2, 3, 19])
  func notFinite(variant: Int) {
    let (variant, size) = (ProductVariant(variant), (rows: 9, depth: 5, outputs: 48))
    var x = Self.fractions("x", size.rows * size.depth)
    x[2 * size.depth + 1] = .nan
    x[7 * size.depth + 4] = .infinity
    let w = Self.fractions("w", size.outputs * size.depth).map { abs($0) + 0.5 }
    let codes = Self.codes(size.outputs, depth: size.depth, zeroPoint: 77)
      .layer(variant.activation, readsCodes: false)
    let sums = Self.convolve(
      x, Self.pixelwise(size.rows), inputs: size.depth, outputs: size.outputs, weights: w,
      bias: codes.bias)
    let expected = codes.outputs(of: sums, columns: size.outputs)
    Self.check("\(variant)", .float32, output: .int8, expected: expected) { kernels in
      let constants = Self.constants(
        kernels, depth: size.depth, outputs: size.outputs, precision: .float32, weights: w,
        bias: [], codes: codes)
      return Self.product(
        kernels, variant, size, .float32, .int8, constants, x: x, residual: [], codes: codes)
    }
  }

  @Test(
    "sums of the largest products of the most inputs do not overflow", arguments: [0, 128, 255])
  func largestSums(zeroPoint: Int) {
    let size = (rows: 2, depth: 66_311, outputs: 2)
    let columns = Kernels.channelStride(size.outputs)
    let x = [255 - zeroPoint, -zeroPoint].flatMap { Array(repeating: Float($0), count: size.depth) }
    let w = [Float](repeating: 127, count: size.depth)
    let codes = LayerConstants(
      bias: [1, -1], multiplier: [0.25, 0.125], inputZeroPoint: zeroPoint
    ).layer(.identity, writesCodes: false)
    let padding = Array(repeating: 0.0, count: columns - size.outputs)
    let sums = [x[0], x[size.depth]].map { Double($0) * 66_311 * 127 }
      .flatMap { [$0, -$0] + padding }
    let expected = codes.outputs(of: sums, columns: columns)
    Self.check("the most inputs", .int8, output: .float32, expected: expected) { kernels in
      let constants = Self.constants(
        kernels, depth: size.depth, outputs: size.outputs, precision: .int8,
        weights: w + w.map { -$0 }, bias: [], codes: codes)
      return Self.product(
        kernels, ProductVariant(0), size, .int8, .float32, constants, x: x, residual: [],
        codes: codes)
    }
  }

  /// Integers from −limit to limit; a third of them are one of the two.
  static func integers(_ name: String, _ count: Int, limit: Int) -> [Float] {
    Formula.unit(name, count: count).map {
      Float(min(max(Int($0 * 1.5 * Double(limit)), -limit), limit))
    }
  }

  /// Multiples of 1/32 in [−1, 1], whose products have exact sums.
  static func fractions(_ name: String, _ count: Int) -> [Float] {
    integers(name, count, limit: 32).map { $0 / 32 }
  }

  /// Constants that bring sums of `depth` products of codes and integers to a size around 1.
  static func codes(
    _ outputs: Int, depth: Int, zeroPoint: Int, inputZeroPoint: Int = 100
  ) -> LayerConstants {
    let size = 1 / (7000 * Float(depth).squareRoot())
    return LayerConstants(
      bias: fractions("b", outputs), multiplier: random("m", outputs).map { $0 * size },
      scale: 0.02, zeroPoint: zeroPoint, residualScale: 0.0071,
      inputZeroPoint: inputZeroPoint, residualZeroPoint: 100)
  }

  /// Activations as the scalar kernel for 32-bit floats computes them.
  static func activated(_ values: [Float], _ activation: Activation) -> [Float] {
    switch activation {
    case .identity: return values
    case .relu: return values.map { max($0, 0) }
    case .relu6: return values.map { min(max($0, 0), 6) }
    case .silu, .sigmoid:
      let kernels = Kernels(.scalar)
      let size = (rows: values.count, depth: 1, outputs: 1)
      let layout = MapLayout.nhwc(pixels: values.count, channels: 1, precision: .float32)
      let constants = constants(
        kernels, depth: 1, outputs: 1, precision: .float32, weights: [1], bias: [0])
      let memory = KernelMemory([values.count, layout.count])
      memory.fill(0, values)
      kernels.product(
        ProductLayer(
          depth: 1, outputs: 1, weights: constants.regions[0], bias: constants.regions[1],
          activation: activation, precision: .float32),
        x: memory.map(0, .image(pixels: size.rows, channels: 1)), residual: nil,
        y: memory.map(1, layout), rows: 0..<size.rows, panels: 0..<1, memory: memory.arena,
        constants: constants.arena)
      let elements = memory.elements(1, layout)
      return values.indices.map { elements[$0 * layout.channels] }
    }
  }

  @Test(
    "the curve is SiLU", arguments: [0.0057, 0.01, 0.0317, 0.1, 0.24, 3, 700] as [Float],
    [0, 9, 90])
  func curve(scale: Float, zeroPoint: Int) throws {
    let curve = try #require(SiLUCurve(scale: scale, zeroPoint: zeroPoint))
    var largest = 0.0
    for word in -32768...32767 {
      let code = min(max(curve.code(word), -zeroPoint), 255 - zeroPoint)
      let exact = Activation.silu.exact(Double(word) * Double(curve.unit)) / Double(scale)
      let limited = min(max(exact, Double(-zeroPoint)), Double(255 - zeroPoint))
      largest = max(largest, abs(Double(code) - limited))
    }
    // Half a code by rounding, and less than that by words and polynomials.
    #expect(largest < 0.85)
    #expect(curve.code(0) == 0)
    #expect(32767 * curve.unit >= Float(255 - zeroPoint) * scale)
  }

  @Test("SiLU is computed in floats if codes are nearer than the error of the curve")
  func tooNear() {
    #expect(SiLUCurve(scale: 0.0055, zeroPoint: 128) == nil)
    let codes = LayerConstants(bias: [1], multiplier: [1], scale: 0.0055, zeroPoint: 128)
    for activation in Activation.allCases {
      guard case .floats = codes.layer(activation).form else {
        #expect(activation != .silu && activation != .sigmoid)
        continue
      }
      #expect(activation == .silu || activation == .sigmoid)
    }
  }

  @Test("sums that might not fit an integer of 32 bits become codes in floats")
  func largeRaw() {
    var codes = LayerConstants(bias: [0], multiplier: [1], scale: 1e-3)
    codes.largestSum = 1.0e6
    guard case .limits = codes.form else {
      Issue.record("1e9 fits")
      return
    }
    codes.largestSum = 1.1e6
    guard case .floats = codes.form else {
      Issue.record("1.1e9 might not fit")
      return
    }
    // A residual after the activation is not part of the sum, be it codes or floats.
    codes.largestSum = 1
    for readsCodes in [false, true] {
      for activation in [Activation.relu, .silu] {
        let layer = codes.layer(activation, hasResidual: true, readsCodes: readsCodes)
        guard case .floats = layer.form else {
          Issue.record("\(activation)")
          return
        }
      }
    }
  }
}

extension SiLUCurve {
  /// Returns the code of a word before the limits, by plain integers.
  func code(_ word: Int) -> Int {
    func product(_ a: Int, _ b: Int) -> Int { (a * b + 0x4000) >> 15 }
    let t = min(abs(word), Int(limit)) * Int(stretch)
    let f = ((t & 0xfff) << 4) - 0x8000
    let c = curve.map { Int($0[t >> 12]) }
    let h = product(product(c[2], f) + c[1], f) + c[0]
    let y = min(max(max(word, 0) - h, -32768), 32767)
    return product(product(y, Int(factor)), Int(lastFactor))
  }
}

extension LayerConstants {
  /// The constants of a layer with these inputs and outputs.
  func layer(
    _ activation: Activation, hasResidual: Bool = false, activatesSum: Bool = false,
    readsCodes: Bool = true, writesCodes: Bool = true
  ) -> LayerConstants {
    var layer = self
    (layer.activation, layer.hasResidual) = (activation, hasResidual)
    layer.activatesSum = activatesSum
    (layer.readsCodes, layer.writesCodes) = (readsCodes, writesCodes)
    return layer
  }

  /// Returns what the layer makes of exact sums (pixels, columns), padding included.
  ///
  /// - Parameters:
  ///   - sums: Integers without the bias or, without `readsCodes`, values.
  ///   - residual: Codes or, without `readsCodes`, floats.
  func outputs(of sums: [Double], columns: Int, residual: [Float]? = nil) -> [Float] {
    let form = form
    var isInFloats = !writesCodes
    if case .floats = form { isInFloats = true }
    let rowUnit = readsCodes && !isInFloats ? unit(of: form) : 1
    var values = sums.enumerated().map { index, sum in
      let n = index % columns
      guard readsCodes, n < bias.count else { return Float(sum) }
      return (bias[n] / rowUnit).addingProduct(Float(sum), multiplier[n] / rowUnit)
    }
    func addResidual() {
      for (index, value) in (residual ?? []).enumerated() {
        values[index] += readsCodes ? value * (residualScale / rowUnit) : value
      }
    }
    if isInFloats {
      if activatesSum { addResidual() }
      values = KernelTests.activated(values, activation)
      if !activatesSum { addResidual() }
    } else {
      addResidual()
    }
    guard writesCodes else { return values }
    let wordUnit = isInFloats || !readsCodes ? unit(of: form) : 1
    return values.map { code(ofRaw: $0 * (1 / wordUnit)) }
  }

  /// Returns the code of a number in units of words; NaN counts as −∞.
  func code(ofRaw raw: Float) -> Float {
    let word = raw.isNaN ? -32768 : min(max(raw, -32768), 32767).rounded(.toNearestOrEven)
    var (lowest, highest) = (Float(-zeroPoint), Float(255 - zeroPoint))
    switch form {
    case .curve(let curve): return min(max(Float(curve.code(Int(word))), lowest), highest)
    case .limits:
      if activation == .relu || activation == .relu6 { lowest = 0 }
      if activation == .relu6 { highest = min(highest, (6 / scale).rounded(.toNearestOrEven)) }
    case .floats: break
    }
    return min(max(word, lowest), highest)
  }

  /// The rows as the kernels read them.
  func rows(columns: Int) -> [Float] {
    let memory = KernelMemory([Self.count(columns, .int8)])
    write(to: memory.regions[0], columns: columns, in: memory.arena)
    return memory.words(0).map { Float(bitPattern: $0) }
  }
}
