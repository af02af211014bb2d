import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import EfficientNetTraining
import Foundation
import Synchronization
import Testing

@testable import EfficientNetSearch

/// Experiments on photos of two colors, which tiny networks learn in seconds.
@Suite("Experiments")
struct ExperimentTests {
  private static let baseline = Baseline(
    Architecture(
      name: "tiny", resolution: 16, stem: 8,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1),
        .mbConv(expand: 2, kernel: 3, stride: 2, channels: 12, repeats: 1),
      ], head: 16, classes: 2, activation: .silu, dropout: 0), rule: .released.fine)

  /// A folder with reddish and bluish photos, and a folder for experiments.
  static func with(_ body: (_ photos: String, _ place: String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "effnet-experiment-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var generator = SeededGenerator(seed: 1)
    for (name, red) in [("red", true), ("blue", false)] {
      let place = folder.appending(path: "photos/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<12 {
        let bytes = (0..<20 * 18).flatMap { _ -> [UInt8] in
          let (high, low) = (
            UInt8.random(in: 60...255, using: &generator),
            UInt8.random(in: 0...195, using: &generator)
          )
          return red ? [high, 100, low] : [low, 100, high]
        }
        let png = try PixelBuffer(width: 20, height: 18, bytes: bytes).png()
        try Data(png).write(to: place.appending(path: "\(number).png"))
      }
    }
    try body(folder.appending(path: "photos").path, folder.path)
  }

  static func settings(
    _ photos: String, _ study: Study, seeds: Int = 2, epochs: Int = 2
  ) throws -> (ExperimentSettings, DataSplit) {
    var recipe = Recipe.short
    (recipe.epochs, recipe.batch, recipe.rate) = (epochs, 5, 0.1)
    let data = try DataSplit(path: photos, validation: 0.25, seed: 4)
    return (
      ExperimentSettings(
        version: "test", command: "test", data: photos, validationShare: 0.25, subset: nil,
        dataFingerprint: data.fingerprint, recipe: recipe, precision: .float32, firstSeed: 4,
        seeds: seeds, brokenLimit: 0, study: study), data
    )
  }

  private static var grid: Study {
    .grid(GridStudy(baseline, grid: ScalingGrid(tolerance: 0.3, step: 0.25)))
  }

  /// Runs an experiment with two jobs, stops it repeatedly after a few steps, and resumes it from
  /// its folder.
  static func runWithInterruptions(
    _ settings: ExperimentSettings, in place: String, steps: ClosedRange<Int>
  ) throws -> Ranking {
    let folder = try ExperimentFolder(creating: place)
    try folder.write(settings)
    var generator = SeededGenerator(seed: 9)
    for interruptions in 0..<1000 {
      // Reads everything from the folder again, as after a kill.
      let experiment = try Experiment(
        folder.readSettings(), data: settings.photos(), folder: folder, jobs: 2, threads: 2,
        cache: nil)
      // The first four steps come early, so that some exist however the two jobs share the steps.
      let left = Atomic(Int.random(in: interruptions < 4 ? 1...6 : steps, using: &generator))
      let ranking = try experiment.run(isInterrupted: {
        left.subtract(1, ordering: .relaxed).newValue < 0
      })
      if let ranking {
        #expect(interruptions > 3)
        return ranking
      }
    }
    throw TrainingError.settings("it does not come to an end")
  }

  /// The results without their times, sorted.
  static func comparable(_ results: [TrialResult]) -> [String] {
    results.map {
      "\($0.candidate) \($0.seed) \($0.epochs) \($0.top1 ?? -1) \($0.loss ?? -1) \($0.trainingLoss ?? -1) "
        + "\($0.rightPhotos?.bits ?? [])"
    }.sorted()
  }

  @Test("one job, two jobs and interruptions at any moment give identical results")
  func resumed() throws {
    try Self.with { photos, place in
      let (settings, data) = try Self.settings(photos, Self.grid)
      let first = try ExperimentFolder(creating: place + "/first")
      try first.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: first, jobs: 1, threads: 1, cache: nil)
      let whole = try #require(try experiment.run())
      #expect(whole.standings.count == settings.study.candidates.count)
      #expect(whole.standings.allSatisfy { $0.top1.count == 2 })
      #expect(!Folder.exists(place + "/first/trials"), "nothing of a training is left")
      // Each result knows which of the photos are right; 6 photos have 8 bits.
      for result in try first.readResults() {
        let bits = try #require(result.rightPhotos?.bits)
        #expect(bits.count == 8 && result.top1 == Double(bits.count { $0 }) / 6)
      }

      let second = place + "/second"
      let ranking = try Self.runWithInterruptions(settings, in: second, steps: 1...60)
      #expect(
        try Self.comparable(first.readResults())
          == Self.comparable(ExperimentFolder(existing: second).readResults()))
      #expect(ranking.csv == whole.csv)
      #expect(!Folder.exists(place + "/second/trials"))
    }
  }

  @Test("a training whose line of results.jsonl is cut off is repeated; other damage is an error")
  func damagedResults() throws {
    try Self.with { photos, place in
      let (settings, data) = try Self.settings(photos, Self.grid, epochs: 1)
      let folder = try ExperimentFolder(creating: place + "/damaged")
      let trials = [4, 5].map { Trial(settings.study.candidates[0], seed: $0, epochs: 1) }
      func experiment() throws -> Experiment {
        try Experiment(settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
      }
      let whole = try #require(try experiment().run(trials))
      let text = try String(contentsOfFile: folder.results, encoding: .utf8)
      func error(_ text: String, _ body: () throws -> Void) throws -> String {
        try folder.write(text, to: folder.results)
        return try #require(throws: FileError.self, performing: body).reason
      }

      for length in [1, 20] {
        let cut = try error(String(text.dropLast(1 + length))) { _ = try folder.readResults() }
        #expect(cut.hasPrefix("line 2 is cut off; resume the experiment"), "\(cut)")
        let resumed = try experiment()
        #expect(
          resumed.notes
            == ["\(folder.results): line 2 is cut off, so its training is repeated"])
        #expect(resumed.results.count == 1)
        let repeated = try #require(try resumed.run(trials))
        #expect(Self.comparable(repeated) == Self.comparable(whole))
        #expect(try experiment().notes.isEmpty)
      }
      try folder.write(String(text.dropLast()), to: folder.results)
      #expect(try folder.readResults() == whole, "a whole line without its end")

      let lines = text.split(separator: "\n")
      let middle = try error("\(lines[0].dropLast(9))\n\(lines[1])\n") { _ = try experiment() }
      #expect(middle.hasPrefix("it is damaged: line 1: "), "\(middle)")
      let last = "\(lines[0])\n\(lines[1].replacing("\"seconds\"", with: "\"second\""))"
      let wrong = try error(last) { _ = try experiment() }
      #expect(wrong.hasPrefix("it is damaged: line 2: "), "\(wrong)")
      // Six photos have two digits, the last two bits of which are 0.
      for (digits, count, complaint) in [
        (
          "f", 6, "right_photos of \(whole[0].candidate) must have 2 digits for 6 validation photos"
        ),
        ("f00", 6, "right_photos of"), ("f1", 6, "right_photos of"),
        ("f0", 7, "validation_photos of \(whole[0].candidate) is 7; it must be at least 4, the "),
        ("f0", 3, "validation_photos of"),
      ] {
        let changed = text.replacing(
          /"right_photos":"[0-9a-f]+"/, with: "\"right_photos\":\"\(digits)\""
        ).replacing(/"validation_photos":6/, with: "\"validation_photos\":\(count)")
        let reason = try error(changed) { _ = try experiment() }
        #expect(reason.hasPrefix("it is damaged: line 1: \(complaint)"), "\(reason)")
      }
      // Without the number of photos, the two are compared with each other.
      let longer = text.replacing(/"validation_photos":6/, with: "\"validation_photos\":9")
      let reason = try error(longer) { _ = try folder.readResults() }
      #expect(reason.contains("validation_photos of \(whole[0].candidate) is 9; "), "\(reason)")
    }
  }

  @Test("a training goes on after a resume changed the command, the photos' place or the limit")
  func changed() throws {
    try Self.with { photos, place in
      var (settings, data) = try Self.settings(photos, Self.grid)
      let folder = try ExperimentFolder(creating: place + "/changed")
      let trial = Trial(settings.study.candidates[0], seed: 4, epochs: 2)
      /// Whether a training with these settings resumes the one that began before.
      func resumes() throws -> Bool {
        let experiment = try Experiment(
          settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
        let configuration = experiment.configuration(of: trial)
        let (run, resumes) = try folder.run(of: trial, configuration)
        if !resumes { try run.write(configuration) }
        return resumes
      }
      #expect(try !resumes())
      #expect(try resumes())
      settings.command = "test --seeds 3"
      #expect(try resumes())
      settings.brokenLimit = 5
      #expect(try resumes())
      (settings.data, settings.workingFolder) = ("photos", place)
      #expect(try resumes())
      settings.recipe.rate = 0.2
      #expect(try !resumes(), "another training")
    }
  }

  @Test("a network that is compared with no other is not tied")
  func notCompared() throws {
    let study = DimensionStudy(Self.baseline, coefficients: .paper, factors: [2])
    var recipe = Recipe.short
    recipe.epochs = 2
    var settings = ExperimentSettings(
      version: "test", command: "test", data: "photos", validationShare: 0.25, subset: nil,
      dataFingerprint: 0, recipe: recipe, precision: .float32, firstSeed: 4, seeds: 1,
      brokenLimit: 0, study: .dimensions(study))
    /// The report if the first networks do not diverge and the others do.
    func report(trained: Int) -> ExperimentReport {
      let results = study.candidates.enumerated().map { index, candidate in
        TrialResult(
          Trial(candidate, seed: 4, epochs: 2), top1: index < trained ? 0.9 : nil, loss: 1,
          trainingLoss: 1, seconds: 1)
      }
      return ExperimentReport(
        title: "x", settings,
        ranking: Ranking(
          study.candidates, results: results, epochs: 2, classes: 2, validationPhotos: 100),
        results: results, notes: ["the photos are small"])
    }
    /// The column "tied" of table.csv.
    func column(_ report: ExperimentReport) throws -> [Substring] {
      let rows = report.csv.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      let tied = try #require(rows[0].firstIndex(of: "tied"))
      return rows.dropFirst().map { $0[tied] }
    }
    let alone = report(trained: 1)
    #expect(alone.verdict == .notCompared && alone.winner != nil && alone.tied.isEmpty)
    #expect(alone.ranking.standings.allSatisfy { alone.isTied($0) == nil })
    #expect(try column(alone).allSatisfy(\.isEmpty))
    let two = report(trained: 2)
    #expect(two.verdict == .tie && two.tied.count == 2)
    #expect(try column(two).prefix(3) == ["yes", "yes", "no"])
    // What the experiment cannot show.
    for finding in [
      "The photos are small.",
      "Each network was trained for 2 epochs. Few epochs favor networks that learn fast; longer "
        + "training (--epochs) may change the order.",
      "The validation photos also chose the highest of 5 networks, so its accuracy is probably too "
        + "good; photos that took no part in the experiment give a fair one.",
    ] {
      #expect(two.findings.contains(finding), "\(two.findings)")
      #expect(try two.html().contains(finding.prefix(30)))
    }
    func limits(_ report: ExperimentReport) -> Bool {
      report.findings.contains { $0.hasPrefix("--limit 400 leaves out photos for validation, too") }
    }
    #expect(!limits(two))
    settings.subset = 400
    #expect(limits(report(trained: 2)))
  }

  @Test("scaled networks are compared with the baseline, and rounding that adds nothing is named")
  func versusBaseline() throws {
    let study = DimensionStudy(
      Baseline(try Variant(named: "b0").architecture, rule: ScalingRule.released.fine),
      coefficients: .paper, factors: [1.1, 2])
    func findings(_ top1: (Candidate) -> Double) -> [String] {
      let results = study.candidates.map {
        TrialResult(
          Trial($0, seed: 4, epochs: 2), top1: top1($0), loss: 1, trainingLoss: 1, seconds: 1)
      }
      return study.findings(
        Ranking(
          study.candidates, results: results, epochs: 2, classes: 2, validationPhotos: 100))
    }
    let equal = findings { _ in 0.9 }
    #expect(
      equal[1]
        == "No gain by scaling is shown: none of 8 scaled networks is significantly better than "
        + "the baseline (95 % confidence for all 8 comparisons together).")
    let better = findings { $0.name == "depth-2x" ? 0.99 : $0.series == nil ? 0.7 : 0.75 }
    #expect(
      better[1] == "1 of 8 scaled networks is significantly better than the baseline: depth 2× "
        + "(95 % confidence for all 8 comparisons together).")
    // The margins are those of the comparison with the best: a baseline is tied or beaten.
    for top1 in stride(from: 0.7, to: 0.95, by: 0.01) {
      let one = findings { $0.name == "depth-2x" ? top1 : 0.7 }
      let isTied = one[0].contains(" do not differ significantly ")
      #expect(one[1].hasPrefix("No gain by scaling is shown") == isTied, "\(one)")
    }
    #expect(!findings { _ in 0.5 }.contains { $0.contains("the baseline") }, "near chance")
    // 1.2 to the power of a small φ rounds every stage to its own number of layers.
    let compound = try #require(study.candidates.first { $0.name == "compound-1.1x" })
    #expect(
      compound.architecture.stages.map(\.repeats) == study.baseline.stages.map(\.repeats))
    #expect(
      equal.contains { $0.hasPrefix("compound 1.1× rounds to no additional layer: its factor ") })
  }

  @Test("the crop of the settings is that of every training, and is written and read")
  func crop() throws {
    try Self.with { photos, place in
      var (settings, data) = try Self.settings(photos, Self.grid)
      let trial = Trial(settings.study.candidates[0], seed: 4, epochs: 1)
      for (crop, resize) in [(nil, 27), (1, 24), (0.5, 48)] as [(Double?, Int)] {
        settings.crop = crop
        let folder = try ExperimentFolder(creating: "\(place)/\(resize)")
        try folder.write(settings)
        #expect(try folder.readSettings() == settings)
        let experiment = try Experiment(
          settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
        let preprocessing = experiment.configuration(of: trial).model.preprocessing
        #expect((preprocessing.resize, preprocessing.crop) == (resize, 24))
      }
      settings.crop = 0.2
      #expect(settings.complaint?.contains("the crop is 0.2 of") == true)
    }
  }

  @Test("batch norms warm up, except in experiments of early versions")
  func normWarmUp() throws {
    try Self.with { photos, place in
      var (settings, data) = try Self.settings(photos, Self.grid)
      #expect(settings.warmsUpNorms == true)
      for warmsUp in [true, nil] {
        settings.warmsUpNorms = warmsUp
        let experiment = try Experiment(
          settings, data: data, folder: ExperimentFolder(creating: "\(place)/\(warmsUp ?? false)"),
          jobs: 1, threads: 1, cache: nil)
        let trial = Trial(settings.study.candidates[0], seed: 1, epochs: 1)
        #expect(experiment.configuration(of: trial).warmsUpNorms == warmsUp)
      }
    }
  }

  @Test("equal networks are trained once")
  func twins() throws {
    try Self.with { photos, place in
      // With multiples of 8 and one repeat, small steps change nothing.
      let baseline = Baseline(Self.baseline.architecture)
      let study = GridStudy(baseline, grid: ScalingGrid(budget: 1.12, tolerance: 0.05, step: 0.01))
      let distinct = Set(study.candidates.map(\.nameless)).count
      try #require(distinct < study.candidates.count)
      var small = study
      small.candidates = Array(study.candidates.prefix(12))
      let (settings, data) = try Self.settings(photos, .grid(small), seeds: 1, epochs: 1)
      let folder = try ExperimentFolder(creating: place + "/twins")
      try folder.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
      _ = try experiment.run()
      let trained = experiment.results.filter { $0.seconds > 0 }.count
      #expect(trained == Set(small.candidates.map(\.nameless)).count)
      #expect(experiment.results.count == 12)
    }
  }

  @Test("an estimate counts the trainings that remain")
  func estimate() throws {
    try Self.with { photos, place in
      let study = GridStudy(
        Self.baseline, grid: ScalingGrid(tolerance: 0.3, step: 0.25), halvings: 1)
      let (settings, data) = try Self.settings(photos, .grid(study), seeds: 1)
      let folder = try ExperimentFolder(creating: place + "/estimate")
      try folder.write(settings)
      func experiment() throws -> Experiment {
        try Experiment(settings, data: data, folder: folder, jobs: 2, threads: 2, cache: nil)
      }
      let before = try #require(try experiment().estimate())
      let distinct = Set(study.candidates.map(\.nameless)).count
      #expect(before.trainings == distinct + study.candidates.count / 2)
      #expect(before.seconds > 0 && before.seconds < 600)
      #expect(try experiment().estimate(isInterrupted: { true }) == nil)
      _ = try experiment().run()
      #expect(try experiment().estimate() == nil, "nothing remains")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).contains("trials") == false
      )
    }
  }

  @Test("halving trains all networks briefly and the better half longer")
  func halving() throws {
    try Self.with { photos, place in
      let study = GridStudy(
        Self.baseline, grid: ScalingGrid(tolerance: 0.3, step: 0.25), halvings: 1)
      let (settings, data) = try Self.settings(photos, .grid(study), seeds: 1)
      let folder = try ExperimentFolder(creating: place + "/halving")
      try folder.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: folder, jobs: 2, threads: 2, cache: nil)
      let ranking = try #require(try experiment.run())
      let count = study.candidates.count
      #expect(ranking.standings.count == count / 2 && ranking.networksTried == count)
      #expect(experiment.results.filter { $0.epochs == 1 }.count == count)
      let longer = Set(experiment.results.filter { $0.epochs == 2 }.map(\.candidate))
      #expect(longer.count == count / 2)
      let brief = Ranking(
        study.candidates, results: experiment.results, epochs: 1, classes: 2, validationPhotos: 6)
      #expect(Set(brief.standings.prefix(count / 2).map(\.candidate.name)) == longer)
      #expect(
        ranking.leftOut.map(\.candidate.name)
          == brief.standings.dropFirst(count / 2).map(\.candidate.name))
      #expect(ranking.leftOut.allSatisfy { $0.leftOutAfter == 1 })
      // They follow in the table and in the report.
      let lines = ranking.csv.split(separator: "\n")
      #expect(lines.count == 1 + count && lines.last?.hasSuffix(",,1") == true)
      let report = try experiment.writeReports(ranking, title: "t", others: [], to: folder)
      #expect(try report.html().contains("left out after 1 epoch"))
      #expect(report.findings.contains { $0.contains("shorter rounds left out") })
    }
  }

  @Test("a training that diverges is a result, and its network ranks last")
  func diverged() throws {
    try Self.with { photos, place in
      let study = DimensionStudy(Self.baseline, coefficients: .paper, factors: [2])
      var (settings, data) = try Self.settings(photos, .dimensions(study), seeds: 1)
      settings.recipe.rate = 1e12
      settings.recipe.warmUpEpochs = 0
      let folder = try ExperimentFolder(creating: place + "/diverged")
      try folder.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: folder, jobs: 2, threads: 2, cache: nil)
      let ranking = try #require(try experiment.run())
      #expect(ranking.best == nil && ranking.standings.allSatisfy { $0.diverged == 1 })
      let report = ExperimentReport(
        title: "x", settings, ranking: ranking, results: experiment.results)
      #expect(try report.html().contains("diverged"))
    }
  }

  @Test("simultaneous trainings share the memory")
  func memory() throws {
    try Self.with { photos, place in
      let study = DimensionStudy(Self.baseline, coefficients: .paper, factors: [2])
      let (settings, data) = try Self.settings(photos, .dimensions(study), seeds: 1, epochs: 1)
      /// The experiment's error with this much memory; nil if it is enough.
      func complaint(_ memory: Int, jobs: Int, cache: PhotoCache? = nil) throws -> String? {
        let folder = try ExperimentFolder(creatingIn: place, name: "memory")
        do {
          _ = try Experiment(
            settings, data: data, folder: folder, jobs: jobs, threads: jobs, cache: cache,
            memory: memory
          ).run()
          return nil
        } catch TrainingError.settings(let complaint) {
          return complaint
        }
      }
      var memory = 1 << 16
      while try complaint(memory, jobs: 1) != nil, memory < 1 << 34 { memory *= 2 }
      let many = try complaint(memory, jobs: 4)
      #expect(many?.contains("each of 4 trainings at the same time may use") == true)
      #expect(try complaint(4 * memory, jobs: 4) == nil)
      let cache = try PhotoCache(limit: memory / 2 + 1, place: .memory)
      #expect(try complaint(memory, jobs: 1, cache: cache) != nil)
      // The cache also takes part of the memory that other programs leave.
      let full = try PhotoCache(limit: 1 << 50, place: .memory)
      let one = try Experiment(
        settings, data: data, folder: ExperimentFolder(creatingIn: place, name: "memory"),
        jobs: nil, threads: 4, cache: full, memory: 1 << 51)
      #expect(one.jobs == 1)
    }
  }

  @Test("unreadable photos are reported and counted once, also after a resume")
  func broken() throws {
    try Self.with { photos, place in
      let study = DimensionStudy(Self.baseline, coefficients: .paper, factors: [2])
      var (settings, data) = try Self.settings(photos, .dimensions(study), seeds: 1)
      settings.brokenLimit = 2
      for sample in [data.training.samples[0], data.validation.samples[0]] {
        try Data("no photo".utf8).write(to: URL(filePath: sample.photo.path))
      }
      // The folder as a command line may spell it: another path to the same folder.
      let typed = try DataSplit(
        path: "\(photos)/../photos", validation: 0.25, seed: 4)
      let folder = try ExperimentFolder(creating: place + "/broken")
      try folder.write(settings)
      let told = Mutex<[String]>([])
      let isSecondEpoch = Atomic(false)
      let first = try Experiment(
        settings, data: typed, folder: folder, jobs: 1, threads: 1, cache: nil)
      let stopped = try first.run(
        isInterrupted: { isSecondEpoch.load(ordering: .relaxed) },
        show: { progress in
          told.withLock { $0 += progress.notes }
          if progress.current.contains("epoch 2") { isSecondEpoch.store(true, ordering: .relaxed) }
        })
      #expect(stopped == nil && told.withLock { $0.count } == 2)
      let second = try Experiment(
        settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
      let ranking = try #require(try second.run())
      #expect(ranking.standings.allSatisfy { $0.diverged == 0 })
    }
  }

  @Test("a report has findings, charts and a row for each network")
  func report() throws {
    try Self.with { photos, place in
      let study = DimensionStudy(
        Self.baseline, coefficients: .paper, factors: [1.5, 2],
        settings: [.init(depth: 2, resolution: 1)])
      let (settings, data) = try Self.settings(photos, .dimensions(study))
      let folder = try ExperimentFolder(creating: place + "/report")
      try folder.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: folder, jobs: 2, threads: 2, cache: nil)
      let shown = Mutex<[ExperimentProgress]>([])
      let ranking = try #require(
        try experiment.run(show: { progress in shown.withLock { $0.append(progress) } }))
      let report = ExperimentReport(
        title: "dimensions", settings, ranking: ranking, results: experiment.results)
      // Six validation photos cannot tell a network from guessing.
      #expect(report.verdict == .nearChance && report.highlighted == nil)
      #expect(report.winner == ranking.best && report.winner != nil)
      #expect(report.findings[0].hasPrefix("No winner: even the best of 12 ("))
      #expect(report.findings.last?.hasPrefix("The margins of differences cover") == true)
      #expect(report.pictures.map(\.name) == ["dimensions.svg", "width.svg"])
      #expect(report.pictures.allSatisfy { $0.svg.hasPrefix("<svg") && $0.svg.contains("circle") })
      let page = try report.html()
      for candidate in study.candidates {
        #expect(page.contains(settings.study.title(of: candidate)))
      }
      for text in [
        "Bars show the standard error", "compound is", ">none<",
        "baseline. A name such as “d=2 r=1 w=1” has the factors. d, w and r are",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      let columns = ["compound − it", "photos right", "layers per stage"].map {
        page.firstRange(of: ">\($0)</th>")?.lowerBound ?? page.endIndex
      }
      #expect(columns == columns.sorted(), "the answer is first")
      let rows = study.rows(ranking)
      let table = report.csv.split(separator: "\n")
      #expect(
        table[0].hasSuffix(",near_chance,distorted,compound_minus_it,compound_margin,compound_is"))
      #expect(
        table.count { $0.contains(/,[\d.e-]+,[\d.e-]+,(better|worse|tied)$/) } == 6, "\(table)")
      #expect(table.dropFirst().allSatisfy { $0.contains(/,,yes,(yes|no),/) }, "\(table)")
      #expect(try #require(report.highestMargin) > 0)
      #expect(
        rows.map(\.title).prefix(5) == [
          "baseline", "depth 1.5×", "width 1.5×", "resolution 1.5×", "compound 1.5×",
        ])
      #expect(rows.count == study.candidates.count && rows[0].reached == 1)
      #expect(
        rows.map(\.asked) == [nil] + [1.5, 2].flatMap { [$0, $0, $0, $0] } + [nil, nil, nil])
      #expect(rows.filter { $0.difference != nil }.count == 6, "compound scaling is compared")
      #expect(ranking.best?.right?.total == 6)
      #expect(ranking.csv.split(separator: "\n").count == 1 + study.candidates.count)
      let progress = shown.withLock { $0 }
      let trials = 2 * study.candidates.count
      #expect(progress.filter { $0.finished != nil }.count == trials)
      #expect(progress.last?.trialsDone == trials)
      #expect(abs((progress.last?.workDone ?? 0) / (progress.last?.work ?? 1) - 1) < 1e-9)
    }
  }

  @Test("an accuracy surface has a field for each β and γ")
  func surface() throws {
    let candidates = Self.grid.candidates
    let results = candidates.enumerated().map { index, candidate in
      TrialResult(
        Trial(candidate, seed: 4, epochs: 2), top1: 0.5 + 0.001 * Double(index), loss: 1,
        trainingLoss: 1, seconds: 1)
    }
    let ranking = Ranking(
      candidates, results: results, epochs: 2, classes: 2, validationPhotos: 10)
    guard case .grid(let study) = Self.grid else { return }
    let surface = study.surface(ranking).markup
    let fields = Set(
      candidates.compactMap { $0.factors.map { "\($0.width) \($0.resolution)" } }
    ).count
    #expect(surface.components(separatedBy: "<small>α ").count - 1 == fields)
    #expect(surface.components(separatedBy: "class=\"miss").count == 2)
  }

  @Test("impossible folders and settings are refused")
  func refused() throws {
    try Self.with { photos, place in
      #expect(throws: FileError.self) { try ExperimentFolder(resuming: place + "/none") }
      #expect(throws: FileError.self) { try ExperimentFolder(existing: photos) }
      #expect(throws: FileError.self) { try ExperimentFolder(creating: photos) }
      var (settings, data) = try Self.settings(photos, Self.grid)
      let folder = try ExperimentFolder(creating: place + "/x")
      try folder.write(settings)
      // A second process.
      #expect(throws: FileError.self) { try ExperimentFolder(resuming: place + "/x") }
      #expect(try folder.readSettings() == settings)
      #expect(try folder.readResults().isEmpty)
      settings.seeds = 0
      #expect(throws: TrainingError.self) {
        try Experiment(settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
      }
      (settings, data) = try Self.settings(photos, Self.grid)
      data.validation.samples = []
      #expect(throws: TrainingError.self) {
        try Experiment(settings, data: data, folder: folder, jobs: 1, threads: 1, cache: nil)
      }
      try Data("{\"candidate\": 3}\n".utf8).write(to: URL(filePath: folder.results))
      #expect(throws: FileError.self) { try folder.readResults() }
      var twice = try Self.settings(
        photos, .grid(GridStudy(Self.baseline, grid: ScalingGrid(), points: 2))
      ).0
      guard case .grid(var study) = twice.study else { return }
      study.candidates.append(study.candidates[0])
      twice.study = .grid(study)
      #expect(twice.complaint?.hasPrefix("two networks have the name a1.2-b1.1-g1.15") == true)
      study.candidates = []
      twice.study = .grid(study)
      #expect(twice.complaint != nil)
    }
  }
}
