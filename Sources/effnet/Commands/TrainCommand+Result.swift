import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The last lines of `effnet train`: the result, how good it is, and what to do next.
extension TrainCommand {
  func show(_ result: TrainingResult, of start: TrainingStart, _ folder: RunFolder) throws {
    if !quiet, let note = result.evaluation.flatMap(Self.note(nearChance:)) {
      StandardError.note(note)
    }
    let outcome = RunOutcome(result)
    if json { return try StandardOutput.print(object: outcome.object(of: folder)) }
    guard !quiet else { return }
    let best =
      result.best.map { best in
        "best epoch \(best.epoch): top-1 \(result.bestTop1?.text ?? best.top1.percent(digits: 1))"
      } ?? "no validation photos"
    var lines = [
      "\(best), \(result.imagesPerSecond.formatted(digits: 1)) photos a second, "
        + "\(result.seconds.duration) of training\(result.isEarly ? ", stopped early" : "")"
    ]
    if !result.broken.isEmpty {
      lines.append(
        "\(result.broken.count.counted("photo was", "photos were")) skipped, because "
          + "\(result.broken.count == 1 ? "it" : "they") cannot be read; the report lists "
          + (result.broken.count == 1 ? "it" : "them"))
    }
    if let right = result.bestTop1 {
      let (seen, all) = (start.trainedBefore, right.total)
      let photos =
        seen > 0
        ? all.counted("validation photo", "validation photos")
        : "\(all.counted("photo", "photos")) that it did not train on"
      let doubt =
        seen > 0
        ? "; \(seen.grouped) of the validation photos trained the weights that the run started from, "
          + "so this is too good" : ""
      lines.append("of \(photos), the best epoch got \(right.count.grouped) right\(doubt)")
      lines += [outcome.choiceRemark].compactMap(\.self)
    }
    var (used, right) = (folder.path, result.bestTop1)
    if let new = outcome.best, let (run, old) = folder.bestEarlierRun(of: start.configuration) {
      lines += [Self.remark(on: new, after: old, named: run.name)].compactMap(\.self)
      if old.isBetter(than: new) { (used, right) = (run.path, old.proportion) }
    }
    if let trend = result.trend(after: folder.earlierRecords(of: start.configuration)) {
      lines.append(trend.text)
      if trend.recommendsLonger {
        lines.append(folder.longerLine(start.configuration, outcome))
      }
    }
    try StandardOutput.print(lines + nextLines(result, start, folder, used: used, right))
  }

  /// The remark that a run that trained longer is not clearly better than an earlier run, and
  /// which of both is the better one; nil if the new one clearly is.
  static func remark(
    on new: RunOutcome.Best, after old: RunOutcome.Best, named name: String
  ) -> String? {
    if !old.isBetter(than: new) {
      return new.remark(on: old, named: name.oneLine)
        .map { "this run is not clearly better than \(name.oneLine): \($0)" }
    }
    let count = old.proportion?.ofTotal ?? old.top1.percent(digits: 1)
    let doubt = old.remark(on: new, named: "this run").map { "; \($0)" }
    return
      "\(name.oneLine), an earlier run, \(doubt == nil ? "is still" : "may still be") the best "
      + "one: it got \(count) right\(doubt ?? "")"
  }

  /// The report and the commands that use the network.
  ///
  /// - Parameters:
  ///   - used: The folder of the run to use: this one, or a better one before it.
  ///   - right: The photos that its best epoch got right, if known.
  private func nextLines(
    _ result: TrainingResult, _ start: TrainingStart, _ folder: RunFolder, used: String,
    _ right: Proportion?
  ) -> [String] {
    let model = ["--model", ModelSource.word(ofRun: used)]
    var lines = [
      "report: \(folder.report)",
      "next: " + shellLine(["effnet", "classify"] + model + ["photo.jpg"]),
    ]
    if result.best != nil {
      let found =
        right.flatMap {
          $0.count == $0.total
            ? 0.counted(of: $0.total, "validation photo", "validation photos")
              + " wrong; more numbers" : nil
        } ?? "which validation photos are wrong"
      lines.append("\(found): " + shellLine(["effnet", "evaluate"] + model))
    }
    if let right = result.bestTop1,
      Self.recommendsLabel(
        training: start.data.training.samples.count, validation: right.total),
      let photos = start.configuration.dataFromHere
    {
      lines.append(
        "compare with 'label', which needs no training and lists photos that may be in the wrong "
          + "folder: "
          + shellLine(["effnet", "label", "--examples", photos]))
    }
    return lines
  }

  /// Returns whether to show the command that compares the run with `effnet label`: with few
  /// training photos it takes seconds, and with few validation photos its accuracy is more certain,
  /// since it leaves out every training photo once.
  static func recommendsLabel(training: Int, validation: Int) -> Bool {
    training < 1000 && validation < 100
  }

  /// The note that a network is not clearly better than guessing; nil if it is.
  static func note(nearChance evaluation: Evaluation) -> String? {
    guard evaluation.isNearChance else { return nil }
    return "the network is not clearly better than guessing: always naming the most frequent class "
      + "gets \(evaluation.mostFrequentClass.share.percent(digits: 1)); more photos help most; more "
      + "epochs (--epochs) or a larger pretrained network (--model) may help, but often do not"
  }
}
