import ArgumentParser
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// The photos that a command reads.
struct PhotoArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Files, folders, or '-'.", valueName: "path"))
  var paths: [String]

  func validate() throws { try check(paths: paths) }

  func found() throws -> [FoundPhoto] { try foundPhotos(paths) }
}

/// The photos that arguments mean; in place of '-' those that standard input names.
///
/// Notes say what folders have beside photos, and which photos are named more than once: each naming counts.
///
/// - Throws: ``CommandError``, `FileError`, ``Interruption``.
func foundPhotos(
  _ paths: [String], notesRepeated: Bool = true
) throws -> [FoundPhoto] {
  var paths = paths
  if paths.contains("-") {
    let names = try StandardInput.paths()
    if names.isEmpty { throw CommandError("standard input has no paths in it") }
    paths = paths.flatMap { $0 == "-" ? names : [$0] }
  }
  let (photos, others) = PhotoFinder.survey(paths)
  if let others = LeftOutFiles.words(others) { StandardError.note(others) }
  guard notesRepeated else { return photos }
  var seen: Set<ExactText> = []
  let repeated = photos.filter { !seen.insert(ExactText($0.path)).inserted }
  if let first = repeated.first {
    let photos = repeated.count.counted("photo is", "photos are")
    StandardError.note("\(photos) named more than once, such as \(first.path)")
  }
  return photos
}

/// How photos are decoded.
struct DecodingArguments: ParsableArguments {
  @Option(
    number: "The most pixels a photo may have: small files can claim huge sizes.", value: "pixels")
  var maxPixels = DecodingOptions().maximumPixels
  @Flag(help: "Leave photos as they are stored, whatever their EXIF orientation says.")
  var noOrientation = false

  func validate() throws { try check(maxPixels, "--max-pixels", 1...Int(Int32.max)) }

  var options: DecodingOptions {
    DecodingOptions(maximumPixels: maxPixels, appliesOrientation: !noOrientation)
  }
}
