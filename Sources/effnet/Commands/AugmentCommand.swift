import ArgumentParser
import EfficientNetCompute
import EfficientNetImages
import EfficientNetTraining

struct AugmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Show photos as training shows them to the network, epoch by epoch.",
    discussion: """
      The output is a picture with a row for each of a few photos: as it is in use, then as it is in the first epochs. \
      The options are those of 'effnet train'.

      Examples:
        effnet augment photos/
        effnet augment photos/ --model b0 --from-scratch --output out.png
      """)

  @OptionGroup var options: TrainingOptions
  @Option(
    help: "The picture, a PNG file (default: runs/augment/NAME.png of the photos).",
    value: "file.png")
  var output: String?
  @Flag(help: "Print one JSON object: picture, and the photos from top to bottom.") var json = false
  @Flag(help: "No table of the photos.") var quiet = false

  func validate() throws {
    _ = try options.namedPhotos()
    if let output, !output.hasSuffix(".png") {
      throw ValidationError("--output is '\(output)'; it may be a PNG file, such as out.png")
    }
  }

  func run() throws {
    Interruption.endAtOnce()
    let start = try TrainingStart(options, photos: options.namedPhotos())
    StandardError.note(start.data.notes)
    StandardError.noteMissingFont()
    let sheet = try AugmentationSheet(
      start.configuration, data: start.data, pool: options.processors.pool())
    let path = try output ?? start.unusedPath(in: "runs/augment", ending: ".png")
    try OutputFile.write(sheet.picture().png(), to: path)
    if json {
      return try StandardOutput.print(object: ["picture": path, "photos": sheet.rows])
    }
    guard !quiet else { return }
    try StandardOutput.print(
      ["\(path): photos as they are in use, and in epochs 1 to \(sheet.columns - 1)"]
        + sheet.rows.enumerated().tableLines(
          .right { "\($0.offset + 1)" }, .left { $0.element.label }, .left { $0.element.path }))
  }
}
