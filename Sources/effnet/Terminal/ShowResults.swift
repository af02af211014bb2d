import EfficientNetFeatures
import EfficientNetImages

/// Shows the results of photos with their progress, and completes --csv and the sorting. After
/// Ctrl-C, --csv keeps the finished rows.
///
/// - Parameters:
///   - network: The weight file, for the error of outputs that are not finite.
///   - table: The file of --csv, which `show` writes.
///   - sorting: The sorting, which `show` uses.
///   - forEach: Calls its argument with the index and the result of each photo.
///   - show: Prints the result of the photo at a path, and writes its rows.
///   - end: Prints what follows the results, before the summary of the sorting, whose last line
///     says how to undo it. It is not called after Ctrl-C.
/// - Returns: The number of photos that could not be read or sorted.
/// - Throws: `Interruption`, the errors of the closures, `FileError`.
func showResults<Value>(
  of photos: [FoundPhoto], by network: String, _ table: inout CSVTable?, _ sorting: Sorting?,
  isQuiet: Bool,
  forEach: (_ report: (Int, Result<Value, any Error>) throws -> Void) throws -> PhotoTotals,
  show: @escaping (_ path: String, Result<Value, any Error>, inout CSVTable?) throws -> Void,
  end: () -> Void = {}
) throws -> Int {
  let progress = ProgressLine("photos", isQuiet: isQuiet)
  var done = 0
  let totals: PhotoTotals
  do {
    totals = try forEach { index, result in
      let path = photos[index].path
      let result = result.naming(photo: path, network: network)
      try progress.check(result)
      try show(path, result, &table)
      done = index + 1
      progress.update(done, of: photos.count)
    }
  } catch {
    let interruption = error as? Interruption
    // Before the first photo, the interruption says that nothing was written.
    if interruption == nil || done > 0 { sorting?.printSummary(isQuiet: isQuiet) }
    guard let interruption else { throw error }
    let kept = table?.keepPartial(done) ?? ""
    let rest =
      sorting == nil ? "" : "; sorted photos stay sorted, and the same command sorts the others"
    throw interruption.after(done, of: photos.count, kept: kept + rest)
  }
  try table?.commit()
  if !isQuiet, photos.count > 1 { StandardError.write(totals.summary + "\n") }
  end()
  sorting?.printSummary(isQuiet: isQuiet)
  return totals.failures + (sorting?.failures ?? 0)
}
