import ArgumentParser
import EfficientNetImages
import EfficientNetReports

/// Returns the photos that effnet has not sorted into folders below the named ones, and notes how
/// many are left out: copies or moved photos are no new photos.
///
/// - Parameter named: The files and folders on the command line.
/// - Throws: `ValidationError` if no photo is left.
func withoutSorted(_ photos: [FoundPhoto], below named: [String]) throws -> [FoundPhoto] {
  let (others, folders) = PhotoSorter.withoutSorted(photos, below: named)
  guard let first = folders.first else { return photos }
  guard !others.isEmpty else {
    throw ValidationError(
      "effnet sorted all photos already, into folders such as \(first); to use the photos in one, "
        + "name it")
  }
  StandardError.note(
    "\(folders.count.counted("photo", "photos")) in folders that effnet sorted left out, such as "
      + "\(first); to use the photos in one, name it")
  return others
}
