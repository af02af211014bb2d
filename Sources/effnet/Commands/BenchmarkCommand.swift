import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetTraining

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure how fast a network runs here.",
    discussion: """
      Runs the network on noise, with untrained weights unless --weights names a file: speed does not depend on them. \
      The peak is what fused multiply-adds reach on this machine, measured just before. Machines are noisy: \
      compare numbers of one run only.

      Examples:
        effnet benchmark --model b0
        effnet benchmark --model b4 --batch 16 --threads 2 --json
        effnet benchmark --model b0 --threads 1 --profile
        effnet benchmark --model b0 --batch 16 --train
        effnet benchmark --model b0 --on-demand   # a run for every line of standard input
      """)

  @OptionGroup var network: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var file: WeightOptions
  @OptionGroup var numbers: PrecisionOptions
  @Option(number: "Images of one run.") var batch = 1
  @OptionGroup var processors: ThreadOptions
  @Option(number: "Runs that are measured (default: as many as 3 s allow, at least 10).")
  var rounds: Int?
  @Flag(
    help: ArgumentHelp(
      "Print \"ready\", then run once for every line on standard input and print its milliseconds.",
      discussion: "For a program that measures others in turn with this one."))
  var onDemand = false
  @Flag(help: "Measure a whole training step: forward, backward and the optimizer.")
  var train = false
  @Flag(help: "Show the time of every step of the plan.") var profile = false
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    guard network.model != nil || file.weights != nil else {
      throw ValidationError("name a network with --model, or a file with --weights")
    }
    try check(batch, "--batch", 1...1024)
    try check(rounds, "--rounds", 1...1_000_000)
    if onDemand, rounds != nil {
      throw ValidationError("with --on-demand, standard input says how many --rounds")
    }
  }

  func run() throws {
    try train ? runTraining() : runInference()
  }

  private func runInference() throws {
    let engine = try makeEngine()
    let pool = processors.pool()
    try checkRoom(
      for: min(batch, pool.threads) * engine.bytesPerImage
        + batch * 4 * engine.architecture.inputShape.count)
    let benchmark = Benchmark(engine, pool: pool, batch: batch)
    let peak = benchmark.measuredPeak()
    let times = try times { try benchmark.run(while: $0, report: $1) }
    guard !times.isEmpty else { return }
    var result = BenchmarkResult(
      engine.architecture, precision: engine.precision, instructionSet: engine.instructionSet,
      batch: batch, threads: pool.threads, macs: benchmark.macs, times: times, peak: peak)
    guard profile else { return try show(result) }
    let steps = benchmark.profile(rounds: min(times.count, 50))
    result.steps = steps.map { .init($0, peak: peak) }
    try show(result, TextTable(steps, peak: peak))
  }

  private func runTraining() throws {
    let architecture = try ModelSource(network, file, scale: scale).architecture()
    let pool = processors.pool()
    let benchmark = try TrainingBenchmark(
      architecture, pool: pool, batch: batch, precision: numbers.precision)
    try checkRoom(for: benchmark.byteCount)
    let peak = benchmark.measuredPeak()
    let times = try times(benchmark.run(while:report:))
    guard !times.isEmpty else { return }
    // Backward takes twice the operations of forward.
    var result = BenchmarkResult(
      architecture, precision: numbers.precision, instructionSet: benchmark.instructionSet,
      batch: batch, threads: pool.threads, macs: 3 * benchmark.macs, times: times, peak: peak)
    guard profile else { return try show(result) }
    let parts = benchmark.profile(rounds: min(times.count, 10))
    result.parts = parts.map { ["name": $0.name, "medianMS": $0.median / .milliseconds(1)] }
    try show(result, TextTable(parts))
  }

  private func checkRoom(for bytes: Int) throws {
    let room = MachineMemory.bytes / 2
    guard bytes <= room else {
      throw ValidationError(
        "--batch \(batch) needs \(bytes >> 20) MB, half of this machine's memory is \(room >> 20) MB"
      )
    }
  }

  private func show(_ result: BenchmarkResult, _ table: TextTable? = nil) throws {
    if json { return try StandardOutput.print(json: result) }
    try StandardOutput.print(result.lines + (table.map { [""] + $0.lines } ?? []))
  }

  private func makeEngine() throws -> Engine {
    let source = try ModelSource(network, file, scale: scale)
    if source.weights != nil {
      let model = try source.load()
      return try Engine(
        model.description.architecture, weights: model.weights, precision: numbers.precision)
    }
    let architecture = try source.architecture()
    return try Engine(
      architecture, weights: Weights(untrained: architecture, seed: 0),
      precision: numbers.precision)
  }

  /// Runs after a few that do not count, each reported, for as long as they are wanted.
  private typealias Runs = (
    _ isWanted: () throws -> Bool, _ report: (Duration) throws -> Void
  ) throws -> [Duration]

  private func times(_ run: Runs) throws -> [Duration] {
    if onDemand { return try timesOnDemand(run) }
    let progress = ProgressLine("rounds", isQuiet: quiet)
    var count = rounds
    var done = 0
    var first: Duration?
    let times = try run(
      {
        // The first two say how many three seconds allow, and do not count.
        if count == nil, done == 2, let first {
          count = 2 + max(10, min(2000, Int(3 / max(first / .seconds(1), 1e-6))))
        }
        if let count { progress.update(done, of: count) }
        return Interruption.current == nil && (count.map { done < $0 } ?? true)
      },
      {
        done += 1
        first = min(first ?? $0, $0)
      })
    try Interruption.check()
    return rounds == nil ? Array(times.dropFirst(2)) : times
  }

  /// A run for every line of standard input, whose sender waits for the answer.
  private func timesOnDemand(_ run: Runs) throws -> [Duration] {
    func answer(_ line: String) throws {
      try StandardOutput.print(line)
      try StandardOutput.flush()
    }
    Interruption.endAtOnce()  // readLine would wait on
    var isReady = false
    return try run(
      {
        if !isReady { try answer("ready") }
        isReady = true
        return readLine() != nil
      },
      { try answer("\($0 / .milliseconds(1))") })
  }
}

/// The results of a measurement.
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

  init(
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
