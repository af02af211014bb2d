import EfficientNetCompute
import EfficientNetReports
import EfficientNetTraining

/// The sets of photos and classes of runs. Only results on the same set can be compared.
struct PhotoSets {
  /// The fingerprints of the sets, those of the newest runs first.
  private var fingerprints: [UInt64] = []
  private var names: [UInt64: String] = [:]
  /// The first name with a number; nil if there is none.
  private var numbered: String?

  private static let mostShown = 3

  /// - Parameter lines: The runs, the newest first.
  init(_ lines: [RunLine]) {
    for case let photos? in lines.map(\.photos) where !fingerprints.contains(photos) {
      fingerprints.append(photos)
    }
    // The oldest set of a name has no number, so that a new run does not change the names.
    var counts: [String: Int] = [:]
    for run in lines.sorted(by: { $0.begun < $1.begun }) {
      guard let photos = run.photos, names[photos] == nil else { continue }
      let number = counts[run.photosName, default: 0] + 1
      counts[run.photosName] = number
      names[photos] = run.photosName + (number == 1 ? "" : " (\(number))")
      if number > 1 { numbered = numbered ?? names[photos] }
    }
  }

  var count: Int { fingerprints.count }

  /// The name of a run's set: the name of the photos, with a number if other sets have it; empty
  /// for an experiment.
  func name(of run: RunLine) -> String { run.photos.flatMap { names[$0] } ?? "" }

  /// Returns for each set with finished runs the lines that recommend its best run, and the paths
  /// of these runs.
  ///
  /// - Parameter lines: The runs, the newest first.
  func recommendations(of lines: [RunLine]) -> (texts: [[String]], paths: Set<String>) {
    let finished = lines.filter { !$0.uses.isEmpty }
    let sets = fingerprints.map { photos in finished.filter { $0.photos == photos } }
      .filter { !$0.isEmpty }
    var (texts, paths, older) = ([[String]](), Set<String>(), [String]())
    for (number, runs) in sets.enumerated() {
      let place = count > 1 ? " on '\(name(of: runs[0]).oneLine)'" : ""
      guard let (run, reason, next) = Self.best(of: runs, place) else {
        if number < Self.mostShown {
          texts.append([
            "no finished run\(place) is clearly better than guessing; more photos help most"
          ])
        }
        continue
      }
      paths.insert(run.path)
      if number < Self.mostShown {
        texts.append(["use \(reason)\(run.choice):"] + run.useLines(next: next))
      } else {
        older.append("  \(run.path)\(place)")
      }
    }
    if !older.isEmpty { texts.append(["the best runs on older sets of photos:"] + older) }
    if count > 1 { texts.append(explanation) }
    return (texts, paths)
  }

  /// The meaning of the numbers of names, and the command that compares runs on different sets.
  private var explanation: [String] {
    [
      numbered.map {
        "'\($0.oneLine)': other photos of this name than those of the oldest run, or split in another "
          + "way; the numbers change if you delete the oldest runs"
      },
      "compare runs on different photos with a folder of photos that trained neither: effnet "
        + "evaluate FOLDER --model RUN --against RUN --leave-out-used",
    ].compactMap(\.self)
  }

  /// A clause on the runs that differ from the best one only in the seed; empty if there are none.
  private static func seedRemark(on best: RunLine, among runs: [RunLine]) -> String {
    let twins = runs.filter {
      $0.settings?.seed != best.settings?.seed
        && $0.settings?.withoutSeed == best.settings?.withoutSeed
    }
    guard !twins.isEmpty else { return "" }
    let names =
      twins.count == 1
      ? "\(twins[0].path) has" : "\(twins.count.counted("other run", "other runs")) have"
    return "; \(names) the same settings, only the seed differs, so the best is partly luck"
  }

  /// Returns the best of finished runs on the same photos, the reason, and the next best one; nil if
  /// none is clearly better than guessing.
  ///
  /// - Parameters:
  ///   - runs: The runs, the newest first.
  ///   - place: The set, such as " on 'cats (2)'"; empty if there is only one.
  private static func best(
    of runs: [RunLine], _ place: String
  ) -> (run: RunLine, reason: String, next: RunLine?)? {
    let ranked = runs.compactMap { run in run.best.map { (run: run, epoch: $0) } }
      .sorted { $0.epoch.isBetter(than: $1.epoch) }
    if let first = ranked.first, first.run.isNearChance { return nil }
    if runs.count == 1 {
      return (
        runs[0], (place.isEmpty ? "" : "\(runs[0].path), ") + "the finished run\(place)", nil
      )
    }
    guard let (run, epoch) = ranked.first else {
      return (
        runs[0], "the newest finished run\(place) (without validation photos, none is the best)",
        nil
      )
    }
    // A network is not compared with an identical one.
    let next = ranked.first { $0.epoch != epoch }
    return (
      run,
      "\(run.path), the best of \(runs.count) finished runs\(place): "
        + "\(epoch.proportion?.shortText ?? epoch.top1.percent()) right"
        + (next.flatMap { epoch.remark(on: $0.epoch, named: "the next") }.map { "; \($0)" } ?? "")
        + seedRemark(on: run, among: runs), next?.run
    )
  }
}
