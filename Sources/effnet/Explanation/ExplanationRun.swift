#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetCompute
  import EfficientNetExplanation
  import EfficientNetFormats
  import EfficientNetImages
  import FoundationEssentials

  /// Explains photos one after the other: a sheet for each, and a line that says what is on it.
  struct ExplanationRun {
    let networks: [ExplainedNetwork]
    let photos: [FoundPhoto]
    let decoding: DecodingOptions
    /// Classes of a photo, where none were named.
    let top: Int
    let sheet: ExplanationSheet
    let folder: String
    let writesMaps: Bool
    let json: Bool
    let quiet: Bool

    /// An explanation by one of several networks.
    private typealias Part = (network: ExplainedNetwork, explanation: Explanation)

    func run() throws {
      try Folder.make(folder)
      var progress = ProgressLine(total: photos.count, noun: "photos", isQuiet: quiet)
      defer { progress.clear() }
      var names = FileNames()
      var failures = 0
      for (number, found) in photos.enumerated() {
        try Interruption.check()
        do {
          let record = try explain(found, name: names.next(for: found.path))
          progress.clear()
          try show(record)
        } catch let error where error is ImageError || error is ExplanationError {
          progress.clear()
          StandardError.report("\(error)")
          if json {
            try StandardOutput.print(
              jsonLine(FailureRecord(path: found.path, error: "\(error)")))
          }
          failures += 1
        }
        progress.update(number + 1)
      }
      progress.clear()
      if failures > 0 { throw ExitCode.failure }
    }

    private func explain(_ found: FoundPhoto, name: String) throws -> ExplanationRecord {
      if let problem = found.problem { throw problem }
      let photo = try PixelBuffer(contentsOf: found.path, options: decoding)
      let parts = try parts(photo)
      let panels = parts.map { part in
        ExplanationSheet.Panel(
          part.explanation, heading: networks.count > 1 ? part.network.name : nil)
      }
      let file = found.path.split(separator: "/").last.map(String.init) ?? found.path
      let method = networks[0].explainer.method.title
      let title =
        networks.count > 1 ? "\(file) · \(method)" : "\(file) · \(method) · \(networks[0].name)"
      // A row for each class where several networks are compared.
      let columns = networks.count > 1 ? networks.count + 1 : min(parts.count + 1, 4)
      let picture = sheet.picture(of: photo, title: title, panels: panels, columns: columns)
      try write(picture.png(), to: "\(folder)/\(name).png")
      var records: [ExplanationRecord.Part] = []
      for (number, part) in parts.enumerated() {
        var path: String?
        if writesMaps {
          let suffix = parts.count > 1 ? "-\(number + 1)" : ""
          path = "\(folder)/\(name)\(suffix).npy"
          let map = part.explanation.map
          try NumPyArray(shape: [map.height, map.width], elements: map.values).write(to: path ?? "")
        }
        records.append(ExplanationRecord.Part(part.network, part.explanation, map: path))
      }
      return ExplanationRecord(
        path: found.path, sheet: "\(folder)/\(name).png", explanations: records)
    }

    /// Class by class what each network says. Without named classes they are what the first network finds most probable,
    /// or, in networks that have no such class, what they do themselves.
    private func parts(_ photo: PixelBuffer) throws -> [Part] {
      var byNetwork: [[Explanation]] = []
      for network in networks {
        let named = !network.classes.isEmpty
        let shared = byNetwork.first?.compactMap { explanation in
          let prediction = explanation.prediction
          return network.index(of: ClassLabel(name: prediction.label, wnid: prediction.wnid))
        }
        let count = min(top, network.model.description.classes.count)
        let classes: Explainer.Classes =
          if named {
            .indices(network.classes)
          } else if let shared, shared.count == byNetwork.first?.count {
            .indices(shared)
          } else {
            .best(count)
          }
        byNetwork.append(try network.explainer.explain(photo, classes: classes))
      }
      let rows = byNetwork.map(\.count).min() ?? 0
      return (0..<rows).flatMap { row in
        zip(networks, byNetwork).map { (network: $0, explanation: $1[row]) }
      }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
      var file = try OutputFile(path: path)
      try file.write(bytes.span.bytes)
      try file.commit()
    }

    private func show(_ record: ExplanationRecord) throws {
      if json { return try StandardOutput.print(jsonLine(record)) }
      let seen = record.explanations.map { part in
        let percent = (100 * part.probability).formatted(digits: 1)
        let name = networks.count > 1 ? "\(part.model): " : ""
        return "\(name)\(part.label.oneLine) \(percent) %"
      }
      try StandardOutput.print(
        "\(record.path.oneLine): \(seen.joined(separator: ", ")) -> \(record.sheet.oneLine)")
    }
  }

  /// What `effnet explain --json` prints of a photo.
  struct ExplanationRecord: Encodable {
    let path: String
    /// The PNG file.
    let sheet: String
    let explanations: [Part]

    struct Part: Encodable {
      let model: String
      let method: String
      let stage: String?
      let index: Int
      let label: String
      let wnid: String?
      let probability: Double
      let logit: Float
      /// The part of the photo that the network sees: left, top, width and height in the photo's pixels.
      let region: [Double]
      /// The middle of the cell with the largest value, in the photo's pixels.
      let peak: Peak
      /// Cells across and down.
      let cells: [Int]
      /// The .npy file.
      let map: String?

      struct Peak: Encodable {
        let x: Double
        let y: Double
        let value: Float
      }

      init(_ network: ExplainedNetwork, _ explanation: Explanation, map path: String?) {
        let (prediction, map) = (explanation.prediction, explanation.map)
        let region = explanation.region
        model = network.name
        method = network.explainer.method.name
        if case .gradCAM(let stage) = network.explainer.method {
          self.stage = stage
        } else {
          stage = nil
        }
        (index, label, wnid) = (prediction.index, prediction.label, prediction.wnid)
        (probability, logit) = (prediction.probability, prediction.logit)
        self.region = [region.left, region.top, region.width, region.height]
        let place = map.values.firstIndex(of: map.peak) ?? 0
        let (row, column) = place.quotientAndRemainder(dividingBy: map.width)
        peak = Peak(
          x: region.left + (Double(column) + 0.5) / Double(map.width) * region.width,
          y: region.top + (Double(row) + 0.5) / Double(map.height) * region.height,
          value: map.peak)
        cells = [map.width, map.height]
        self.map = path
      }
    }
  }

  /// The same of a photo that cannot be explained.
  private struct FailureRecord: Encodable {
    let path: String
    let error: String
  }
#endif
