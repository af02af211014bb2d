import EfficientNet
import EfficientNetReports
import EfficientNetTraining

/// What was measured.
struct BenchmarkResult: Encodable {
  struct Step: Encodable {
    let name, kernel: String
    let medianMS, gflops, peakFraction: Double

    init(_ step: Benchmark.Step, peak: Double) {
      (name, kernel) = (step.name, step.kernel)
      medianMS = step.median / .milliseconds(1)
      let rate = 2 * Double(step.macs) / max(step.median / .seconds(1), 1e-9)
      (gflops, peakFraction) = (rate / 1e9, rate / peak)
    }
  }

  let model, precision, instructionSet: String
  let resolution, batch, threads, rounds: Int
  let medianMS, minMS, p95MS, imagesPerSecond: Double
  let gflops, peakGFLOPS, peakFraction, peakMemoryMB: Double
  /// Of a plan.
  var steps: [Step]?
  /// Of a training step.
  var parts: [JSONObject]?

  init(_ benchmark: Benchmark, times: [Duration], peak: Double) {
    self.init(
      benchmark.engine.architecture, precision: benchmark.engine.precision,
      instructionSet: benchmark.engine.instructionSet, batch: benchmark.batch,
      threads: benchmark.pool.threads, macs: benchmark.macs, times: times, peak: peak)
  }

  /// Backward takes twice the operations of forward.
  init(_ benchmark: TrainingBenchmark, times: [Duration], peak: Double) {
    self.init(
      benchmark.architecture, precision: benchmark.precision,
      instructionSet: benchmark.instructionSet,
      batch: benchmark.batch, threads: benchmark.pool.threads, macs: 3 * benchmark.macs,
      times: times, peak: peak)
  }

  private init(
    _ architecture: Architecture, precision: Precision, instructionSet: InstructionSet,
    batch: Int, threads: Int, macs: Int, times: [Duration], peak: Double
  ) {
    let sorted = times.map { $0 / .milliseconds(1) }.sorted()
    (model, resolution) = (architecture.name, architecture.resolution)
    (self.precision, self.instructionSet) = (precision.rawValue, instructionSet.rawValue)
    (self.batch, self.threads, rounds) = (batch, threads, sorted.count)
    medianMS = sorted[sorted.count / 2]
    minMS = sorted[0]
    p95MS = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
    imagesPerSecond = 1000 * Double(batch) / medianMS
    let rate = 2 * Double(macs * batch) / (medianMS / 1000)
    (gflops, peakGFLOPS, peakFraction) = (rate / 1e9, peak / 1e9, rate / peak)
    peakMemoryMB = Double(MachineMemory.peakBytes) / 1_048_576
  }

  var lines: [String] {
    func milliseconds(_ value: Double) -> String { value.formatted(digits: value < 100 ? 2 : 0) }
    return [
      "\(model) at \(resolution), batch \(batch), \(threads.counted("thread", "threads")), "
        + "\(instructionSet), \(precision), \(rounds) rounds",
      "median \(milliseconds(medianMS)) ms, min \(milliseconds(minMS)), "
        + "p95 \(milliseconds(p95MS)); \(imagesPerSecond.formatted(digits: 1)) images a second",
      "\(gflops.formatted(digits: 1)) GFLOP/s, \(peakFraction.percent(digits: 0)) of "
        + "\(peakGFLOPS.formatted(digits: 0)) measured\(precision == "fp32" ? "" : " in fp32"); peak memory \(peakMemoryMB.formatted(digits: 0)) MB",
    ]
  }
}

extension TextTable {
  /// The steps of a plan.
  init(_ steps: [Benchmark.Step], peak: Double) {
    let total = steps.reduce(Duration.zero) { $0 + $1.median }
    self.init([.left, .left, .right, .right, .right, .right, .right])
    add("step", "kernel", "output", "µs", "share", "GFLOP/s", "of peak")
    for step in steps {
      let result = BenchmarkResult.Step(step, peak: peak)
      add(
        step.name, step.kernel, "\(step.output.h)×\(step.output.w)×\(step.output.c)",
        (result.medianMS * 1000).formatted(digits: 1),
        (step.median / total).percent(digits: 1),
        step.macs == 0 ? "" : result.gflops.formatted(digits: 1),
        step.macs == 0 ? "" : result.peakFraction.percent(digits: 0))
    }
  }

  /// The parts of a training step.
  init(_ parts: [(name: String, median: Duration)]) {
    let total = parts.reduce(Duration.zero) { $0 + $1.median }
    self.init([.left, .right, .right])
    add("part", "µs", "share")
    for part in parts {
      add(
        part.name, (part.median / .microseconds(1)).formatted(digits: 0),
        (part.median / total).percent(digits: 1))
    }
  }
}
