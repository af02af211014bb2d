import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetReports

/// How times are measured.
struct LatencyOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Threads to measure with (default: all processors).")
  var threads: Int?
  @Option(parsing: .unconditional, help: "Images of one run (default: 1).") var batch: Int?
  @Option(help: "Numbers to compute with (default: fp32).") var precision: Precision?

  func validate() throws {
    try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
    try NetworkOptions.check(batch ?? 1, "--batch", 1...1024)
  }

  /// Whether any of them was named.
  var isGiven: Bool { threads != nil || batch != nil || precision != nil }

  var settings: LatencySettings {
    LatencySettings(
      threads: threads ?? ThreadPool.availableProcessors, batch: batch ?? 1,
      precision: precision ?? .float32)
  }
}

/// What a time was measured with.
struct LatencySettings: Hashable, Encodable {
  let threads: Int
  let batch: Int
  let precision: Precision

  /// Bytes of the weights and feature maps that a run of a network takes.
  func memory(of network: Architecture) -> Int {
    let memory = InferenceMemory(network, precision: precision)
    return memory.weightBytes + memory.bytesPerImage * min(batch, threads)
  }

  /// Whether half of this machine's memory holds a run of a network on untrained weights.
  func haveRoom(for network: Architecture) -> Bool {
    let images = batch * network.inputShape.count
    let bytes = memory(of: network) + 4 * (NetworkCost(network).parameters + images)
    return bytes <= PhysicalMemory.bytes / 2
  }

  /// For instance "median of runs of 1 image, 2 threads, fp32".
  var words: String {
    "median of runs of \(batch.counted("image", "images")), \(threads.counted("thread", "threads")), "
      + precision.rawValue
  }
}
