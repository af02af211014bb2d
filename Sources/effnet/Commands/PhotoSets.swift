import EfficientNetReports
import EfficientNetTraining

/// The sets of photos and classes of runs. Only results on the same set can be compared.
struct PhotoSets {
  /// The fingerprints of the sets, those of the newest runs first.
  private var fingerprints: [UInt64] = []

  /// The most sets whose best runs are shown.
  private static let mostShown = 3

  /// - Parameter lines: The runs, the newest first.
  init(_ lines: [RunLine]) {
    for case let photos? in lines.map(\.photos) where !fingerprints.contains(photos) {
      fingerprints.append(photos)
    }
  }

  var count: Int { fingerprints.count }

  /// The letter of a run's set: "A" to "Z", then "A2" and so on; empty for an experiment.
  func letter(of run: RunLine) -> String {
    guard let index = run.photos.flatMap(fingerprints.firstIndex) else { return "" }
    let (round, place) = index.quotientAndRemainder(dividingBy: 26)
    let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place)))
    return letter + (round > 0 ? "\(round + 1)" : "")
  }

  /// Returns for each set with finished runs the lines that recommend its best run, and the paths
  /// of these runs.
  ///
  /// - Parameter lines: The runs, the newest first.
  func recommendations(of lines: [RunLine]) -> (texts: [[String]], paths: Set<String>) {
    let finished = lines.filter { !$0.uses.isEmpty }
    let sets = fingerprints.map { photos in finished.filter { $0.photos == photos } }
      .filter { !$0.isEmpty }
    var (texts, paths) = ([[String]](), Set<String>())
    for (number, runs) in sets.enumerated() {
      let place = count > 1 ? " on photos \(letter(of: runs[0]))" : ""
      guard let (run, reason) = Self.best(of: runs, place) else {
        if number < Self.mostShown {
          texts.append(["no finished run\(place) is clearly better than guessing"])
        }
        continue
      }
      paths.insert(run.path)
      guard number < Self.mostShown else { continue }
      texts.append(["use \(reason)\(run.choice):"] + run.uses.map { "  \($0)" })
    }
    if sets.count > Self.mostShown {
      let rest = (sets.count - Self.mostShown).counted("older set", "older sets")
      texts.append(["\(rest) of photos not shown here; compare the runs of a letter in the table"])
    }
    return (texts, paths)
  }

  /// Returns the best of finished runs on the same photos, and the reason; nil if none is clearly
  /// better than guessing.
  ///
  /// - Parameters:
  ///   - runs: The runs, the newest first.
  ///   - place: The set, such as " on photos A"; empty if there is only one.
  private static func best(
    of runs: [RunLine], _ place: String
  ) -> (run: RunLine, reason: String)? {
    let ranked = runs.compactMap { run in run.best.map { (run: run, epoch: $0) } }
      .sorted {
        (-$0.epoch.top1, $0.epoch.loss ?? .infinity) < (-$1.epoch.top1, $1.epoch.loss ?? .infinity)
      }
    if let first = ranked.first, first.run.isNearChance { return nil }
    if runs.count == 1 {
      return (runs[0], (place.isEmpty ? "" : "\(runs[0].path), ") + "the finished run\(place)")
    }
    guard let (run, epoch) = ranked.first else {
      return (
        runs[0], "the newest finished run\(place) (without validation photos, none is the best)"
      )
    }
    return (
      run,
      "\(run.path), the best of \(runs.count) finished runs\(place): "
        + "\(epoch.proportion?.shortText ?? epoch.top1.percent()) right"
        + (ranked.dropFirst().first.map { epoch.remark(onNext: $0.epoch) } ?? "")
    )
  }
}

extension RunOutcome.Best {
  /// A remark on the lead over the next best run; empty if the lead is reliable: the next result is
  /// outside the 95 % interval of this one.
  fileprivate func remark(onNext next: Self) -> String {
    guard next.top1 < top1 else { return "; the next has as many, but not a lower loss" }
    guard let own = proportion, let other = next.proportion,
      other.share >= own.interval.lowerBound
    else { return "" }
    return "; the difference to the next is not reliable (\(max(0, own.count - other.count)) of "
      + "\(own.total.counted("photo", "photos")))"
  }
}
