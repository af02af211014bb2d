import EfficientNet
import EfficientNetExplanation
import EfficientNetFormats
import EfficientNetImages
import EfficientNetReports

/// Explains photos one after the other: writes a sheet and prints a line for each.
struct ExplanationSheets {
  let command: ExplainCommand
  let networks: [ExplainedNetwork]
  let photos: [FoundPhoto]
  /// The numbers of the classes to explain, in the first network; empty for the most probable ones.
  let classes: [Int]

  /// The size of the largest earlier sheet that is compared with the new one, in bytes.
  private static let largestSheet = 1 << 28

  func write() throws -> ExplainCommand.Tally {
    try Folder.make(command.folder)
    StandardError.noteMissingFont()
    let names = try names()
    var coarse = CoarseMaps()
    let tally = try command.forEach(photos) { number, found in
      try explain(found, name: names[number], &coarse)
    }
    if tally.failures < tally.done, !command.json, !command.quiet {
      let outputs = networks.map(\.explainer.description.output)
      for output in [ModelDescription.Output.softmax, .sigmoid] where outputs.contains(output) {
        StandardError.write("\(Evidence.rule(for: output))\n")
      }
    }
    return tally
  }

  /// Whether each network explains its own most probable classes, because the networks' classes
  /// differ.
  private var explainOwnClasses: Bool {
    classes.isEmpty && !networks.haveSameClasses
  }

  /// Returns whose choice the classes of a comparison are: "the 2 most probable classes of lite0";
  /// nil for named classes and without a comparison.
  private func choice(_ count: Int) -> String? {
    guard networks.count > 1, classes.isEmpty else { return nil }
    let chosen = count == 1 ? "most probable class" : "\(count) most probable classes"
    return explainOwnClasses
      ? "each network's \(chosen)" : "the \(chosen) of \(networks[0].name)"
  }

  /// Returns for each photo the start of the names of its files.
  ///
  /// - Throws: `FileError` if a sheet would replace a photo.
  private func names() throws(FileError) -> [String] {
    var fileNames = FileNames()
    let identities = Set(photos.compactMap { FileStatus($0.path)?.identity })
    return try photos.map { (found) throws(FileError) in
      let name = fileNames.next(for: found.bytes == nil ? found.path : "stdin")
      let path = "\(base(name)).png"
      if let identity = FileStatus(path)?.identity, identities.contains(identity) {
        throw FileError(
          path: path,
          reason: "this sheet would replace one of the photos; name another folder with --output")
      }
      return name
    }
  }

  /// Returns the path of a photo's files without the ending:
  /// "explanations/photos-cat.explained.lite0.cam", or with --compare
  /// "explanations/photos-cat.explained.cam.compare".
  private func base(_ name: String) -> String {
    let method = networks[0].explainer.method.fileName
    return "\(command.folder)/\(name).explained."
      + (command.compare == nil ? "\(networks[0].fileName).\(method)" : "\(method).compare")
  }

  /// Returns the base for a sheet that replaces none of other contents, with a number if there are
  /// such: "explanations/photos-cat.explained.lite0.cam-2".
  private func unusedBase(_ name: String, for bytes: [UInt8]) -> String {
    let base = base(name)
    var (path, number) = (base, 1)
    while FileStatus("\(path).png") != nil {
      let earlier = try? FileContents.read("\(path).png", limit: Self.largestSheet)
      if earlier == bytes { break }
      number += 1
      path = "\(base)-\(number)"
    }
    return path
  }

  private func explain(_ found: FoundPhoto, name: String, _ coarse: inout CoarseMaps) throws {
    let photo = try found.decoded(command.decoding.options)
    let explanations = try explanations(of: photo, at: found.path)
    let picture = try command.drawing.sheet.picture(
      of: photo, path: found.name, explanations, by: networks,
      note: choice(explanations.count))
    try Interruption.check()
    let bytes = try picture.png()
    let base = unusedBase(name, for: bytes)
    let path = "\(base).png"
    try OutputFile.write(bytes, to: path)
    var (records, words) = ([JSONObject](), [String]())
    for row in explanations.indices {
      for (network, explanation) in zip(networks, explanations[row]) {
        let (prediction, map) = (explanation.prediction, explanation.map)
        coarse.note(map, of: network)
        let parts = networks.count > 1 ? network.name.split(separator: "/").map(String.init) : []
        let file = ([base] + parts + ["\(prediction.index)", "npy"]).joined(separator: ".")
        if command.writesMaps {
          try NumPyArray(shape: [map.height, map.width], elements: map.values).write(to: file)
        }
        records.append(record(explanation, by: network, map: command.writesMaps ? file : nil))
        let title = network.title(of: prediction.index)
        let rival = explanation.rival.map { network.title(of: $0.index) }
        words.append(
          (networks.count > 1 ? "\(network.name): " : "")
            + "\(explanation.verdict(title, rival: rival).oneLine), "
            + explanation.probabilities(rival: rival).oneLine)
      }
    }
    if command.json {
      try StandardOutput.print(object: [
        "path": found.path, "sheet": path, "explanations": records,
      ])
      return
    }
    let maps = command.writesMaps ? ", \(records.count.counted("map", "maps"))" : ""
    try StandardOutput.print(
      "\(found.path.oneLine): \(words.joined(separator: "; ")) -> \(path.oneLine)\(maps)")
  }

  private func record(
    _ explanation: Explanation, by network: ExplainedNetwork, map file: String?
  ) -> JSONObject {
    let (prediction, map) = (explanation.prediction, explanation.map)
    let (method, region) = (network.explainer.method, explanation.region)
    let stage: String? = if case .gradCAM(let stage) = method { stage } else { nil }
    let occlusion: ExplanationMethod.Occlusion? =
      if case .occlusion(let occlusion) = method { occlusion } else { nil }
    let place = map.values.firstIndex(of: map.peak) ?? 0
    let (row, column) = place.quotientAndRemainder(dividingBy: map.width)
    // The center of the cell, in the photo's pixels. It may be outside the photo, in the padding.
    let peak: JSONObject = [
      "x": region.left + (Double(column) + 0.5) / Double(map.width) * region.width,
      "y": region.top + (Double(row) + 0.5) / Double(map.height) * region.height,
      "value": map.peak,
    ]
    let rival: JSONObject? = explanation.rival.map {
      [
        "index": $0.index, "label": $0.label, "title": network.title(of: $0.index),
        "probability": $0.probability, "logit": $0.logit,
      ]
    }
    return [
      "model": network.name, "network": network.model.description.architecture.name,
      "method": method.name, "stage": stage, "patch": occlusion?.patch, "stride": occlusion?.stride,
      "index": prediction.index, "label": prediction.label,
      "title": network.title(of: prediction.index), "wnid": prediction.wnid,
      "probability": prediction.probability, "logit": prediction.logit,
      "evidence": explanation.evidence, "rival": rival, "region": region, "peak": peak,
      "cells": [map.width, map.height], "map": file,
    ]
  }

  private func explanations(of photo: PixelBuffer, at path: String) throws -> [[Explanation]] {
    let top = networks.map(\.labels.count).reduce(command.top ?? 1, min)
    var byNetwork: [[Explanation]] = []
    for network in networks {
      // For a single photo, the progress counts patches.
      let line = ProgressLine("patches", isQuiet: command.quiet || photos.count > 1)
      let chosen = explainOwnClasses ? [] : byNetwork.first?.map(\.prediction.index) ?? classes
      let asked: Explainer.Classes =
        chosen.isEmpty
        ? .best(top) : .indices(try chosen.map { try network.index(of: $0, in: networks[0]) })
      let explanations = Result {
        try network.explainer.explain(photo, classes: asked) { done, total in
          try Interruption.check()
          line.update(done, of: total)
        }
      }
      byNetwork.append(
        try explanations.naming(photo: path, network: network.model.weights.source).get())
    }
    return byNetwork[0].indices.map { row in byNetwork.map { $0[row] } }
  }
}
