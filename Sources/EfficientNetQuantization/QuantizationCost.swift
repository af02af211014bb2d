package import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetReports

/// The size of the file and the time of one photo, of a network before and after rounding.
package struct QuantizationCost: Hashable, Sendable {
  /// The bytes of the numbers as 32-bit floats.
  package let bytesBefore: Int
  /// The bytes of the file of the rounded network.
  package let bytes: Int
  /// The median time of the network for one photo, in milliseconds.
  package let before, after: Double
  package let threads: Int

  /// A remark for the user if the file is not smaller or the network not faster; nil if both are
  /// better.
  package var remark: String? {
    let (ms, msBefore) = (after.formatted(digits: 2), before.formatted(digits: 2))
    let missing = [
      bytes < bytesBefore
        ? nil
        : "smaller (\(Double(bytes).megabytesText), before \(Double(bytesBefore).megabytesText))",
      after < before ? nil : "faster on this machine (\(ms) ms for a photo, before \(msBefore) ms)",
    ].compactMap(\.self)
    return missing.isEmpty
      ? nil : "int8 does not make this network \(missing.joined(separator: " or "))"
  }
}

extension QuantizationCost {
  /// Measures the times. The networks run in turns, so that other programs disturb both.
  ///
  /// - Parameters:
  ///   - model: The network before rounding.
  ///   - rounded: The rounded network.
  ///   - pool: The threads to compute on.
  ///   - rounds: The runs of each network.
  ///   - check: A closure that is called before each run. An error that it throws ends the work.
  /// - Throws: `WeightsError`, the errors of `check`.
  package init(
    of model: Model, _ rounded: Model, pool: ThreadPool, rounds: Int = 30,
    check: () throws -> Void = {}
  ) throws {
    let images = model.description.architecture.noise(batch: 1)
    var exact = try Engine(model, precision: .float32, pool: pool).makeSession(pool: pool)
    var int8 = try Engine(rounded, pool: pool).makeSession(pool: pool)
    var times: (before: [Duration], after: [Duration]) = ([], [])
    for round in 0..<(rounds + 3) {
      try check()
      let before = ContinuousClock().measure { _ = exact.run(images) }
      let after = ContinuousClock().measure { _ = int8.run(images) }
      // The first runs fill the caches.
      guard round >= 3 else { continue }
      times.before.append(before)
      times.after.append(after)
    }
    func median(_ times: [Duration]) -> Double {
      times.sorted()[times.count / 2] / .milliseconds(1)
    }
    (before, after) = (median(times.before), median(times.after))
    threads = pool.threads
    bytesBefore = 4 * model.weights.tensors.values.reduce(0) { $0 + $1.count }
    bytes = try rounded.byteCount()
  }
}
