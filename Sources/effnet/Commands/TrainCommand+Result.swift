import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The last lines of `effnet train`: the result, how good it is, and what to do next.
extension TrainCommand {
  /// Shows the result of a run that has ended.
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
      lines.append(
        "of \(right.total.counted("photo", "photos")) that it did not train on, the best epoch got "
          + "\(right.count.grouped) right")
      lines += [outcome.choiceRemark, Self.remark(on: right, after: earlier(start, folder))]
        .compactMap(\.self)
    }
    if let trend = result.trend {
      lines.append(trend.text)
      if trend.recommendsLonger {
        let longer = folder.longerCommand(start.configuration, trained: outcome.epochs)
        lines.append("train longer: \(longer)")
      }
    }
    try StandardOutput.print(lines + nextLines(result, start, folder))
  }

  /// The run before this one, which validated on the same photos, and how many its best epoch got
  /// right; nil without one.
  private func earlier(
    _ start: TrainingStart, _ folder: RunFolder
  ) -> (name: String, right: Proportion)? {
    guard let name = start.configuration.continues, !name.contains("/"),
      let run = try? RunOverview(
        RunFolder(existing: Folder.parent(of: folder.path.withoutSlashes) + name)),
      run.configuration.dataFingerprint == start.configuration.dataFingerprint,
      let right = run.best?.proportion
    else { return nil }
    return (name, right)
  }

  /// The remark that a run that trained longer is not clearly better than the run before it, whose
  /// result does not lie below the 95 % interval of the new one; nil if it is, or without a run
  /// before.
  static func remark(
    on right: Proportion, after earlier: (name: String, right: Proportion)?
  ) -> String? {
    guard let earlier, earlier.right.share >= right.interval.lowerBound else { return nil }
    return "this is not clearly better than before: \(earlier.name.oneLine) got "
      + "\(earlier.right.ofTotal) right, and a difference this small may be chance"
  }

  /// The report and the commands that use the network.
  private func nextLines(
    _ result: TrainingResult, _ start: TrainingStart, _ folder: RunFolder
  ) -> [String] {
    let model = ["--model", ModelSource.word(ofRun: folder.path)]
    var lines = [
      "report: \(folder.report)",
      "next: " + shellLine(["effnet", "classify"] + model + ["photo.jpg"]),
    ]
    if result.best != nil {
      lines.append("which photos are wrong: " + shellLine(["effnet", "evaluate"] + model))
    }
    if let right = result.bestTop1,
      Self.recommendsLabel(
        training: start.data.training.samples.count, validation: right.total),
      let photos = start.configuration.dataFromHere
    {
      lines.append(
        "compare with 'label', which needs no training: "
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
