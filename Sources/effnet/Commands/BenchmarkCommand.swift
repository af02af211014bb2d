import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure the speed of a network on this machine.",
    usage: "effnet benchmark [<network>] [<options>]",
    discussion: """
      Runs the network on random input and prints the time of a run, images a second, and \
      GFLOP/s as a share of the peak. The peak is what fused multiply-adds reach on this \
      machine, measured just before. Weights are random, unless a weight file is named and \
      --stages is not given: the speed does not depend on them. GFLOP/s count each multiplication \
      and each addition, so two for a MAC. A note says if other programs use the processors \
      ("other_processors" in JSON); compare numbers of one run only.

      Examples:
        effnet benchmark b0
        effnet benchmark b4 --batch 16 --threads 2 --json
        effnet benchmark b0 --threads 1 --profile
        effnet benchmark b0 --batch 16 --train
        seq 20 | effnet benchmark b0 --on-demand
      """)

  @OptionGroup var argument: NetworkArgument
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Option(number: "Images per run.") var batch = 1
  @Flag(
    help: """
      Show the time of each step of the plan, or with --train of each part. All threads share a \
      step; in a batch, the last steps compute a group of images together, as in a run.
      """)
  var profile = false
  @Flag(help: "Measure a training step: forward, backward and the optimizer.")
  var train = false
  @Option(number: "Number of measured runs (default: those that fit in 3 s, at least 10).")
  var rounds: Int?
  @Flag(
    help: """
      Print "ready", then run once for each line on standard input and print the milliseconds, so \
      that another program can alternate runs of several networks.
      """)
  var onDemand = false
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Do not show progress.") var quiet = false
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @OptionGroup var numbers: PrecisionOptions
  @OptionGroup var processors: ThreadOptions

  func validate() throws {
    guard network.model != nil || file.weights != nil || argument.name != nil else {
      throw ValidationError("no network given; name one, such as b0")
    }
    try check(batch, "--batch", 1...1024)
    try check(rounds, "--rounds", 1...1_000_000)
    if train { try numbers.validateTraining() }
    if onDemand, rounds != nil {
      throw ValidationError(
        "--rounds cannot be used with --on-demand, which runs once for each line of input")
    }
  }

  func run() throws {
    try train ? runTraining() : runInference()
  }

  private func runInference() throws {
    let engine = try makeEngine()
    let pool = processors.pool()
    try checkRoom(
      for: engine.sessionBytes(maximumBatch: batch, pool: pool)
        + batch * 4 * engine.architecture.inputShape.count)
    let benchmark = Benchmark(engine, pool: pool, batch: batch)
    let peak = benchmark.measuredPeak()
    let (times, load) = try times { try benchmark.run(while: $0, report: $1) }
    try show(
      times, load, of: engine.architecture, engine.instructionSet, threads: pool.threads,
      precision: engine.precision, macs: benchmark.macs, peak: peak
    ) {
      let steps = benchmark.profile(rounds: min(times.count, 50))
      let total = steps.reduce(Duration.zero) { $0 + $1.median }
      let records = steps.map { step -> JSONObject in
        [
          "name": step.name, "kernel": step.kernel, "medianMS": step.median / .milliseconds(1),
          "gflops": step.rate / 1e9, "peakFraction": step.rate / peak,
        ]
      }
      let lines = steps.tableLines(
        .left("step") { $0.name }, .left("kernel") { $0.kernel },
        .right("output") { "\($0.output.h)×\($0.output.w)×\($0.output.c)" },
        .right("µs") { ($0.median / .milliseconds(1) * 1000).formatted(digits: 1) },
        .right("share") { ($0.median / total).percent(digits: 1) },
        .right("GFLOP/s") { $0.macs == 0 ? "" : ($0.rate / 1e9).formatted(digits: 1) },
        .right("of peak") { $0.macs == 0 ? "" : ($0.rate / peak).percent(digits: 0) })
      return ("steps", records, lines)
    }
  }

  private func runTraining() throws {
    let architecture = try shortening.apply(
      to: ModelSource(network, file, argument: argument.name, scale: scale).architecture())
    let pool = processors.pool()
    let benchmark = try TrainingBenchmark(
      architecture, pool: pool, batch: batch,
      precision: numbers.announcedForTraining(isQuiet: quiet))
    try checkRoom(for: benchmark.byteCount)
    let note = try memoryNote(bytes: benchmark.byteCount) { room in
      try smallerBatch(
        architecture, below: batch, precision: numbers.trainingValue, threads: pool.threads,
        room: room)
    }
    StandardError.note([note].compactMap(\.self))
    let peak = benchmark.measuredPeak()
    let (times, load) = try times(benchmark.run(while:report:))
    // Backward takes twice the operations of forward.
    try show(
      times, load, of: architecture, benchmark.instructionSet, threads: pool.threads,
      precision: numbers.trainingValue, macs: 3 * benchmark.macs, peak: peak
    ) {
      let parts = benchmark.profile(rounds: min(times.count, 10))
      let total = parts.reduce(Duration.zero) { $0 + $1.median }
      let records = parts.map { part -> JSONObject in
        ["name": part.name, "medianMS": part.median / .milliseconds(1)]
      }
      let lines = parts.tableLines(
        .left("part") { $0.name },
        .right("µs") { ($0.median / .microseconds(1)).formatted(digits: 0) },
        .right("share") { ($0.median / total).percent(digits: 1) })
      return ("parts", records, lines)
    }
  }

  private func checkRoom(for bytes: Int) throws {
    let room = MachineMemory.bytes / 2
    guard bytes <= room else {
      throw ValidationError(
        "--batch \(batch) needs \(bytes.megabytes), more than half of this machine's memory "
          + "(\(room.megabytes)); use a smaller batch"
      )
    }
  }

  /// Shows the times of the runs, if any, and with --profile those of their parts.
  ///
  /// - Parameters:
  ///   - load: The processors that other programs used meanwhile; nil if it is not known.
  ///   - macs: Multiply-accumulate operations per image.
  ///   - peak: The peak rate, in floating-point operations per second.
  ///   - parts: Measures the parts. Returns their JSON key, their JSON records and the lines of
  ///     their table.
  private func show(
    _ times: [Duration], _ load: Double?, of architecture: Architecture,
    _ instructionSet: InstructionSet,
    threads: Int, precision: Precision, macs: Int, peak: Double,
    parts measure: () -> (field: String, records: [JSONObject], lines: [String])
  ) throws {
    guard !times.isEmpty else { return }
    let sorted = times.map { $0 / .milliseconds(1) }.sorted()
    let (median, p95) = (
      sorted[sorted.count / 2], sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
    )
    let imagesPerSecond = 1000 * Double(batch) / median
    let rate = 2 * Double(macs * batch) / (median / 1000)
    let memory = Double(MachineMemory.peakBytes) / 1e6
    let parts = profile ? measure() : nil
    if json {
      return try StandardOutput.print(object: [
        "model": architecture.name, "precision": precision,
        "instructionSet": instructionSet.rawValue,
        "resolution": architecture.resolution, "batch": batch, "threads": threads,
        "rounds": sorted.count, "medianMS": median, "minMS": sorted[0], "p95MS": p95,
        "imagesPerSecond": imagesPerSecond, "gflops": rate / 1e9, "peakGFLOPS": peak / 1e9,
        "peakFraction": rate / peak, "peakMemoryMB": memory,
        "otherProcessors": load,
        parts?.field ?? "parts": parts?.records,
      ])
    }
    func milliseconds(_ value: Double) -> String { value.formatted(digits: value < 100 ? 2 : 0) }
    try StandardOutput.print([
      "\(architecture.name) at \(architecture.resolution), batch \(batch), "
        + "\(threads.counted("thread", "threads")), \(instructionSet.rawValue), "
        + "\(precision.rawValue), \(sorted.count) rounds",
      "median \(milliseconds(median)) ms, min \(milliseconds(sorted[0])), "
        + "p95 \(milliseconds(p95)); \(imagesPerSecond.formatted(digits: 1)) images a second",
      "\((rate / 1e9).formatted(digits: 1)) GFLOP/s, \((rate / peak).percent(digits: 0)) of "
        + "\((peak / 1e9).formatted(digits: 0)) measured\(precision == .float32 ? "" : " in fp32"); "
        + "peak memory \(memory.formatted(digits: 0)) MB",
    ])
    if let parts { try StandardOutput.print([""] + parts.lines) }
  }

  private func makeEngine() throws -> Engine {
    let source = try ModelSource(network, file, argument: argument.name, scale: scale)
    // A network with fewer stages has random weights.
    let model = source.weights == nil || shortening.stages != nil ? nil : try source.load()
    let architecture =
      try model?.description.architecture ?? shortening.apply(to: source.architecture())
    let precision = numbers.announced(isQuiet: quiet)
    if let model { return try Engine(model, precision: precision) }
    if precision == .int8 {
      throw ValidationError(
        "--precision int8 needs a quantized network: 'effnet quantize' writes one; name it with "
          + "--model")
    }
    return try Engine(
      architecture, weights: Weights(untrained: architecture, seed: 0),
      precision: precision ?? .float32)
  }

  /// Runs the network while `isWanted` returns true, after a few warm-up runs, and reports each
  /// time.
  private typealias Runs = (
    _ isWanted: () throws -> Bool, _ report: (Duration) throws -> Void
  ) throws -> [Duration]

  /// Returns the times, and the processors that other programs used meanwhile; nil if it is not
  /// known.
  private func times(_ run: Runs) throws -> (times: [Duration], load: Double?) {
    if onDemand { return (try timesOnDemand(run), nil) }
    let start = ProcessorTimes.now
    let progress = ProgressLine("rounds", isQuiet: quiet)
    var count = rounds
    var done = 0
    var first: Duration?
    let times = try run(
      {
        // The first two runs decide how many fit in 3 s; they are not counted.
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
    return (rounds == nil ? Array(times.dropFirst(2)) : times, Self.noteLoad(since: start))
  }

  /// Runs once for each line of standard input. The sender waits for the answer.
  private func timesOnDemand(_ run: Runs) throws -> [Duration] {
    func answer(_ line: String) throws { try StandardOutput.print(line) }
    Interruption.endAtOnce()  // Ctrl-C does not stop readLine.
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

extension Benchmark.Step {
  /// Floating-point operations per second.
  fileprivate var rate: Double { 2 * Double(macs) / max(median / .seconds(1), 1e-9) }
}
