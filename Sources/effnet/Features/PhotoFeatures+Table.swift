import EfficientNet
import EfficientNetFeatures
import EfficientNetHub
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

extension PhotoFeatures {
  /// Returns the features of photos. Those of folders are kept in the cache for later runs.
  ///
  /// Reports photos without features. Unless quiet, it also prints their number and those of
  /// computed and reused photos.
  ///
  /// - Parameters:
  ///   - paths: The arguments that the photos were found at.
  ///   - quiet: Whether progress and numbers are not shown.
  func table(of photos: [FoundPhoto], at paths: [String], quiet: Bool) throws -> PhotoTable {
    let kept = kept(of: paths)
    let progress = ProgressLine("photos", isQuiet: quiet)
    let table: PhotoTable
    var overflows = 0
    do {
      table = try PhotoTable(
        of: photos, source: paths.count == 1 ? paths[0] : "the photos", by: self, kept: kept
      ) { done, total, photo, result in
        if case .failure(is NetworkOverflow) = result { overflows += 1 }
        try progress.check(result.naming(photo: photo.path, network: extractor.source))
        progress.update(done, of: total)
      }
    } catch let interruption as Interruption {
      guard kept != nil else { throw interruption }
      throw interruption.saying("stopped; the next run reuses the features of finished photos")
    }
    if let problem = kept?.problem { StandardError.note("features were not kept: \(problem)") }
    if !quiet, kept != nil {
      let failed = photosWithoutResult(
        unread: photos.count - table.table.rows.count - overflows, overflows: overflows)
      StandardError.write(
        "\(table.computed.counted("photo", "photos")) computed, \(table.reused.grouped) reused "
          + "from an earlier run"
          + (failed.map { ", \($0)\n" } ?? "\n"))
    }
    return table
  }

  /// Opens the kept features of folders; nil if the paths are only files, or if that fails.
  private func kept(of paths: [String]) -> KeptFeatures? {
    guard paths.contains(where: Folder.exists) else { return nil }
    do {
      return try KeptFeatures(self, of: paths, in: "\(ModelCache.standard.folder)/features")
    } catch {
      StandardError.note("features are not kept for later runs: \(error)")
      return nil
    }
  }
}
