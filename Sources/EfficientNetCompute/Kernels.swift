internal import CEfficientNetKernels
internal import EfficientNetSystem

/// The kernels of one instruction set.
///
/// This is the only Swift layer that passes pointers to C. Each function checks that the kernel
/// stays inside its regions. Kernels count subnormal numbers, which are below 1.2e-38, as zero, and
/// round to nearest; the calling thread's own floating-point mode is restored.
package struct Kernels: Sendable {
  package let instructionSet: InstructionSet
  /// The floats of a vector register.
  package let vectorFloats: Int
  /// The columns of a full panel of packed weights.
  package let panelColumns: Int
  /// The maximum rows of a tile of a product.
  package let productRows: Int
  nonisolated(unsafe) let table: UnsafePointer<effnet_kernels>

  /// The channels of a pixel are padded with zeros to a multiple of this number.
  package static let channelBlock = Int(EFFNET_CHANNEL_BLOCK)

  /// Creates the kernels for `instructionSet`.
  ///
  /// - Precondition: The instruction set is available.
  package init(_ instructionSet: InstructionSet) {
    guard let table = unsafe effnet_kernels_for(instructionSet.kernelCode) else {
      preconditionFailure("this machine has no \(instructionSet.rawValue)")
    }
    self.instructionSet = instructionSet
    unsafe self.table = table
    vectorFloats = unsafe table.pointee.vector_floats
    panelColumns = unsafe table.pointee.panel_columns
    productRows = unsafe table.pointee.product_rows
  }

  /// Returns `channels` rounded up to a whole block: the floats from one pixel to the next.
  package static func channelStride(_ channels: Int) -> Int {
    (channels + channelBlock - 1) / channelBlock * channelBlock
  }

  /// Calls a kernel in the floating-point mode of kernels.
  @inline(__always)
  func call<Arguments>(
    _ kernel: (UnsafePointer<Arguments>?) -> Void, _ arguments: inout Arguments
  ) {
    let mode = effnet_begin_kernel()
    unsafe kernel(&arguments)
    effnet_end_kernel(mode)
  }

  /// Returns the operations for a number format.
  func operations(_ precision: Precision) -> UnsafePointer<effnet_operations> {
    switch precision {
    case .float32: unsafe table.pointee.float32
    case .bfloat16: unsafe table.pointee.bfloat16
    case .float16: unsafe table.pointee.float16
    case .int8: unsafe table.pointee.int8
    }
  }

  /// Returns the columns of a tile in an output row of a depthwise convolution.
  package func depthwiseColumns(_ window: Window) -> Int {
    unsafe operations(.float32).pointee.depthwise_columns(
      window.kernel, window.stride, window.outputWidth)
  }

  /// Returns the number of panels for `columns` columns of weights.
  package func panels(columns: Int) -> Int { (columns + panelColumns - 1) / panelColumns }

  /// Measures the maximum floating-point operations per second of one thread: multiply-adds from
  /// registers, the best of ten short runs, about 20 ms in total.
  package func measuredPeak() -> Double {
    (0..<10).map { _ in rate(.float32, rounds: 100_000) }.max() ?? 0
  }

  /// The integers of int8 in a word. Two are codes without zero points, in 16 bits; four are codes
  /// from 0 to 255.
  package var codesPerWord: Int { unsafe table.pointee.codes_per_word }

  /// Whether products of fp16 are summed in fp16; otherwise they are widened to 32-bit floats.
  package var sumsInFloat16: Bool { unsafe table.pointee.sums_in_float16 }

  /// The multiply-adds per second in a number format, relative to those in 32-bit floats. A
  /// processor may have instructions for bfloat16 that are slower: four times on Intel's Sapphire
  /// Rapids.
  package func speedup(of precision: Precision) -> Double {
    let rates = Self.rates.withLock { measured in
      if let rates = measured[instructionSet] { return rates }
      let rates = measuredRates()
      measured[instructionSet] = rates
      return rates
    }
    return (rates[precision] ?? 0) / (rates[.float32] ?? 1)
  }

  /// Whether networks run faster in a number format than in 32-bit floats. Their conversions take
  /// time, too, so equally fast multiply-adds do not suffice.
  package func isFaster(_ precision: Precision) -> Bool { speedup(of: precision) > 1.2 }

  /// Returns the fastest of some number formats; 32-bit floats if none is faster than these.
  package func fastest(of precisions: [Precision]) -> Precision {
    precisions.filter { isFaster($0) }.max { speedup(of: $0) < speedup(of: $1) } ?? .float32
  }

  /// The rates of the instruction sets that were asked for, each measured once.
  private static let rates = Locked<[InstructionSet: [Precision: Double]]>([:])

  private func measuredRates() -> [Precision: Double] {
    // A thread may be interrupted, and a processor is slow at first: the best of some runs counts.
    var best: [Precision: Double] = [:]
    for _ in 0..<5 {
      for precision in Precision.floatingPoint {
        best[precision] = max(best[precision] ?? 0, rate(precision, rounds: 1000))
      }
    }
    return best
  }

  /// The floating-point operations per second of multiply-adds from registers.
  private func rate(_ precision: Precision, rounds: Int) -> Double {
    // Small factors keep the sums finite.
    var words = [Float](repeating: 0, count: Self.channelBlock)
    (words[0], words[1]) = (0.999, 0.001)
    let clock = ContinuousClock()
    let start = clock.now
    let count = unsafe words.withUnsafeMutableBufferPointer { buffer in
      unsafe operations(precision).pointee.peak(rounds, buffer.baseAddress)
    }
    return count / max((clock.now - start) / .seconds(1), 1e-9)
  }
}

extension Region {
  /// Traps unless the region has at least `count` floats; `name` is the region's name in the
  /// message.
  func requireRoom(for count: Int, _ name: StaticString) {
    precondition(self.count >= count, "\(name) has \(self.count) floats, \(count) are needed")
  }
}

/// Traps unless `channels` is a multiple of the block size.
func requireWholeBlocks(_ channels: Int) {
  precondition(
    channels % Kernels.channelBlock == 0,
    "\(channels) channels are no multiple of \(Kernels.channelBlock)")
}
