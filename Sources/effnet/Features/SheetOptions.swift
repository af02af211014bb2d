import ArgumentParser
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// A picture of what was found.
struct SheetOptions: ParsableArguments {
  @Option(
    help:
      "Draw what was found: a PNG or JPEG picture of the first 100 rows, with up to 24 photos each.",
    value: "file")
  var sheet: String?

  func validate() throws {
    guard let sheet else { return }
    guard [".png", ".jpg", ".jpeg"].contains(where: sheet.lowercased().hasSuffix) else {
      throw ValidationError("--sheet \(sheet): it is a .png or .jpg file")
    }
  }

  /// Opens the file, if there is to be one; it replaces none of the inputs.
  func open(
    besides inputs: @autoclosure () throws -> [String], decoding: DecodingOptions, pool: ThreadPool
  ) throws -> PhotoSheet? {
    guard let sheet else { return nil }
    try check(sheet, "--sheet", replacesNoneOf: inputs())
    StandardError.noteMissingFont()
    return try PhotoSheet(path: sheet, decoding: decoding, pool: pool)
  }

  /// Draws rows, and says what is not on the picture.
  ///
  /// - Parameter noun: What the rows are, for instance "groups".
  func draw(_ rows: [PhotoSheet.Row], _ noun: String, on drawing: inout PhotoSheet?) throws {
    guard let sheet, let (shown, problems) = try drawing?.write(rows) else { return }
    if shown < rows.count {
      let reason =
        shown < PhotoSheet.mostRows
        ? "a JPEG picture is at most \(PhotoSheet.mostJPEGHeight.grouped) pixels high; name a .png"
        : "a sheet has no more"
      StandardError.report(
        "\(sheet) shows the first \(shown) of \(rows.count.grouped) \(noun): \(reason)")
    }
    if let problem = problems.first {
      let places = problems.count.counted("empty place", "empty places")
      StandardError.report(
        "\(sheet) has \(places) for photos that could not be read, the first: \(problem)")
    }
  }
}
