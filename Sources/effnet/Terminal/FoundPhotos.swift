import EfficientNetImages

/// The photos that arguments mean; in place of '-' those that standard input names, one a line.
///
/// - Throws: ``EmptyInput``, ``Interruption``.
func foundPhotos(_ paths: [String]) throws -> [FoundPhoto] {
  guard paths.contains("-") else { return PhotoFinder.photos(at: paths) }
  let lines = try StandardInput.lines()
  if lines.isEmpty { throw EmptyInput() }
  return PhotoFinder.photos(at: paths.flatMap { $0 == "-" ? lines : [$0] })
}

/// Standard input was to name photos, and named none.
struct EmptyInput: Error, CustomStringConvertible {
  let description = "standard input has no paths in it"
}
