import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

/// Every kernel of every instruction set against plain loops over doubles, on sizes that fit no tile; outputs
/// are poisoned, so that a place that is not written, or one outside that is, shows.
@Suite("Kernels")
struct KernelTests {
  static let poison: Float = 1e30

  /// Memory with one region for each of the given counts, all poisoned, and more poison behind each.
  struct Memory {
    let arena: Arena
    let regions: [Region]

    init(_ counts: [Int]) {
      var offset = 0
      regions = counts.map { count in
        defer { offset += (count + 63) / 16 * 16 }
        return Region(offset: offset, count: count)
      }
      arena = Arena(count: offset)
      arena.write(Region(offset: 0, count: offset)) { all in
        for index in all.indices { all[index] = KernelTests.poison }
      }
    }

    func fill(_ index: Int, _ value: (Int) -> Float) {
      arena.write(regions[index]) { span in
        for i in span.indices { span[i] = value(i) }
      }
    }

    func values(_ index: Int) -> [Float] {
      arena.read(regions[index]) { span in span.indices.map { span[$0] } }
    }

    /// Whether the floats behind a region are still poisoned.
    func isIntact(behind index: Int) -> Bool {
      let end = regions[index].offset + regions[index].count
      let next = index + 1 < regions.count ? regions[index + 1].offset : arena.count
      return arena.read(Region(offset: end, count: next - end)) { span in
        span.indices.allSatisfy { span[$0] == KernelTests.poison }
      }
    }
  }

  static func random(_ name: String, _ count: Int) -> [Float] {
    Formula.unit(name, count: count).map { Float($0) }
  }

  @Test(
    "pointwise", arguments: InstructionSet.available,
    [
      (1, 1, 1), (1, 7, 65), (5, 3, 16), (6, 16, 17), (7, 33, 48), (8, 5, 49), (13, 40, 97),
      (43, 27, 112),
    ])
  func pointwise(isa: InstructionSet, size: (rows: Int, depth: Int, outputs: Int)) {
    let kernels = Kernels(isa)
    let (rows, depth, outputs) = size
    let columns = Kernels.channelStride(outputs)
    let stride = depth + 3
    let x = Self.random("x", rows * stride)
    let w = Self.random("w", depth * outputs)
    let b = Self.random("b", outputs)
    let r = Self.random("r", rows * columns)
    let constants = Memory([depth * columns, columns])
    constants.arena.write(constants.regions[0]) { packed in
      kernels.pack(depth: depth, outputs: outputs, columns: columns, into: &packed) { k, n in
        w[n * depth + k]
      }
    }
    constants.fill(1) { $0 < outputs ? b[$0] : 0 }
    for activation in Activation.allCases {
      for hasResidual in [false, true] {
        let memory = Memory([rows * stride, rows * columns, rows * columns])
        memory.fill(0) { x[$0] }
        memory.fill(1) { r[$0] }
        let layer = PointwiseLayer(
          depth: depth, columns: columns, inputStride: stride, weights: constants.regions[0],
          bias: constants.regions[1], activation: activation)
        // Any cut into pieces gives the same.
        for range in [0..<rows / 2, rows / 2..<rows] {
          for panel in 0..<kernels.panels(columns: columns) {
            kernels.pointwise(
              layer, x: memory.regions[0], residual: hasResidual ? memory.regions[1] : nil,
              y: memory.regions[2], rows: range, panels: panel..<panel + 1, memory: memory.arena,
              constants: constants.arena)
          }
        }
        var expected = Array(repeating: Float(0), count: rows * columns)
        for row in 0..<rows {
          for n in 0..<columns {
            var sum = n < outputs ? Double(b[n]) : 0
            if n < outputs {
              for k in 0..<depth { sum += Double(x[row * stride + k]) * Double(w[n * depth + k]) }
            }
            let residual = hasResidual ? Double(r[row * columns + n]) : 0
            expected[row * columns + n] = Float(activation.exact(sum) + residual)
          }
        }
        #expect(relativeError(memory.values(2), expected) < 2e-6, "\(activation)")
        #expect(memory.isIntact(behind: 2))
      }
    }
  }

  @Test(
    "depthwise", arguments: InstructionSet.available,
    [
      (1, 1, 3, 1), (1, 1, 5, 2), (2, 3, 5, 1), (7, 7, 5, 1), (8, 9, 3, 2), (13, 16, 5, 2),
      (15, 15, 3, 1),
      (33, 31, 5, 2), (30, 29, 3, 2), (9, 8, 7, 1), (10, 11, 7, 2), (4, 4, 1, 1),
    ])
  func depthwise(isa: InstructionSet, size: (height: Int, width: Int, kernel: Int, stride: Int)) {
    let kernels = Kernels(isa)
    let (h, w, k, s) = size
    let channels = 48
    let images = 2
    for isSame in [true, false] {
      let window = Self.window(height: h, width: w, kernel: k, stride: s, isSame: isSame)
      let x = Self.random("x", images * h * w * channels)
      let weights = Self.random("w", k * k * channels)
      let bias = Self.random("b", channels)
      let constants = Memory([weights.count, channels])
      constants.fill(0) { weights[$0] }
      constants.fill(1) { bias[$0] }
      let outputs = images * window.outputPixels * channels
      let memory = Memory([x.count, outputs])
      memory.fill(0) { x[$0] }
      let layer = DepthwiseLayer(
        window: window, channels: channels, weights: constants.regions[0],
        bias: constants.regions[1], activation: .silu)
      let rows = images * window.outputHeight
      for range in [0..<rows / 3, rows / 3..<rows] {
        kernels.depthwise(
          layer, x: memory.regions[0], y: memory.regions[1], rows: range, memory: memory.arena,
          constants: constants.arena)
      }
      let expected = Self.convolve(x, images: images, window, channels: channels) {
        c, i, j, sum, value in
        sum += Double(value(c)) * Double(weights[(i * k + j) * channels + c])
      } start: {
        Double(bias[$0])
      }
      #expect(
        relativeError(memory.values(1), expected.map { Float(Activation.silu.exact($0)) }) < 2e-6,
        "same: \(isSame)")
      #expect(memory.isIntact(behind: 1))
    }
  }

  @Test(
    "convolution", arguments: InstructionSet.available,
    [
      (1, 1, 3, 2, 3), (8, 9, 3, 2, 3), (33, 46, 3, 2, 3), (7, 7, 5, 1, 5), (5, 6, 1, 2, 17),
      (4, 50, 3, 1, 1),
    ])
  func convolution(
    isa: InstructionSet, size: (height: Int, width: Int, kernel: Int, stride: Int, inputs: Int)
  ) {
    let kernels = Kernels(isa)
    let (h, w, k, s, inputs) = size
    let outputs = 21
    let columns = Kernels.channelStride(outputs)
    let images = 2
    for isSame in [true, false] {
      let window = Self.window(height: h, width: w, kernel: k, stride: s, isSame: isSame)
      let x = Self.random("x", images * h * w * inputs)
      let depth = k * k * inputs
      let weights = Self.random("w", outputs * depth)
      let bias = Self.random("b", outputs)
      let constants = Memory([depth * columns, columns])
      constants.arena.write(constants.regions[0]) { packed in
        kernels.pack(depth: depth, outputs: outputs, columns: columns, into: &packed) { k, n in
          weights[n * depth + k]
        }
      }
      constants.fill(1) { $0 < outputs ? bias[$0] : 0 }
      let layer = ConvolutionLayer(
        window: window, inputChannels: inputs,
        product: PointwiseLayer(
          depth: depth, columns: columns, inputStride: inputs, weights: constants.regions[0],
          bias: constants.regions[1], activation: .relu6))
      let memory = Memory([
        x.count, layer.scratchCount, images * window.outputPixels * columns,
      ])
      memory.fill(0) { x[$0] }
      let rows = images * window.outputHeight
      for range in [0..<rows / 2, rows / 2..<rows] {
        kernels.convolution(
          layer, x: memory.regions[0], residual: nil, y: memory.regions[2],
          scratch: memory.regions[1], rows: range, memory: memory.arena, constants: constants.arena)
      }
      let expected = Self.convolve(
        x, images: images, window, channels: inputs, outputs: columns
      ) { n, i, j, sum, value in
        guard n < outputs else { return }
        for c in 0..<inputs {
          sum += Double(value(c)) * Double(weights[n * depth + (i * k + j) * inputs + c])
        }
      } start: {
        $0 < outputs ? Double(bias[$0]) : 0
      }
      #expect(
        relativeError(memory.values(2), expected.map { Float(Activation.relu6.exact($0)) }) < 2e-6)
      #expect(memory.isIntact(behind: 2) && memory.isIntact(behind: 1))
    }
  }

  @Test("average pool and scale", arguments: InstructionSet.available, [1, 4, 49, 196])
  func channelwise(isa: InstructionSet, pixels: Int) {
    let kernels = Kernels(isa)
    let channels = 64
    let x = Self.random("x", pixels * channels)
    let memory = Memory([x.count, channels])
    memory.fill(0) { x[$0] }
    for range in [0..<16, 16..<64] {
      kernels.averagePool(
        x: memory.regions[0], y: memory.regions[1], pixels: pixels, channels: channels,
        range: range,
        memory: memory.arena)
    }
    let means = (0..<channels).map { c in
      Float((0..<pixels).reduce(0.0) { $0 + Double(x[$1 * channels + c]) } / Double(pixels))
    }
    #expect(relativeError(memory.values(1), means) < 1e-5)
    let gate = memory.values(1)
    kernels.scale(
      y: memory.regions[0], gate: memory.regions[1], channels: channels, memory: memory.arena)
    let scaled = x.indices.map { x[$0] * gate[$0 % channels] }
    #expect(memory.values(0) == scaled)
    for activation in Activation.allCases {
      memory.fill(0) { x[$0] }
      kernels.scale(
        y: memory.regions[0], gate: memory.regions[1], channels: channels, activation: activation,
        memory: memory.arena)
      let expected = scaled.map { Float(activation.exact(Double($0))) }
      #expect(relativeError(memory.values(0), expected) < 1e-6)
    }
    #expect(memory.isIntact(behind: 0) && memory.isIntact(behind: 1))
  }

  @Test(
    "activations are within 4e-7 of double precision for |x| ≤ 10, and stay finite beyond",
    arguments: InstructionSet.available)
  func activations(isa: InstructionSet) {
    let kernels = Kernels(isa)
    let inputs: [Float] =
      (-2000...2000).map { Float($0) / 50 } + [
        -0.0, 1e-30, -1e-30, 88, -88, 1e4, -1e4, 1e30, -1e30,
      ]
    let columns = Kernels.channelStride(1)
    let constants = Memory([columns, columns])
    constants.fill(0) { $0 == 0 ? 1 : 0 }
    constants.fill(1) { _ in 0 }
    for activation in Activation.allCases {
      let memory = Memory([inputs.count, inputs.count * columns])
      memory.fill(0) { inputs[$0] }
      kernels.pointwise(
        PointwiseLayer(
          depth: 1, columns: columns, inputStride: 1, weights: constants.regions[0],
          bias: constants.regions[1], activation: activation),
        x: memory.regions[0], residual: nil, y: memory.regions[1], rows: 0..<inputs.count,
        panels: 0..<1, memory: memory.arena, constants: constants.arena)
      let values = memory.values(1)
      for (index, input) in inputs.enumerated() {
        let exact = activation.exact(Double(input))
        let error = abs(Double(values[index * columns]) - exact)
        // Beyond 10 the rounding of x · log2(e) shows; below −87 exp stays at exp(87), 1.6e-38 of x.
        let bound = abs(input) <= 10 ? 4e-7 : 2e-6
        let isClose = error <= bound * abs(exact) || error <= 2e-38 * max(1, abs(Double(input)))
        #expect(isClose, "\(activation)(\(input))")
      }
    }
  }

  /// TensorFlow's or PyTorch's padding.
  static func window(height: Int, width: Int, kernel: Int, stride: Int, isSame: Bool) -> Window {
    func extent(_ size: Int) -> (Int, Int) {
      if isSame {
        let outputs = (size + stride - 1) / stride
        return (outputs, max(0, (outputs - 1) * stride + kernel - size) / 2)
      }
      return ((size + 2 * ((kernel - 1) / 2) - kernel) / stride + 1, (kernel - 1) / 2)
    }
    let (outputHeight, top) = extent(height)
    let (outputWidth, left) = extent(width)
    return Window(
      inputHeight: height, inputWidth: width, outputHeight: outputHeight, outputWidth: outputWidth,
      kernel: kernel, stride: stride, top: top, left: left)
  }

  /// Sums over the taps that are inside the image.
  static func convolve(
    _ x: [Float], images: Int, _ window: Window, channels: Int, outputs: Int? = nil,
    tap: (_ n: Int, _ i: Int, _ j: Int, _ sum: inout Double, _ value: (Int) -> Float) -> Void,
    start: (Int) -> Double
  ) -> [Double] {
    var y: [Double] = []
    for image in 0..<images {
      for p in 0..<window.outputHeight {
        for q in 0..<window.outputWidth {
          for n in 0..<(outputs ?? channels) {
            var sum = start(n)
            for i in 0..<window.kernel {
              for j in 0..<window.kernel {
                let row = p * window.stride + i - window.top
                let column = q * window.stride + j - window.left
                guard 0..<window.inputHeight ~= row, 0..<window.inputWidth ~= column else {
                  continue
                }
                let pixel =
                  (image * window.inputPixels + row * window.inputWidth + column) * channels
                tap(n, i, j, &sum) { x[pixel + $0] }
              }
            }
            y.append(sum)
          }
        }
      }
    }
    return y
  }
}
