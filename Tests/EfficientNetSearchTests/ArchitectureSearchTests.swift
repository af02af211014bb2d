import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import EfficientNetTraining
import Foundation
import Synchronization
import Testing

@testable import EfficientNetSearch

/// Searches from the first proposal to the report.
@Suite("Architecture search")
struct ArchitectureSearchTests {
  /// A space of two stages with two to four choices each, on small images.
  private static let space: SearchSpace = {
    var space = SearchSpace.efficientNet.narrowed(width: 0.25, stages: 2, resolution: 16)
    space.operations = [.separable, .mbConv3]
    space.reference.head = 16
    return space
  }()

  static func study(
    _ kind: SearchStudy.ControllerKind = .evolution, samples: Int = 10, finalists: Int = 2
  ) -> SearchStudy {
    SearchStudy(
      space,
      objective: Objective(
        cost: .macs, target: 1e5, exponentBelow: -0.5, exponentAbove: -0.5), controller: kind,
      samples: samples,
      batch: 4, finalists: finalists, finalEpochs: 3, finalSeeds: 2)
  }

  /// An invented result of a candidate's training: wide networks do well.
  private static func result(_ candidate: Candidate, epochs: Int = 2) -> TrialResult {
    let channels = candidate.architecture.stages.reduce(0) { $0 + $1.channels }
    return TrialResult(
      Trial(candidate, seed: 4, epochs: epochs),
      top1: channels % 3 == 0 ? nil : 0.5 + Double(channels) / 1000, loss: 1, trainingLoss: 1,
      seconds: 1)
  }

  @Test("each network is named once, and every proposal's reward is learned")
  func samples() throws {
    let study = Self.study(.random, samples: 400)
    let settings = Self.settings(study)
    var search = ArchitectureSearch(study, settings, classes: 2)
    var results: [TrialResult] = []
    var known: [String: Candidate] = [:]
    while search.samples.count < study.samples {
      let candidates = search.propose()
      #expect(Set(candidates.map(\.name)).count == candidates.count && candidates.count <= 4)
      results += candidates.map { Self.result($0) }
      for candidate in candidates { known[candidate.name] = candidate }
      search.learn(results)
    }
    let samples = search.samples
    #expect(samples.map(\.number) == Array(1...400))
    #expect(samples.contains { $0.isRepeated }, "the space is small")
    let networks = Dictionary(grouping: samples, by: \.candidate.nameless)
    for (_, equal) in networks {
      #expect(Set(equal.map(\.candidate.name)).count == 1)
      #expect(equal.filter { !$0.isRepeated }.count == 1)
    }
    for sample in samples {
      #expect(sample.cost == Double(sample.network.macs))
      #expect(sample.reward == study.objective.reward(top1: sample.top1, cost: sample.cost))
      #expect((sample.reward == 0) == (sample.top1 == nil))
    }
    let ranked = search.ranked
    #expect(ranked.count == networks.count && ranked[0].reward == search.bestSoFar.last)
    let front = search.front
    for (first, second) in zip(front, front.dropFirst()) {
      #expect(first.cost < second.cost && (first.top1 ?? 0) < (second.top1 ?? 0))
    }
    for sample in samples where !front.contains(where: { $0.candidate == sample.candidate }) {
      guard let top1 = sample.top1 else { continue }
      #expect(front.contains { $0.cost <= sample.cost && ($0.top1 ?? 0) >= top1 })
    }
    let everything = Ranking(
      search.ranked.map(\.candidate), results: results, epochs: 2, classes: 2,
      validationPhotos: 10)
    #expect(search.winner(everything)?.candidate == ranked[0].candidate)
    #expect(everything.best?.candidate != ranked[0].candidate, "the most accurate costs too much")
    let reference = try #require(search.finalists.last)
    #expect(search.finalists.count == 3 && reference.name == ArchitectureSearch.reference)
    var counted = reference.architecture
    counted.classes = 2
    let ratio = Double(NetworkCost(counted).macs) / Double(ranked[0].network.macs)
    #expect(abs(ratio - 1) < 0.25, "as near as channels in steps of 2 come")
    // Given the stored results, the search reaches the same state.
    let whole = ArchitectureSearch(study, settings, results: results, classes: 2)
    #expect(whole.samples == samples)
    // Trainings with more epochs or other seeds belong to the finalists.
    let more =
      results
      + results.map { other in
        TrialResult(
          Trial(known[other.candidate] ?? reference, seed: 5, epochs: 2), top1: 1, loss: 1,
          trainingLoss: 1, seconds: 1)
      }
    #expect(
      ArchitectureSearch(study, settings, results: more, classes: 2).samples == samples)
    let part = ArchitectureSearch(
      study, settings, results: Array(results.prefix(9)), classes: 2)
    #expect(part.samples == Array(samples.prefix(part.samples.count)))
    #expect(!part.samples.isEmpty && part.samples.count < 20)
  }

  @Test("whether the controller learned is said in a sentence")
  func learning() throws {
    let chance = Chance(share: 0.5, photos: 10_000)
    /// The sentence about a search in which a network's accuracy depends on its number.
    func sentence(
      _ kind: SearchStudy.ControllerKind, samples: Int = 40, firstSeed: UInt64 = 4,
      against others: [(name: String, search: ArchitectureSearch)] = [],
      _ top1: (Int) -> Double
    ) -> (text: String, search: ArchitectureSearch) {
      var study = Self.study(kind, samples: samples)
      // The cost does not count.
      study.objective = Objective(cost: .macs, target: 1e5, exponentBelow: 0, exponentAbove: 0)
      var search = ArchitectureSearch(study, seeds: [firstSeed], epochs: 2, classes: 2)
      var results: [TrialResult] = []
      while search.samples.count < samples {
        for (index, candidate) in search.propose().enumerated()
        where !results.contains(where: { $0.candidate == candidate.name }) {
          results.append(
            TrialResult(
              Trial(candidate, seed: firstSeed, epochs: 2),
              top1: top1(search.samples.count + index),
              loss: 1, trainingLoss: 1, seconds: 1, validationPhotos: 10_000))
        }
        search.learn(results)
      }
      return (search.learning(chance, others), search)
    }
    let random = sentence(.random) { 0.6 + 0.001 * Double($0 % 3) }
    #expect(random.text.hasPrefix("Random search does not learn"))
    #expect(random.search.samples.allSatisfy { $0.right?.total == 10_000 })
    let constant = sentence(.evolution) { _ in 0.7 }
    #expect(
      constant.text == "It cannot be said whether the controller learned: the first and the last "
        + "quarter of the 40 proposals have too few different networks or rewards (--samples).")
    let bad = sentence(.evolution) { _ in 0.505 }
    #expect(bad.text.hasPrefix("It cannot be said whether the controller learned: after 2 epochs"))
    let few = sentence(.evolution, samples: 6) { _ in 0.7 }
    #expect(few.text.contains("quarter of the 6 proposals have too few different networks"))
    let better = sentence(.evolution, against: [("random", random.search)]) {
      0.6 + 0.005 * Double($0)
    }
    #expect(better.text.hasPrefix("In this search, the rewards rose: the mean reward of the "))
    // Without a random search, the sentence names that control.
    #expect(!better.text.contains("--controller random"))
    #expect(
      sentence(.evolution) { 0.6 + 0.005 * Double($0) }.text.contains(
        ": run the same search with --controller random --top 0, then this one with --resume, and ")
    )
    #expect(better.text.contains(" different networks in its first 10 proposals is "))
    #expect(
      better.text.contains(
        " The mean reward of the networks in its last 10 proposals is higher than the mean of the "
          + "random search, 0.60"))
    let highest = [better.search, random.search].map { search in
      (search.samples.map(\.reward).max() ?? 0).fixed(4)
    }
    #expect(
      better.text.contains(
        " The highest reward of this search is \(highest[0]), that of the random search "
          + "\(highest[1]). "))
    // A higher mean is not a better network, and a single update is named.
    let lucky = sentence(.random) { $0 < 8 ? 0.9 : 0.6 }
    let brief = sentence(.ppo, samples: 12, against: [("random", lucky.search)]) {
      0.7 + 0.005 * Double($0)
    }
    #expect(
      brief.text.contains(
        "), after 1 update of the controller. The highest reward of this search is 0.7"))
    #expect(
      brief.text.contains(
        ", that of the random search 0.9000, so this search found no better network."))
    #expect(
      better.text.hasSuffix(
        " repeat it with other seeds (--seed) to see whether the "
          + "controller learns."))
    #expect(sentence(.evolution) { 0.9 - 0.005 * Double($0) }.text.contains("the rewards fell"))
    // Several random searches count together, in any order. Other controllers do not count.
    let other = sentence(.random, firstSeed: 5) { 0.95 + 0.001 * Double($0 % 3) }
    let searches = [("a", random.search), ("b", other.search), ("c", better.search)]
    let pooled = [searches, searches.reversed()].map { others in
      sentence(.evolution, against: others) { 0.6 + 0.005 * Double($0) }.text
    }
    #expect(pooled[0].contains(" the mean of the 2 random searches together, "))
    func sum(_ search: ArchitectureSearch) -> (reward: Double, count: Int) {
      let different = search.samples.filter { !$0.isRepeated }
      return (different.reduce(0) { $0 + $1.reward }, different.count)
    }
    let (first, second) = (sum(random.search), sum(other.search))
    let mean = (first.reward + second.reward) / Double(first.count + second.count)
    for text in pooled { #expect(text.contains(" together, \(mean.fixed(3)) (")) }
  }

  @Test("a lucky network that is proposed repeatedly does not show that the controller learned")
  func repeated() throws {
    let study = Self.study(.evolution, samples: 40)
    var search = ArchitectureSearch(study, Self.settings(study), classes: 2)
    /// A proposal of a network with a reward that is its accuracy.
    func sample(_ number: Int, _ name: String, _ top1: Double, isRepeated: Bool = false)
      -> ArchitectureSearch.Sample
    {
      var architecture = Self.space.reference
      architecture.name = name
      return ArchitectureSearch.Sample(
        number: number, candidate: Candidate(architecture), network: NetworkCost(architecture),
        cost: 1, top1: top1, right: nil, reward: top1, isRepeated: isRepeated)
    }
    let first = (1...30).map { sample($0, "n\($0)", 0.60 + 0.01 * Double($0 % 10)) }
    let copies = (32...39).map { sample($0, "lucky", 0.75, isRepeated: true) }
    let lucky = first + [sample(31, "lucky", 0.75)] + copies
    let chance = Chance(share: 0.5, photos: 10_000)
    search.samples = lucky + [sample(40, "n40", 0.62)]
    #expect(
      search.learning(chance).hasPrefix("It is not clear whether the controller learned: the mean ")
    )
    #expect(search.learning(chance).contains(", of the 2 in its last 10 0.685 ("))
    search.samples = lucky + [sample(40, "lucky", 0.75, isRepeated: true)]
    #expect(search.learning(chance).hasPrefix("It cannot be said whether the controller learned"))
  }

  static func settings(_ study: SearchStudy) -> ExperimentSettings {
    var recipe = Recipe.short
    recipe.epochs = 2
    return ExperimentSettings(
      version: "test", command: "test", data: "photos", validationShare: 0.25, subset: nil,
      dataFingerprint: 0, recipe: recipe, precision: .float32, firstSeed: 4, seeds: 1,
      brokenLimit: 0, study: .architectures(study))
  }

  @Test("one job, two jobs and interruptions at any moment give identical results")
  func resumed() throws {
    try ExperimentTests.with { photos, place in
      let study = Study.architectures(Self.study(.ppo, samples: 6))
      let (settings, data) = try ExperimentTests.settings(photos, study, seeds: 1, epochs: 1)
      let first = try ExperimentFolder(creating: place + "/first")
      try first.write(settings)
      let experiment = try Experiment(
        settings, data: data, folder: first, jobs: 1, threads: 1, cache: nil)
      #expect(experiment.estimate()?.trainings == 6 + 3 * 2)
      let shown = Mutex<[Int]>([])
      let whole = try #require(
        try experiment.run(show: { progress in
          shown.withLock { $0 += progress.samples.map(\.number) }
          #expect(progress.trials == 6 + 3 * 2 && progress.trialsDone <= progress.trials)
        }))
      #expect(shown.withLock { $0 } == Array(1...6), "each proposal is told once, in order")
      #expect(whole.standings.count == 3 && whole.standings.allSatisfy { $0.top1.count == 2 })
      #expect(whole.networksTried == experiment.search?.ranked.count, "not only the finalists")

      #expect(experiment.estimate() == nil, "nothing remains, even if proposals were repeated")

      let second = place + "/second"
      let ranking = try ExperimentTests.runWithInterruptions(settings, in: second, steps: 1...40)
      #expect(
        try ExperimentTests.comparable(first.readResults())
          == ExperimentTests.comparable(ExperimentFolder(existing: second).readResults()))
      #expect(ranking.csv == whole.csv)

      guard case .architectures(let known) = settings.study else { return }
      let search = ArchitectureSearch(
        known, settings, results: try first.readResults(), classes: 2)
      let report = ExperimentReport(
        title: "search", settings, ranking: whole, results: experiment.results, search: search,
        others: [("one", search), ("two", search)])
      let page = try report.html()
      for text in [
        "Reward over time", "Pareto front", "Highest rewards of the search", "Trained longer",
        ">one</text>", ">two</text>", "Target: 100.0 k operations; reward = top-1 · ",
        " Other searches: <bdi>one</bdi> (ppo, 6 proposals); <bdi>two</bdi> (ppo, 6 proposals).",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      #expect(report.pictures.map(\.name) == ["accuracy.svg", "reward.svg"])
      #expect(search.csv.split(separator: "\n").count == 7)
    }
  }

  @Test("impossible settings are refused")
  func nonsense() {
    func complaint(_ change: (inout SearchStudy) -> Void) -> String? {
      var study = Self.study()
      change(&study)
      return Self.settings(study).complaint
    }
    #expect(complaint { _ in } == nil)
    #expect(complaint { $0.samples = 0 }?.contains("number of samples is 0") == true)
    #expect(complaint { $0.batch = 0 }?.contains("at a time is 0") == true)
    #expect(complaint { $0.objective.target = -1 }?.contains("target") == true)
    #expect(complaint { $0.objective.cost = .latency }?.contains("table") == true)
    #expect(complaint { $0.space.kernels = [2] }?.contains("kernels has 2") == true)
    var settings = Self.settings(Self.study())
    settings.precision = .float16
    #expect(settings.complaint == Precision.float16.trainingComplaint)
  }
}

/// Latency as a sum over parts.
@Suite("Latency tables")
struct LatencyTableTests {
  private static let space: SearchSpace = {
    var space = SearchSpace.efficientNet.narrowed(width: 0.25, stages: 3, resolution: 24)
    (space.operations, space.filters) = ([.convolution, .mbConv3], [0.5, 1])
    return space
  }()

  @Test("the latency of every network of the space follows from measured parts")
  func measured() throws {
    let pool = ThreadPool(threads: 1)
    var measurement = LatencyMeasurement(
      Self.space, classes: 10, pool: pool, precision: .float32)
    var done: [Int] = []
    let measured = try measurement.run(show: { done.append($0) })
    let table = try #require(measured)
    #expect(done.last == measurement.total && done == done.sorted())
    #expect(table.errors.count == LatencyMeasurement.checked)
    // The bounds are wide because the times depend on the machine's other work.
    #expect(table.errors.allSatisfy { $0.isFinite })
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      var network = Self.space.architecture(
        Self.space.randomPoint(using: &generator), name: "random")
      #expect(table.milliseconds(network) == nil, "a classifier of 1000 is another part")
      network.classes = 10
      let milliseconds = try #require(table.milliseconds(network))
      #expect(milliseconds > 0 && milliseconds.isFinite)
    }
    #expect(table.milliseconds(try Variant(named: "b0").architecture) == nil)
    #expect(measurement.complaint(about: table) == nil)
    let other = LatencyMeasurement(
      Self.space, classes: 10, pool: ThreadPool(threads: 2), precision: .float32)
    #expect(other.complaint(about: table)?.contains("1 thread, fp32") == true)
    var more = Self.space
    more.kernels = [3, 5, 7]
    let wider = LatencyMeasurement(more, classes: 10, pool: pool, precision: .float32)
    #expect(wider.complaint(about: table)?.contains("it lacks") == true)
    let data = try JSONEncoder().encode(table)
    #expect(try JSONDecoder().decode(LatencyTable.self, from: data) == table)
    #expect(
      try measurement.run(isInterrupted: { true }) == nil)
  }

  @Test("a latency is the sum of the parts times the factor of whole networks")
  func sums() throws {
    let b0 = try Variant(named: "b0").architecture
    let parts = LatencyTable.parts(of: b0)
    var table = LatencyTable(conditions: "a test")
    table.add(b0, milliseconds: parts.indices.map { Double($0 + 1) })
    // Of several times of the same part, the shortest counts.
    let sum = parts.reduce(0) { $0 + Double((parts.firstIndex(of: $1) ?? 0) + 1) }
    #expect(table.milliseconds(b0) == sum && sum < Double(parts.count * (parts.count + 1) / 2))
    table.calibrate([(b0, 2 * sum)])
    table.check([(b0, 4 * sum)])
    #expect(table.milliseconds(b0) == 2 * sum && table.errors == [-0.5] && table.meanError == 0.5)
  }

  @Test("parts are cut at block boundaries, and a skip that adds nothing does not change a part")
  func parts() throws {
    let b0 = try Variant(named: "b0").architecture
    let parts = LatencyTable.parts(of: b0)
    #expect(parts.count == 16 + 1)
    #expect(parts.map(\.kind) == [.stem] + Array(repeating: .block, count: 15) + [.head])
    #expect(parts.map(\.side).prefix(4) == [112, 112, 56, 56] && parts.last?.side == 7)
    #expect(parts.last?.inputs == 320 && parts.last?.head == 1280)
    #expect(parts.last?.classes == 1000)
    var plain = b0
    plain.stages[0].skip = .none
    plain.stages[6].skip = .pool
    #expect(LatencyTable.parts(of: plain) == parts, "neither stage has a block to add to")
    plain.stages[1].skip = .none
    #expect(LatencyTable.parts(of: plain) != parts)
  }

  @Test("a factor converts sums of parts to latencies")
  func calibrated() throws {
    let network = Self.space.reference
    var table = LatencyTable(conditions: "test")
    let count = LatencyTable.parts(of: network).count
    table.add(network, milliseconds: (0..<count).map { _ in 2 })
    // The shorter time counts.
    table.add(network, milliseconds: (0..<count).map { _ in 3 })
    let parts = try #require(table.milliseconds(network))
    table.calibrate([(network, 1.5 * parts), (network, 1.1 * parts), (network, 1.2 * parts)])
    #expect(abs(table.factor - 1.2) < 1e-12)
    table.check([(network, 1.2 * parts), (network, 2.4 * parts)])
    #expect(abs((table.meanError ?? 1) - 0.25) < 1e-9)
  }
}
