import ArgumentParser
import EfficientNetCompute
import EfficientNetImages
import EfficientNetTraining

struct AugmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Show photos as training augments them.",
    discussion: """
      Writes a PNG picture with a row for each of a few photos: first the photo as the network \
      sees it when it classifies, without augmentation, then as training augments it in each of \
      the first epochs. Use it before 'effnet train', with the same options.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet augment photos/
        effnet augment photos/ --recipe efficientnet
        effnet augment photos/ --model b0 --from-scratch --output out.png
      """)

  @OptionGroup var options: TrainingOptions
  @Option(
    name: .shortAndLong,
    help: "The PNG file to write (default: runs/augment/NAME.png, with the name of the photos).",
    value: "file.png")
  var output: String?
  @Flag(help: "Print one JSON object: the picture, and its photos from top to bottom.") var json =
    false
  @Flag(help: "Do not print the table of the photos.") var quiet = false

  func validate() throws {
    _ = try options.namedPhotos()
    if let output, !output.hasSuffix(".png") {
      throw ValidationError("--output is '\(output)'; it must end in .png")
    }
  }

  func run() throws {
    Interruption.endAtOnce()
    let start = try TrainingStart(options, photos: options.namedPhotos())
    try check(output, "--output", replacesNoneOf: start.inputs)
    StandardError.note(start.data.notes)
    StandardError.noteMissingFont()
    let sheet = try AugmentationSheet(
      start.configuration, data: start.data, pool: options.processors.pool())
    let path = try output ?? start.unusedPath(in: "runs/augment", ending: ".png")
    try OutputFile.write(sheet.picture().png(), to: path)
    if json { return try StandardOutput.print(object: ["picture": path, "photos": sheet.rows]) }
    guard !quiet else { return }
    try StandardOutput.print(
      ["\(path): each photo without augmentation, then as in epochs 1 to \(sheet.columns - 1)"]
        + sheet.rows.enumerated().tableLines(
          .right { "\($0.offset + 1)" }, .left { $0.element.label }, .left { $0.element.path }))
  }
}
