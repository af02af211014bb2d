internal import CEfficientNetKernels

extension Kernels {
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
