import ArgumentParser
import EfficientNetImages
import EfficientNetReports

/// `effnet duplicates --move-to`: moves the photos that --delete-list would list.
extension DuplicatesCommand {
  func checkMove() throws {
    guard let moveTo else { return }
    if moveTo.isEmpty { throw ValidationError("--move-to needs a folder") }
    if deleteList != nil {
      throw ValidationError("--move-to and --delete-list cannot be used together")
    }
    if table != nil {
      throw ValidationError(
        "--move-to needs photos instead of --in, whose photos may have changed since")
    }
    try checkMove(isOutside: paths)
  }

  /// Checks that the next search of the paths does not find the moved photos.
  func checkMove(isOutside paths: [String]) throws {
    guard let moveTo else { return }
    if let folder = paths.first(where: { PhotoSorter.isFolder(moveTo, inside: $0) }) {
      throw ValidationError(
        "--move-to \(moveTo) is in \(folder), so the next search would find the duplicates there; "
          + "name another folder")
    }
  }

  /// Moves photos into a folder, and says how to undo it. Returns whether all could be moved.
  func move(_ duplicates: DeleteList, to folder: String) throws -> Bool {
    duplicates.noteLeftOut(by: "--move-to")
    let sorting = Sorting(
      try PhotoSorter(into: folder, classes: ["duplicates"], action: .move, keepsEqual: false),
      hasThreshold: false)
    for path in duplicates.paths + duplicates.brokenPaths {
      _ = try sorting.put(path, inClass: 0, probability: 1)
    }
    sorting.printSummary(isQuiet: quiet)
    return sorting.failures == 0
  }
}
