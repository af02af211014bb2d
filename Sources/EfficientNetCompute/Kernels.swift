internal import CEfficientNetKernels

/// The kernels of one instruction set.
///
/// This is the one layer of Swift that hands pointers to C: each function checks that what the kernel
/// will touch lies inside its regions.
package struct Kernels: Sendable {
  package let instructionSet: InstructionSet
  /// Floats of a vector.
  package let vectorFloats: Int
  /// Columns of a full panel of packed weights.
  package let panelColumns: Int
  /// The most rows of a tile of a product.
  package let productRows: Int
  nonisolated(unsafe) let table: UnsafePointer<effnet_kernels>

  /// Channels of a pixel are padded with zeros to a multiple of this.
  package static let channelBlock = Int(EFFNET_CHANNEL_BLOCK)

  /// The kernels for `instructionSet`.
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

  /// `channels` rounded up to a whole block: the floats from one pixel to the next.
  package static func channelStride(_ channels: Int) -> Int {
    (channels + channelBlock - 1) / channelBlock * channelBlock
  }

  /// The operations on numbers of a precision.
  func operations(_ precision: Precision) -> UnsafePointer<effnet_operations> {
    switch precision {
    case .float32: unsafe table.pointee.float32
    case .bfloat16: unsafe table.pointee.bfloat16
    }
  }

  /// Columns of the tile in which a row of outputs of a depthwise convolution is computed.
  package func depthwiseColumns(_ window: Window) -> Int {
    unsafe operations(.float32).pointee.depthwise_columns(
      window.kernel, window.stride, window.outputWidth)
  }

  /// Panels that `columns` columns of weights take.
  package func panels(columns: Int) -> Int { (columns + panelColumns - 1) / panelColumns }

  /// Floating-point operations a second that one thread does at most: fused multiply-adds from registers, the
  /// best of some short runs, together about 20 ms.
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
  /// Traps unless there is room for `count` floats; `name` is what the message calls the region.
  func requireRoom(for count: Int, _ name: StaticString) {
    precondition(self.count >= count, "\(name) has \(self.count) floats, \(count) are needed")
  }
}

/// Traps unless `channels` are whole blocks.
func requireWholeBlocks(_ channels: Int) {
  precondition(
    channels % Kernels.channelBlock == 0,
    "\(channels) channels are no multiple of \(Kernels.channelBlock)")
}
