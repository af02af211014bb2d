internal import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages

/// Writes the features of photos to a file, one row per photo. This is what `effnet embed` does.
///
/// A run that was stopped or killed resumes where it was. Memory does not grow with the number of
/// photos.
///
///     let embedding = try Embedding(PhotoFeatures(extractor), of: photos, to: "features.npz")
///     try embedding.run { index, result in … }
///     try embedding.finish()
///
/// Until ``finish()``, the rows are in a file next to the output with the suffix `.partial`.
public final class Embedding {
  /// The path of the output.
  public let output: String
  /// The photos.
  public let photos: [FoundPhoto]
  /// The number of rows that were resumed from an earlier run; nil for none.
  public let resumedRows: Int?
  /// The description of the rows.
  public let description: FeatureDescription
  /// The number format in the file.
  public let precision: Precision
  private let features: PhotoFeatures
  private let partial: PartialFeatures
  /// The identity of each photo's file, taken before the first is read. If a file changes later,
  /// the next run computes its row again.
  private let identities: [UInt64]

  /// Opens the rows of an earlier run, or starts a new one.
  ///
  /// - Parameters:
  ///   - features: The extractor and its options.
  ///   - photos: The photos.
  ///   - output: The path of the output; its extension decides the format.
  ///   - description: The description to store, if it should say more than the extractor's, such as
  ///     how the network was named.
  ///   - precision: The number format in the file; bfloat16 for .safetensors only.
  /// - Throws: ``FeaturesError``, `FileError`.
  public init(
    _ features: PhotoFeatures, of photos: [FoundPhoto], to output: String,
    description: FeatureDescription? = nil, storing precision: Precision = .float32
  ) throws {
    let form = try FeatureFileForm(path: output, storing: precision)
    (self.features, self.photos, self.output) = (features, photos, output)
    self.precision = precision
    self.description = description ?? features.extractor.description
    try Self.checkOutput(output, form, photos)
    let partial = try PartialFeatures(
      path: Self.partialPath(of: output), description: self.description,
      options: features.decodingText)
    self.partial = partial
    identities = photos.map { PartialFeatures.identity(ofPhotoAt: $0.path, bytes: $0.bytes) }
    let rows = identities.count(where: partial.hasRow)
    resumedRows = rows == 0 ? nil : rows
  }

  /// Detects, before the first photo is read, outputs that cannot be written and names that cannot
  /// be stored.
  private static func checkOutput(
    _ output: String, _ form: FeatureFileForm, _ photos: [FoundPhoto]
  ) throws {
    if Folder.exists(output) { throw FileError(path: output, reason: "it is a folder") }
    guard form == .npy else { return }
    try FeatureFileForm.check(photos.lazy.map(\.path), of: output)
    let list = FeatureFileForm.namesPath(of: output)
    // The names of an existing table are replaced together with it.
    if FileStatus(list) != nil, FileStatus(output) == nil {
      throw FeaturesError.unsuitable(
        path: list, reason: "already exists, and the names would be written there; move it away")
    }
  }

  /// Returns the path of the file that keeps the rows until they are complete.
  ///
  /// - Parameter output: The path of the output.
  public static func partialPath(of output: String) -> String { output + ".partial" }

  /// The number of photos that have a row.
  public var rows: Int { identities.count(where: partial.hasRow) }

  /// Computes the missing rows, in the order of the photos.
  ///
  /// A run that stops before its first row leaves no file.
  ///
  /// - Parameter report: Receives the index of a photo and its features, or an `ImageError` or
  ///   `NetworkOverflow`, after the row is stored. An error that it throws stops the run; a later
  ///   run resumes it.
  /// - Returns: The number of photos and the times.
  /// - Throws: `FileError`, and what `report` throws.
  @discardableResult
  public func run(
    _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let missing = photos.indices.filter { !partial.hasRow(of: identities[$0]) }
    do {
      return try features.forEach(missing.map { photos[$0] }) { number, result in
        let index = missing[number]
        if case .success(let row) = result { try partial.keep(row, of: identities[index]) }
        try report(index, result)
      }
    } catch {
      if partial.count == 0 { partial.remove() }
      throw error
    }
  }

  /// The number of stored rows of other photos. If there are any, ``finish()`` keeps the partial
  /// file for them.
  public var otherRows: Int {
    partial.count - Set(identities.filter(partial.hasRow)).count
  }

  /// Writes the output with all rows, and removes the partial file unless it has rows of other
  /// photos.
  ///
  /// - Throws: `WeightsError`, ``FeaturesError/unsuitable(path:reason:)`` if no photo has a row.
  public func finish() throws {
    let done = photos.indices.filter { partial.hasRow(of: identities[$0]) }
    guard !done.isEmpty else {
      if otherRows == 0 { partial.remove() }
      throw FeaturesError.unsuitable(
        path: output, reason: "was not written: no photo has features")
    }
    try FeatureContents(
      description: description,
      names: FeatureNames(count: done.count) { [photos] in photos[done[$0]].path },
      dimensions: description.features,
      rows: { [partial, identities, output] (range) throws(FileError) in
        var rows: [Float] = []
        for index in done[range] {
          guard let row = try partial.row(of: identities[index]) else {
            throw FileError(
              path: Self.partialPath(of: output), reason: "was changed by another program")
          }
          rows += row
        }
        return rows
      }
    ).write(to: output, storing: precision)
    if otherRows == 0 { partial.remove() }
  }
}
