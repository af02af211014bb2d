import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch

struct LatencyOptions: ParsableArguments {
  @Option(number: "Threads for measuring (default: all processors).") var threads: Int?
  @Option(number: "Images per measured run (default: 1).") var batch: Int?
  @OptionGroup var numbers: PrecisionOptions

  func validate() throws {
    try check(threads, "--threads", 1...1024)
    try check(batch, "--batch", 1...1024)
    if numbers.chosen == .int8 {
      throw ValidationError(
        "--precision int8 needs a network of 'effnet quantize', but the scaled networks have random "
          + "weights; use fp32, bf16 or fp16")
    }
  }

  var isGiven: Bool { threads != nil || batch != nil || numbers.isGiven }

  /// The options as given, for another command that measures in the same way.
  var given: [String] {
    (threads.map { ["--threads", "\($0)"] } ?? []) + (batch.map { ["--batch", "\($0)"] } ?? [])
      + (numbers.isGiven ? ["--precision", numbers.value.rawValue] : [])
  }

  var settings: LatencySettings {
    LatencySettings(
      threads: threads ?? ThreadPool.availableProcessors, batch: batch ?? 1,
      precision: numbers.value)
  }

  func pool() -> ThreadPool { .started(threads: settings.threads) }
}

extension LatencySettings {
  /// For instance "median of runs of 1 image, 2 threads, fp32".
  var words: String { "median of \(runs)" }

  /// For instance "runs of 1 image, 2 threads, fp32".
  var runs: String {
    "runs of \(batch.counted("image", "images")), \(threads.counted("thread", "threads")), "
      + precision.rawValue
  }
}
