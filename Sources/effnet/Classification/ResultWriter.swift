import EfficientNet
import EfficientNetCompute
import EfficientNetReports

/// Shows results: a table for one photo, a line a photo for many, JSON, and CSV beside any of them.
struct ResultWriter: ~Copyable {
  enum Style { case table, lines, json }

  private let style: Style
  private let top: Int
  private var csv: OutputFile?

  /// - Parameters:
  ///   - top: Classes of a photo that are shown; a CSV file has all that there are.
  ///   - csvPath: Where a CSV file is written as well; it appears when ``finish()`` is called.
  init(style: Style, top: Int, csvPath: String?) throws {
    (self.style, self.top) = (style, top)
    guard let csvPath else { return }
    csv = try OutputFile(path: csvPath)
    try csv?.write("path,rank,index,wnid,label,probability,logit,error\n")
  }

  /// Shows the classes of a photo, or in JSON and CSV why there are none.
  mutating func write(
    _ path: String, _ outcome: Result<[Prediction], any Error>, model: String
  ) throws {
    try writeCSV(path, outcome)
    let predictions: [Prediction]
    switch outcome {
    case .success(let all): predictions = style == .json ? all : Array(all.prefix(top))
    case .failure(let error):
      if style == .json {
        try StandardOutput.print(json: ["path": path, "error": "\(error)"])
      }
      return
    }
    switch style {
    case .json:
      try StandardOutput.print(object: [
        "path": path, "model": model, "predictions": predictions,
      ])
    case .table:
      var table = TextTable([.right, .left, .left])
      for prediction in predictions {
        table.add(
          prediction.probability.percent(digits: 1), prediction.label, prediction.wnid ?? "")
      }
      try StandardOutput.print([path.oneLine] + table.lines.map { "  " + $0 })
    case .lines:
      let classes = predictions.map {
        "\($0.label.oneLine) \($0.probability.percent(digits: 1))"
      }
      try StandardOutput.print("\(path.oneLine): \(classes.joined(separator: ", "))")
    }
  }

  consuming func finish() throws {
    try csv?.commit()
  }

  private mutating func writeCSV(
    _ path: String, _ outcome: Result<[Prediction], any Error>
  ) throws {
    guard csv != nil else { return }
    switch outcome {
    case .success(let predictions):
      for (rank, prediction) in predictions.enumerated() {
        try csv?.write(
          [
            path.csvField, "\(rank + 1)", "\(prediction.index)", prediction.wnid ?? "",
            prediction.label.csvField, "\(prediction.probability)", "\(prediction.logit)", "",
          ].joined(separator: ",") + "\n")
      }
    case .failure(let error):
      try csv?.write("\(path.csvField),,,,,,,\("\(error)".csvField)\n")
    }
  }
}
