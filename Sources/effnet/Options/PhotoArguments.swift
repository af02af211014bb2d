import ArgumentParser
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

struct PhotoArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      """
      Photos and folders, or '-' for standard input: a photo, or a list of paths. \
      '/dev/stdin' is always a photo.
      """,
      valueName: "path"))
  var paths: [String]

  func validate() throws { try check(paths: paths) }

  func found(json: Bool) throws -> [FoundPhoto] { try foundPhotos(paths, json: json) }
}

extension [FoundPhoto] {
  /// Returns at most `limit` photos, spread evenly over all of them; all if it is nil.
  func limited(to limit: Int?) -> Self {
    guard let limit, limit < count else { return self }
    return (0..<limit).map { self[$0 * count / limit] }
  }
}

/// Returns path arguments, with the paths on standard input in place of '-'. If standard input is a
/// photo, '-' stays, and the bytes of the photo are returned, too.
///
/// '/dev/stdin' is always a photo and becomes '-': bytes of strangers must not be read as paths.
///
/// - Throws: ``CommandError``, `FileError`, ``Interruption``.
func namedPaths(_ paths: [String]) throws -> (paths: [String], photo: [UInt8]?) {
  let mustBePhoto = paths.contains("/dev/stdin")
  guard mustBePhoto || paths.contains("-") else { return (paths, nil) }
  let bytes = try StandardInput.bytes()
  if mustBePhoto { return (paths.map { $0 == "/dev/stdin" ? "-" : $0 }, bytes) }
  // Such bytes do not start a list of paths.
  if ImageFormat(signatureOf: bytes.span) != nil || ForeignFormat(signatureOf: bytes.span) != nil {
    return (paths, bytes)
  }
  let names = try StandardInput.paths(in: bytes)
  if names.isEmpty { throw CommandError("standard input contains no paths") }
  return (paths.flatMap { $0 == "-" ? names : [$0] }, nil)
}

/// Returns the photos of path arguments; '-' stands for the photo or the paths on standard input.
///
/// Prints the notes of ``foundPhotos(at:standardInput:notesRepeated:)``.
///
/// - Parameter json: Whether to print an object for each file that is not a photo.
/// - Throws: ``CommandError``, `FileError`, ``Interruption``.
func foundPhotos(_ paths: [String], json: Bool) throws -> [FoundPhoto] {
  let (paths, photo) = try namedPaths(paths)
  let (photos, skipped) = foundPhotos(at: paths, standardInput: photo)
  if json { for file in skipped { try StandardOutput.print(object: file) } }
  return photos
}

/// Returns the photos of files and folders, and an object for each file in a folder that is not a
/// photo: path, skipped (the reason) and kind.
///
/// Prints a note on files in folders that are not photos, and one on photos that are named more than
/// once. Such a photo is returned once for each naming.
///
/// - Parameter standardInput: The bytes of the photo that '-' means; see ``namedPaths(_:)``.
func foundPhotos(
  at paths: [String], standardInput: [UInt8]? = nil, notesRepeated: Bool = true
) -> (photos: [FoundPhoto], skipped: [JSONObject]) {
  let (photos, others) = PhotoFinder.survey(paths, standardInput: standardInput)
  if let note = LeftOutFiles.note(others) { StandardError.note(note) }
  let skipped = others.map { path -> JSONObject in
    let reason = LeftOutFiles.reason(path)
    return ["path": path, "skipped": reason.text, "kind": reason.kind]
  }
  guard notesRepeated else { return (photos, skipped) }
  var seen: Set<ExactText> = []
  let repeated = photos.filter { !seen.insert(ExactText($0.path)).inserted }
  if let first = repeated.first {
    let photos = Set(repeated.map { ExactText($0.path) }).count.counted("photo is", "photos are")
    StandardError.note("\(photos) named more than once, such as \(first.path)")
  }
  return (photos, skipped)
}

struct DecodingArguments: ParsableArguments {
  @Option(
    number: "Reject photos with more pixels; even a small file can claim a huge size.",
    value: "pixels")
  var maxPixels = DecodingOptions().maximumPixels
  @Flag(help: "Ignore the EXIF orientation (default: rotate photos upright).")
  var noOrientation = false

  func validate() throws { try check(maxPixels, "--max-pixels", 1...Int(Int32.max)) }

  var options: DecodingOptions {
    DecodingOptions(maximumPixels: maxPixels, appliesOrientation: !noOrientation)
  }
}
