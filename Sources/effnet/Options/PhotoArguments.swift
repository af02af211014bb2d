import ArgumentParser
import EfficientNetImages

/// The photos that a command reads.
struct PhotoArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Files, folders, or '-'.", valueName: "path"))
  var paths: [String]

  func validate() throws { try check(paths: paths) }

  /// See ``foundPhotos(_:notesRepeated:)``.
  func found() throws -> [FoundPhoto] { try foundPhotos(paths) }
}
