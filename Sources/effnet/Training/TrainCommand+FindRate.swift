import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import EfficientNetTraining

/// A test of learning rates: `--find-lr`.
extension TrainCommand {
  /// Tests rates, writes a page and says which rate to take.
  func findRate(on photos: String) throws {
    let start = try TrainingStart(self, photos: photos)
    note(start.data.notes)
    let finder = try RateFinder(
      start.configuration, model: start.model, data: start.data,
      pool: ThreadPool.started(threads: threads))
    finder.cache = try cache.makeCache(cache.cache ?? .memory, besides: finder.byteCount)
    if !quiet { StandardError.write(start.line(bytes: finder.byteCount)) }
    var progress = ProgressLine(total: RateFinder.rates.count, noun: "rates", isQuiet: quiet)
    defer { progress.clear() }
    Interruption.install()
    let test = try finder.run(isInterrupted: { Interruption.current != nil }) {
      progress.update($0.points.count)
    }
    progress.clear()
    try Interruption.check()
    let name = Self.name(of: photos)
    var report = try RateTestReport(
      title: "Learning rates: \(name)", test: test, command: start.configuration.command,
      settings: start.configuration)
    report.notes = start.data.notes
    let path = try write(report, name)
    let result = RateSummary(
      test, report: path, batch: start.configuration.recipe.batchOfStep,
      next: test.suggestion.map { ShellWords.command(adding: ["--lr", $0.significant(2)]) })
    try show(result, test)
  }

  /// Writes the page to --output, or else to runs/find-lr.
  private func write(_ report: RateTestReport, _ name: String) throws -> String {
    let folder = "runs/find-lr"
    if output == nil { try Folder.make(folder) }
    let path = output ?? RunFolder.unusedPath(in: folder, name: name, ending: ".html")
    var file = try OutputFile(path: path)
    try file.write(report.html())
    try file.commit()
    return path
  }

  private func show(_ result: RateSummary, _ test: RateTest) throws {
    if json { return try StandardOutput.print(jsonLine(result)) }
    try StandardOutput.print(
      result.suggestion.map {
        "suggested rate: \($0.significant(2)), for steps of \(result.batch.counted("photo", "photos"))"
      } ?? "suggested rate: none")
    try StandardOutput.print(test.conclusion)
    try StandardOutput.print("report: \(result.report)")
    if let next = result.next { try StandardOutput.print("next: \(next)") }
  }
}

/// What `effnet train --find-lr --json` prints.
private struct RateSummary: Encodable {
  let suggestion, best, steepest: Double?
  let endsFalling, isDiverged: Bool
  /// Photos of a step.
  let batch: Int
  let points: [RateTest.Point]
  let report: String
  /// The command to train with the suggestion.
  let next: String?

  private enum CodingKeys: String, CodingKey {
    case suggestion, best, steepest, batch, points, report, next
    case endsFalling = "ends_falling"
    case isDiverged = "is_diverged"
  }

  init(_ test: RateTest, report: String, batch: Int, next: String?) {
    (suggestion, best, steepest) = (test.suggestion, test.best, test.steepest)
    (endsFalling, isDiverged, points) = (test.endsFalling, test.isDiverged, test.points)
    (self.report, self.batch, self.next) = (report, batch, next)
  }
}
