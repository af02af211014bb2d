#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetFormats
  import EfficientNetTraining
  import FoundationEssentials

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

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
    @OptionGroup var file: WeightOptions
    @OptionGroup var numbers: PrecisionOptions
    @Option(parsing: .unconditional, help: "Images of one run.") var batch = 1
    @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
    var threads: Int?
    @Option(
      parsing: .unconditional,
      help: "Runs that are measured (default: as many as 3 s allow, at least 10).")
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
      try NetworkOptions.check(batch, "--batch", 1...1024)
      try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
      try NetworkOptions.check(rounds ?? 1, "--rounds", 1...1_000_000)
      if onDemand, rounds != nil {
        throw ValidationError("with --on-demand, standard input says how many --rounds")
      }
      if train, numbers.precision != .float32 {
        throw ValidationError("--train computes in fp32 only")
      }
    }

    func run() throws {
      if train { return try runTraining() }
      let engine = try makeEngine()
      let room = PhysicalMemory.bytes / 2
      let pool = ThreadPool(threads: threads)
      let needed =
        min(batch, pool.threads) * engine.bytesPerImage
        + batch * 4 * engine.architecture.inputShape.count
      guard needed <= room else {
        throw ValidationError(
          "--batch \(batch) needs \(needed >> 20) MB for images and feature maps, "
            + "half of this machine's memory is \(room >> 20) MB")
      }
      let benchmark = Benchmark(engine, pool: pool, batch: batch)
      let peak = benchmark.measuredPeak()
      let times =
        onDemand
        ? try timesOnDemand(benchmark.run(while:report:))
        : try times(benchmark.run(while:report:))
      guard !times.isEmpty else { return }
      let result = BenchmarkResult(benchmark, times: times, peak: peak)
      let steps = profile ? benchmark.profile(rounds: min(times.count, 50)) : []
      if json {
        var output = result
        output.steps = profile ? steps.map { .init($0, peak: peak) } : nil
        try StandardOutput.print(output.line)
      } else {
        for line in result.lines { try StandardOutput.print(line) }
        if profile { try printSteps(steps, peak: peak) }
      }
    }

    /// Measures training steps.
    private func runTraining() throws {
      let architecture = try makeArchitecture()
      let benchmark = try TrainingBenchmark(
        architecture, pool: ThreadPool(threads: threads), batch: batch)
      guard benchmark.byteCount <= PhysicalMemory.bytes / 2 else {
        throw ValidationError(
          "training on --batch \(batch) needs \(benchmark.byteCount >> 20) MB, "
            + "half of this machine's memory is \(PhysicalMemory.bytes >> 21) MB")
      }
      let peak = benchmark.measuredPeak()
      let times =
        onDemand
        ? try timesOnDemand(benchmark.run(while:report:))
        : try times(benchmark.run(while:report:))
      guard !times.isEmpty else { return }
      let result = BenchmarkResult(benchmark, times: times, peak: peak)
      let parts = profile ? benchmark.profile(rounds: min(times.count, 10)) : []
      if json {
        var output = result
        output.parts =
          profile
          ? parts.map { .init(name: $0.name, medianMilliseconds: $0.median / .milliseconds(1)) }
          : nil
        return try StandardOutput.print(output.line)
      }
      for line in result.lines { try StandardOutput.print(line) }
      guard profile else { return }
      let total = parts.reduce(Duration.zero) { $0 + $1.median }
      var table = TextTable([.left, .right, .right])
      table.add("part", "µs", "share")
      for part in parts {
        table.add(
          part.name, (part.median / .microseconds(1)).formatted(digits: 0),
          "\((100 * (part.median / total)).formatted(digits: 1)) %")
      }
      try StandardOutput.print("")
      for line in table.lines { try StandardOutput.print(line) }
    }

    private func makeArchitecture() throws -> Architecture {
      if file.weights != nil {
        return try network.load(file.weights ?? "", prefersEMA: file.prefersEMA).description
          .architecture
      }
      guard let architecture = try network.description()?.architecture else {
        throw ValidationError("name a network with --model")
      }
      return architecture
    }

    private func makeEngine() throws -> Engine {
      if let weights = file.weights {
        let model = try network.load(weights, prefersEMA: file.prefersEMA)
        return try Engine(
          model.description.architecture, weights: model.weights, precision: numbers.precision)
      }
      let architecture = try makeArchitecture()
      return try Engine(
        architecture, weights: Weights(untrained: architecture, seed: 0),
        precision: numbers.precision)
    }

    /// Runs after a few that do not count, each reported, for as long as they are wanted.
    private typealias Runs = (
      _ isWanted: () throws -> Bool, _ report: (Duration) throws -> Void
    ) throws -> [Duration]

    private func times(_ run: Runs) throws -> [Duration] {
      var count = rounds
      var progress: ProgressLine?
      var done = 0
      var first: Duration?
      let times = try run(
        {
          // The first two say how many three seconds allow, and do not count.
          if count == nil, done == 2, let first {
            count = 2 + max(10, min(2000, Int(3 / max(first / .seconds(1), 1e-6))))
          }
          if let count, progress == nil {
            progress = ProgressLine(total: count, noun: "rounds", isQuiet: quiet)
          }
          if done > 0 { progress?.update(done) }
          return Interruption.current == nil && (count.map { done < $0 } ?? true)
        },
        {
          done += 1
          first = min(first ?? $0, $0)
        })
      progress?.clear()
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

    private func printSteps(_ steps: [Benchmark.Step], peak: Double) throws {
      let total = steps.reduce(Duration.zero) { $0 + $1.median }
      var table = TextTable([.left, .left, .right, .right, .right, .right, .right])
      table.add("step", "kernel", "output", "µs", "share", "GFLOP/s", "of peak")
      for step in steps {
        let result = BenchmarkResult.Step(step, peak: peak)
        table.add(
          step.name, step.kernel, "\(step.output.h)×\(step.output.w)×\(step.output.c)",
          (result.medianMilliseconds * 1000).formatted(digits: 1),
          "\((100 * (step.median / total)).formatted(digits: 1)) %",
          step.macs == 0 ? "" : result.gflops.formatted(digits: 1),
          step.macs == 0 ? "" : "\((100 * result.peakFraction).formatted(digits: 0)) %")
      }
      try StandardOutput.print("")
      for line in table.lines { try StandardOutput.print(line) }
    }
  }

  /// What was measured.
  private struct BenchmarkResult: Encodable {
    struct Step: Encodable {
      let name: String
      let kernel: String
      let medianMilliseconds: Double
      let gflops: Double
      let peakFraction: Double

      private enum CodingKeys: String, CodingKey {
        case name, kernel, gflops
        case medianMilliseconds = "median_ms"
        case peakFraction = "peak_fraction"
      }

      init(_ step: Benchmark.Step, peak: Double) {
        (name, kernel) = (step.name, step.kernel)
        medianMilliseconds = step.median / .milliseconds(1)
        let rate = 2 * Double(step.macs) / max(step.median / .seconds(1), 1e-9)
        (gflops, peakFraction) = (rate / 1e9, rate / peak)
      }
    }

    /// A part of a training step.
    struct Part: Encodable {
      let name: String
      let medianMilliseconds: Double

      private enum CodingKeys: String, CodingKey {
        case name
        case medianMilliseconds = "median_ms"
      }
    }

    let model: String
    let precision: String
    let resolution: Int
    let batch: Int
    let threads: Int
    let instructionSet: String
    let rounds: Int
    let medianMilliseconds: Double
    let minimumMilliseconds: Double
    let p95Milliseconds: Double
    let imagesPerSecond: Double
    let gflops: Double
    let peakGFLOPS: Double
    let peakFraction: Double
    let peakMemory: Double
    var steps: [Step]?
    var parts: [Part]?

    private enum CodingKeys: String, CodingKey {
      case model, precision, resolution, batch, threads, rounds, gflops, steps, parts
      case instructionSet = "instruction_set"
      case medianMilliseconds = "median_ms"
      case minimumMilliseconds = "min_ms"
      case p95Milliseconds = "p95_ms"
      case imagesPerSecond = "images_per_second"
      case peakGFLOPS = "peak_gflops"
      case peakFraction = "peak_fraction"
      case peakMemory = "peak_memory_mb"
    }

    init(_ benchmark: Benchmark, times: [Duration], peak: Double) {
      self.init(
        benchmark.engine.architecture, precision: benchmark.engine.precision,
        instructionSet: benchmark.engine.instructionSet, batch: benchmark.batch,
        threads: benchmark.pool.threads, macs: benchmark.macs, times: times, peak: peak)
    }

    /// Backward takes twice the operations of forward.
    init(_ benchmark: TrainingBenchmark, times: [Duration], peak: Double) {
      self.init(
        benchmark.architecture, precision: .float32, instructionSet: benchmark.instructionSet,
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
      medianMilliseconds = sorted[sorted.count / 2]
      minimumMilliseconds = sorted[0]
      p95Milliseconds = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
      imagesPerSecond = 1000 * Double(batch) / medianMilliseconds
      let rate = 2 * Double(macs * batch) / (medianMilliseconds / 1000)
      (gflops, peakGFLOPS, peakFraction) = (rate / 1e9, peak / 1e9, rate / peak)
      peakMemory = PhysicalMemory.peakMegabytes
    }

    /// As one line of JSON.
    var line: String {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
      }
    }

    var lines: [String] {
      func milliseconds(_ value: Double) -> String { value.formatted(digits: value < 100 ? 2 : 0) }
      return [
        "\(model) at \(resolution), batch \(batch), \(threads.counted("thread", "threads")), "
          + "\(instructionSet), \(precision), \(rounds) rounds",
        "median \(milliseconds(medianMilliseconds)) ms, min \(milliseconds(minimumMilliseconds)), "
          + "p95 \(milliseconds(p95Milliseconds)); \(imagesPerSecond.formatted(digits: 1)) images a second",
        "\(gflops.formatted(digits: 1)) GFLOP/s, \((100 * peakFraction).formatted(digits: 0)) % of "
          + "\(peakGFLOPS.formatted(digits: 0)) measured\(precision == "fp32" ? "" : " in fp32"); peak memory \(peakMemory.formatted(digits: 0)) MB",
      ]
    }
  }

  /// The machine's memory and what of it this process took.
  private enum PhysicalMemory {
    static var bytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

    static var peakMegabytes: Double {
      var usage = rusage()
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Double(usage.ru_maxrss) / 1024
    }
  }
#endif
