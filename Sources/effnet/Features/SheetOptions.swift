import ArgumentParser
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// The option for a picture of the results.
struct SheetOptions: ParsableArguments {
  @Option(
    help: """
      Draw the results as a .png or .jpg picture: the first 100 rows, with up to 24 photos each.
      """, value: "file")
  var sheet: String?

  func validate() throws {
    guard let sheet else { return }
    guard [".png", ".jpg", ".jpeg"].contains(where: sheet.lowercased().hasSuffix) else {
      throw ValidationError("--sheet is \(sheet); it must end in .png, .jpg or .jpeg")
    }
  }

  /// The line with the command that also draws the results.
  static var advice: String {
    let options = ["--sheet", unusedName("sheet", ending: ".png")]
    return "to see the photos: \(commandLine(adding: options))"
  }

  /// Opens the file of --sheet, if given. It must not be one of the inputs.
  func open(
    besides inputs: @autoclosure () throws -> [String], decoding: DecodingOptions, pool: ThreadPool
  ) throws -> PhotoSheet? {
    guard let sheet else { return nil }
    try check(sheet, "--sheet", replacesNoneOf: inputs())
    StandardError.noteMissingFont()
    return try PhotoSheet(path: sheet, decoding: decoding, pool: pool)
  }

  /// Draws rows, and reports what is missing on the picture.
  ///
  /// - Parameters:
  ///   - noun: The rows' noun in messages, such as "groups".
  ///   - drawing: The open picture; nil for none.
  func draw(_ rows: [PhotoSheet.Row], _ noun: String, on drawing: inout PhotoSheet?) throws {
    guard let sheet, let (shown, problems) = try drawing?.write(rows) else { return }
    if shown < rows.count {
      let reason =
        shown < PhotoSheet.mostRows
        ? "a JPEG picture is at most \(PhotoSheet.mostJPEGHeight.grouped) pixels high; use a .png file"
        : "a sheet holds no more"
      StandardError.report(
        "\(sheet) shows the first \(shown) of \(rows.count.grouped) \(noun): \(reason)")
    }
    if let problem = problems.first {
      let places = problems.count.counted("empty place", "empty places")
      StandardError.report("\(sheet) has \(places) for unreadable photos, the first: \(problem)")
    }
  }
}
