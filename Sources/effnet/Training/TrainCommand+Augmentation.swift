import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetTraining

/// What training makes of photos: `--show-augmentation`.
extension TrainCommand {
  /// Writes a picture of some photos, as training shows them to the network.
  func showAugmentation(of photos: String, in path: String) throws {
    let start = try TrainingStart(self, photos: photos)
    note(start.data.notes)
    let sheet = try AugmentationSheet(
      start.configuration, data: start.data, pool: ThreadPool.started(threads: threads))
    let png = try sheet.picture().png()
    try Interruption.check()
    var file = try OutputFile(path: path)
    try file.write(png.span.bytes)
    try file.commit()
    if json {
      return try StandardOutput.print(jsonLine(SheetSummary(picture: path, photos: sheet.rows)))
    }
    guard !quiet else { return }
    try StandardOutput.print(
      "\(path): photos as they are in use, and in epochs 1 to \(sheet.columns - 1)")
    var table = TextTable([.right, .left, .left])
    for (number, row) in sheet.rows.enumerated() {
      table.add("\(number + 1)", row.label.oneLine, row.path.oneLine)
    }
    for line in table.lines { try StandardOutput.print(line) }
  }
}

/// What `effnet train --show-augmentation --json` prints.
private struct SheetSummary: Encodable {
  let picture: String
  /// From top to bottom.
  let photos: [AugmentationSheet.Row]
}
