import EfficientNet
import EfficientNetCompute
import EfficientNetQuantization
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The result of `effnet quantize` as text, as JSON and as a page.
struct QuantizationResult {
  let report: QuantizationReport
  let cost: QuantizationCost
  /// The largest loss in points that --max-drop allows.
  let maxDrop: Double?
  /// The blocks in floats, those with the largest divergence first.
  let floats: [FloatBlocks.Block]
  /// The description of the rounded network.
  let model: ModelDescription
  let output: String?
  /// The number of photos that calibrated the network.
  let calibrating: Int
  /// The number of photos that --limit left out.
  let unused: Int
  /// The photos that could not be read, with the reasons.
  let broken: [String]
  var isSaved = false
  /// The errors of outputs that could not be written.
  var failures: [any Error] = []

  /// Remarks for the user, one line each.
  var remarks: [String] {
    var remarks: [String] = []
    if calibrating < 100 {
      remarks.append(
        "only \(calibrating.counted("photo calibrates", "photos calibrate")) the network; with fewer "
          + "than 100 the ranges are uncertain")
    }
    if report.photos < 30 {
      remarks.append(
        "only \(report.photos.counted("photo compares", "photos compare")) the networks, so the "
          + "agreement is uncertain")
    }
    if let remark = cost.remark { remarks.append(remark) }
    guard let maxDrop else { return remarks }
    let points = maxDrop.shortest
    let photos = report.labelled > 0 ? report.labelled : report.photos
    let part = 100 / Double(max(photos, 1))
    if maxDrop > 0, part > maxDrop {
      remarks.append(
        "one of \(photos.grouped) photos is \(part.formatted(digits: 2)) points, so --max-drop "
          + "\(points) allows no loss at all; use more photos")
    }
    if floats.count == model.architecture.roundedNames.count {
      remarks.append(
        "all blocks stay in 32-bit floats: with any of them in int8, the network loses more than "
          + "\(points) points")
    }
    return remarks
  }

  /// The points lost or gained, in words.
  private var loss: String {
    let points = abs(report.drop).formatted(digits: 2)
    return report.labelled > 0
      ? "\(report.drop < 0 ? "gained" : "lost"): \(points) points of top-1"
      : "lost: at most \(points) points, the photos whose class changes; without labels, the loss "
        + "of accuracy is not known"
  }

  /// The reason why the network is not saved without --force, and the remedies.
  var refusal: String {
    let tie =
      "; the divergence is small (\(report.divergence.formatted(significant: 2)) nats), so "
      + (report.output == .sigmoid
        ? "the probabilities of this network are near 0.5"
        : "the classes of this network are nearly tied")
    var remedies: [String] = []
    if report.isNearTie { remedies.append("train it longer") }
    if unused > 0 {
      remedies.append(
        "raise --limit, which left out \(unused.counted("photo", "photos"))")
    } else if !report.isNearTie {
      remedies.append("calibrate with more photos, like those that the network will see")
    }
    return "it agrees with the original on only \(report.agreement.text)"
      + "\(report.isNearTie ? tie : ""); \(remedies.joined(separator: ", ")), or save it with "
      + "--force"
  }

  var lines: [String] {
    var lines = report.blocks.tableLines(
      .left("output of") { $0.layer },
      .right("signal to noise") { $0.signalText })
    if !floats.isEmpty {
      lines += floats.tableLines(
        .left("in 32-bit floats") { $0.block },
        .right("divergence if rounded alone, nats") { $0.divergence.formatted(significant: 2) })
    }
    let isSigmoid = report.output == .sigmoid
    lines += [
      "calibrated with \(calibrating.counted("photo", "photos")), compared on "
        + "\(report.photos.counted("other", "others"))"
        + (broken.isEmpty ? "" : "; \(broken.count.grouped) could not be read"),
      "same \(isSigmoid ? "classes above 0.5" : "class") as the original: \(report.agreement.text)",
      "Kullback-Leibler divergence\(isSigmoid ? ", summed over the classes" : ""): "
        + "\(report.divergence.formatted(digits: 4)) nats; 0 means equal probabilities",
    ]
    if report.labelled > 0 {
      let (before, after) = report.accuracy
      lines += ["top-1 before: \(before.text)", "top-1 in int8: \(after.text)"]
    }
    if let maxDrop { lines.append("\(loss) (--max-drop \(maxDrop.shortest))") }
    let speedup = (cost.before / cost.after).formatted(digits: 2)
    return lines + [
      "file: \(Double(cost.bytes).megabytesText), before "
        + "\(Double(cost.bytesBefore).megabytesText) in 32-bit floats",
      "time of a photo: \(cost.after.formatted(digits: 2)) ms, before "
        + "\(cost.before.formatted(digits: 2)) ms (\(speedup) times as fast, "
        + "\(cost.threads.counted("thread", "threads")))",
    ]
  }

  var object: JSONObject {
    let (before, after) = report.accuracy
    let hasLabels = report.labelled > 0
    return [
      "model": model.architecture.name, "output": output, "isSaved": isSaved,
      "calibrationImages": calibrating, "images": report.photos, "broken": broken.count,
      "agreement": report.agreement.share, "agreementCount": report.agreeing,
      "agreementInterval": report.agreement.ends, "divergence": report.divergence,
      "labelled": report.labelled,
      "top1Before": hasLabels ? before.share : nil,
      "top1IntervalBefore": hasLabels ? before.ends : nil,
      "top1": hasLabels ? after.share : nil, "top1Interval": hasLabels ? after.ends : nil,
      "bytesBefore": cost.bytesBefore, "bytes": cost.bytes,
      "medianMSBefore": cost.before, "medianMS": cost.after, "threads": cost.threads,
      "blocks": report.blocks,
      "maxDrop": maxDrop, "drop": report.drop,
      "dropOf": hasLabels ? "top1" : "agreement", "floats": floats,
      "error": failures.first.map { "\($0)" }, "kind": failures.first?.kind,
    ]
  }

  /// The remark that the network was not saved, if it was to be.
  private var unsaved: [String] {
    guard output != nil, !isSaved else { return [] }
    return [
      failures.first.map { "the network was not saved: \($0)" }
        ?? "the network was not saved; only --force saves it below 90 % agreement"
    ]
  }

  /// Returns the page of --report.
  func page(notes: [String], command: String) throws -> String {
    try QuantizationPage(
      title: "\(model.architecture.name) in int8", report, cost, floats: floats, model: model,
      calibrating: calibrating, command: command, notes: notes + remarks + unsaved, broken: broken
    ).html()
  }
}

/// The photos of a quantization that are done, and those that could not be read.
final class QuantizationProgress {
  private let line: ProgressLine
  private let total: Int
  private(set) var decodedPhotos = 0
  private(set) var broken: [String] = []

  init(of total: Int, isQuiet: Bool) {
    (line, self.total) = (ProgressLine("photos", isQuiet: isQuiet), total)
  }

  /// Decodes the next photo. Reports the error of one that cannot be read, and returns nil.
  ///
  /// - Throws: `Interruption`.
  func decoded(_ photo: CalibrationPhotos.Photo) throws -> PixelBuffer? {
    let result = Result { try photo.source.decoded() }
    try line.check(result)
    switch result {
    case .success: decodedPhotos += 1
    case .failure(let error): broken.append("\(error)")
    }
    line.update(decodedPhotos + broken.count, of: total)
    return try? result.get()
  }
}

extension OutputFile {
  mutating func write(_ model: Model) throws { try model.write(to: &self) }
}
