import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import FoundationEssentials

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

  mutating func write(_ result: PhotoResult) throws {
    try writeCSV(result)
    if style == .json {
      return try StandardOutput.print(json: result)
    }
    guard let predictions = try? result.outcome.get().prefix(top) else { return }
    switch style {
    case .table:
      var table = TextTable([.right, .left, .left])
      for prediction in predictions {
        table.add(Self.percent(prediction), prediction.label, prediction.wnid ?? "")
      }
      let lines = [result.path.oneLine] + table.lines.map { "  " + $0 }
      try StandardOutput.print(lines.joined(separator: "\n"))
    case .lines:
      let classes = predictions.map { "\($0.label.oneLine) \(Self.percent($0))" }
      try StandardOutput.print("\(result.path.oneLine): \(classes.joined(separator: ", "))")
    case .json: break
    }
  }

  consuming func finish() throws {
    try csv?.commit()
  }

  private static func percent(_ prediction: Prediction) -> String {
    (100 * prediction.probability).formatted(digits: 1) + " %"
  }

  private mutating func writeCSV(_ result: PhotoResult) throws {
    guard csv != nil else { return }
    switch result.outcome {
    case .success(let predictions):
      for (rank, prediction) in predictions.enumerated() {
        try csv?.write(
          [
            result.path.csvField, "\(rank + 1)", "\(prediction.index)", prediction.wnid ?? "",
            prediction.label.csvField, "\(prediction.probability)", "\(prediction.logit)", "",
          ].joined(separator: ",") + "\n")
      }
    case .failure(let error):
      try csv?.write("\(result.path.csvField),,,,,,,\("\(error)".csvField)\n")
    }
  }
}
