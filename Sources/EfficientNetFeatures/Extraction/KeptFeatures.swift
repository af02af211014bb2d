internal import EfficientNet
package import EfficientNetCompute
internal import EfficientNetImages

/// Rows of photos that earlier runs computed, in files of a folder.
///
/// There is a file for each list of paths, weights, resolution and orientation; a damaged one is
/// replaced. A row counts as long as its photo is the same file, with the same path, size and times.
/// A file that no run has opened for ``mostDays`` is removed.
package final class KeptFeatures {
  /// The error that ended the keeping of rows, for instance a full disk; nil for none.
  package private(set) var problem: FileError?
  /// The number of days after which a file of other paths or weights is removed.
  static let mostDays = 90
  private static let ending = ".rows"
  /// The file of the rows, and of those at the smaller resolution if there are any.
  private let files: [PartialFeatures]

  /// Opens or creates the files.
  ///
  /// - Parameters:
  ///   - features: The extractor and its options.
  ///   - paths: The folders and files that the photos are found at.
  ///   - folder: The folder of the files; it is created if it is missing.
  /// - Throws: ``FeaturesError/inUse(path:)``, `FileError`.
  package init(_ features: PhotoFeatures, of paths: [String], in folder: String) throws {
    try Folder.make(folder)
    let paths = paths.map { ExactText(Folder.resolved($0) ?? $0) }.sorted()
    files = try ([features.extractor] + [features.smaller].compactMap(\.self)).map { extractor in
      var description = extractor.description
      // Weights have different names as a published network and as a file. Their fingerprint counts.
      description.model = ""
      var hash = StableHash(seed: 2)
      for path in paths { hash.combine(path.text) }
      hash.combine(canonicalJSON(description))
      hash.combine(features.decodingText)
      return try PartialFeatures(
        path: "\(folder)/\(String(hash.value, radix: 16))\(Self.ending)",
        description: description, options: features.decodingText, replacesOthers: true)
    }
    if let now = files.compactMap(\.modified).max() { Self.removeUnused(in: folder, now: now) }
  }

  /// Removes files that were not opened for ``mostDays``.
  ///
  /// - Parameter now: The time of a file that was just opened, in nanoseconds since 1970.
  private static func removeUnused(in folder: String, now: Int64) {
    for name in (try? Folder.names(folder)) ?? [] where name.hasSuffix(ending) {
      let path = "\(folder)/\(name)"
      guard let status = FileStatus(path, followsLinks: false), status.kind == .file else {
        continue
      }
      let days = (now &- status.stamp.modified) / (86_400 * 1_000_000_000)
      if days > mostDays { removeFile(path) }
    }
  }

  /// A number that identifies a photo's file and its version.
  static func identity(of photo: FoundPhoto) -> UInt64 {
    PartialFeatures.identity(ofPhotoAt: Folder.resolved(photo.path) ?? photo.path)
  }

  /// The rows of a photo, or nil.
  ///
  /// - Parameter photo: The identity of the photo; see ``identity(of:)``.
  func rows(of photo: UInt64) -> PhotoFeatures.Rows? {
    // A row that cannot be read is computed again.
    let rows = files.compactMap { try? $0.row(of: photo) }
    guard rows.count == files.count else { return nil }
    return PhotoFeatures.Rows(row: rows[0], small: rows.count > 1 ? rows[1] : nil)
  }

  /// Stores the rows of a photo. After an error, which ``problem`` tells, no more rows are stored.
  func keep(_ rows: PhotoFeatures.Rows, of photo: UInt64) {
    guard problem == nil else { return }
    do throws(FileError) {
      for (file, row) in zip(files, [rows.row] + [rows.small].compactMap(\.self))
      where !file.hasRow(of: photo) {
        try file.keep(row, of: photo)
      }
    } catch {
      problem = error
    }
  }

  /// Removes the rows of other photos, once they are more than half of the file.
  func removeOthers(than photos: Set<UInt64>) {
    guard problem == nil else { return }
    do throws(FileError) {
      for file in files where file.count > 2 * photos.count {
        try file.removeOthers(than: photos)
      }
    } catch {
      problem = error
    }
  }
}
