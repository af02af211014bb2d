internal import CEfficientNetKernels

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
    }
  }

  /// Returns the columns of a tile in an output row of a depthwise convolution.
  package func depthwiseColumns(_ window: Window) -> Int {
    unsafe operations(.float32).pointee.depthwise_columns(
      window.kernel, window.stride, window.outputWidth)
  }

  /// Returns the number of panels for `columns` columns of weights.
  package func panels(columns: Int) -> Int { (columns + panelColumns - 1) / panelColumns }

  /// Measures the maximum floating-point operations per second of one thread: fused multiply-adds
  /// from registers, the best of ten short runs, about 20 ms in total.
  package func measuredPeak() -> Double {
    let clock = ContinuousClock()
    var best = 0.0
    for _ in 0..<10 {
      // A factor below one keeps the values finite.
      var result = [Float](repeating: 0, count: Self.channelBlock)
      (result[0], result[1]) = (0.999, 0.001)
      let start = clock.now
      let operations = unsafe result.withUnsafeMutableBufferPointer { buffer in
        unsafe table.pointee.peak(100_000, buffer.baseAddress)
      }
      best = max(best, operations / max((clock.now - start) / .seconds(1), 1e-9))
    }
    return best
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
