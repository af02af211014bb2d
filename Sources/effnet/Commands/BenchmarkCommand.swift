import ArgumentParser
import EfficientNet
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
    let times = try times(benchmark.run(while:report:))
    guard !times.isEmpty else { return }
    var result = BenchmarkResult(benchmark, times: times, peak: peak)
    guard profile else { return try show(result) }
    let steps = benchmark.profile(rounds: min(times.count, 50))
    result.steps = steps.map { .init($0, peak: peak) }
    try show(result, TextTable(steps, peak: peak))
  }

  private func runTraining() throws {
    let benchmark = try TrainingBenchmark(
      ModelSource(network, file, scale: scale).architecture(), pool: processors.pool(),
      batch: batch, precision: numbers.precision)
    try checkRoom(for: benchmark.byteCount)
    let peak = benchmark.measuredPeak()
    let times = try times(benchmark.run(while:report:))
    guard !times.isEmpty else { return }
    var result = BenchmarkResult(benchmark, times: times, peak: peak)
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
    try onDemand ? timesOnDemand(run) : timesOfRounds(run)
  }

  private func timesOfRounds(_ run: Runs) throws -> [Duration] {
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
