import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetExplanation
import EfficientNetFormats
import EfficientNetImages
import EfficientNetReports

/// Explains photos one after the other: a sheet for each, and a line that says what is on it.
struct ExplanationRun {
  let networks: [ExplainedNetwork]
  let photos: [FoundPhoto]
  let decoding: DecodingOptions
  /// Numbers of classes of the first network; empty for the most probable ones.
  let classes: [Int]
  /// Classes of a photo, where none were named.
  let top: Int
  let sheet: ExplanationSheet
  let folder: String
  let writesMaps: Bool
  let json: Bool
  let quiet: Bool

  func run() throws {
    try Folder.make(folder)
    // Of a single photo its patches are counted.
    var line = ProgressLine(
      total: max(photos.count, 1), noun: "photos", isQuiet: quiet || photos.count == 1)
    defer { line.clear() }
    let names = try names()
    var failures = 0
    for (number, found) in photos.enumerated() {
      try Interruption.check()
      do {
        let record = try explain(found, name: names[number])
        line.clear()
        try show(record)
      } catch let error where error is ImageError || error is ExplanationError {
        line.clear()
        StandardError.report("\(error)")
        if json {
          try StandardOutput.print(
            json: FailureRecord(path: found.path, error: "\(error)"))
        }
        failures += 1
      }
      line.update(number + 1)
    }
    line.clear()
    if failures > 0 { throw ExitCode.failure }
  }

  /// The beginning of the names of a photo's files, for each photo.
  ///
  /// - Throws: `FileError` if a sheet would replace a photo.
  private func names() throws(FileError) -> [String] {
    var fileNames = FileNames()
    let identities = Set(photos.compactMap { FileStatus($0.path)?.identity })
    return try photos.map { (found) throws(FileError) in
      let name = fileNames.next(for: found.path)
      let path = sheetPath(name)
      if let identity = FileStatus(path)?.identity, identities.contains(identity) {
        throw FileError(
          path: path, reason: "it is one of the photos; name another folder with --output")
      }
      return name
    }
  }

  /// A file's path without its last part: "explanations/cat.explained.cam".
  private func base(_ name: String) -> String {
    "\(folder)/\(name).explained.\(networks[0].explainer.method.fileName)"
  }

  private func sheetPath(_ name: String) -> String { "\(base(name)).png" }

  private func explain(_ found: FoundPhoto, name: String) throws -> ExplanationRecord {
    let photo = try found.decoded(decoding)
    let explanations = try explanations(of: photo)
    let path = sheetPath(name)
    let picture = sheet.picture(of: photo, path: found.path, explanations, by: networks)
    try Interruption.check()
    try write(picture.png(), to: path)
    var records: [ExplanationRecord.Part] = []
    for row in explanations.indices {
      for (network, explanation) in zip(networks, explanations[row]) {
        let words =
          networks.count > 1 ? network.name.split(separator: "/").map(String.init) : []
        let parts = [base(name)] + words + ["\(explanation.prediction.index)", "npy"]
        let file = parts.joined(separator: ".")
        if writesMaps {
          let map = explanation.map
          try NumPyArray(shape: [map.height, map.width], elements: map.values).write(to: file)
        }
        records.append(
          ExplanationRecord.Part(
            model: network.name, method: network.explainer.method, explanation,
            title: network.title(of: explanation.prediction.index), map: writesMaps ? file : nil))
      }
    }
    return ExplanationRecord(path: found.path, sheet: path, explanations: records)
  }

  /// Class by class what each network says.
  private func explanations(of photo: PixelBuffer) throws -> [[Explanation]] {
    var byNetwork: [[Explanation]] = []
    for network in networks {
      var line: ProgressLine?
      let chosen = byNetwork.first?.map(\.prediction.index) ?? classes
      let asked: Explainer.Classes =
        chosen.isEmpty
        ? .best(top) : .indices(try chosen.map { try network.index(of: $0, in: networks[0]) })
      let explanations = try network.explainer.explain(photo, classes: asked) { done, total in
        try Interruption.check()
        if line == nil {
          line = ProgressLine(total: total, noun: "patches", isQuiet: quiet || photos.count > 1)
        }
        line?.update(done)
      }
      line?.clear()
      byNetwork.append(explanations)
    }
    return byNetwork[0].indices.map { row in byNetwork.map { $0[row] } }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    var file = try OutputFile(path: path)
    try file.write(bytes.span.bytes)
    try file.commit()
  }

  private func show(_ record: ExplanationRecord) throws {
    if json { return try StandardOutput.print(json: record) }
    let seen = record.explanations.map { part in
      let percent = (100 * part.probability).formatted(digits: 1)
      let name = networks.count > 1 ? "\(part.model): " : ""
      return "\(name)\(part.title.oneLine) \(percent) %"
    }
    let maps = writesMaps ? ", \(record.explanations.count.counted("map", "maps"))" : ""
    try StandardOutput.print(
      "\(record.path.oneLine): \(seen.joined(separator: ", ")) -> \(record.sheet.oneLine)\(maps)")
  }
}

/// What `effnet explain --json` prints of a photo that cannot be explained.
private struct FailureRecord: Encodable {
  let path, error: String
}
