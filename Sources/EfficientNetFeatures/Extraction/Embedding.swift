internal import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages

/// Features of photos as a file, row by row: what `effnet embed` does. It goes on where a run that was stopped or killed
/// was, and takes memory for a batch, however many photos there are.
///
///     let embedding = try Embedding(PhotoFeatures(extractor), of: photos, to: "features.npz")
///     try embedding.run { index, result in … }
///     try embedding.finish()
///
/// Until ``finish()`` the rows are in a file beside the output, called `….partial`.
public final class Embedding {
  /// Where the file will be.
  public let output: String
  /// The photos.
  public let photos: [FoundPhoto]
  /// Rows of an earlier run that it began with; nil if it began anew.
  public let resumedRows: Int?
  /// What the rows are.
  public let description: FeatureDescription
  /// What numbers are stored as.
  public let precision: Precision
  private let features: PhotoFeatures
  private let partial: PartialFeatures
  /// What tells each photo's file from others, taken before any is read: one that is changed later is made again by the
  /// next run.
  private let identities: [UInt64]

  /// Opens the file with the rows of an earlier run, or makes one.
  ///
  /// - Parameters:
  ///   - description: What the rows are, if it is to say more than the extractor's: how the network was named.
  ///   - precision: What numbers are stored as: 16 bits in .safetensors files only.
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
      options: "orientation \(features.decoding.appliesOrientation)")
    self.partial = partial
    identities = photos.map { PartialFeatures.identity(ofPhotoAt: $0.path) }
    resumedRows = partial.count == 0 ? nil : identities.count(where: partial.hasRow)
  }

  /// What can be known before the first photo: a file that cannot be written, or cannot hold a name.
  private static func checkOutput(
    _ output: String, _ form: FeatureFileForm, _ photos: [FoundPhoto]
  ) throws {
    if Folder.exists(output) { throw FileError(path: output, reason: "it is a folder") }
    guard form == .npy else { return }
    try FeatureFileForm.check(photos.lazy.map(\.path), of: output)
    let list = FeatureFileForm.namesPath(of: output)
    // The names of a table that is there are replaced with it.
    if FileStatus(list) != nil, FileStatus(output) == nil {
      throw FeaturesError.unsuitable(
        path: list, reason: "is in the way: the names would go there; move it")
    }
  }

  /// The file beside an output that has the rows until all are there.
  public static func partialPath(of output: String) -> String { output + ".partial" }

  /// Photos that have their row.
  public var rows: Int { identities.count(where: partial.hasRow) }

  /// Makes the rows that are not there yet, and calls `report` for each of these photos, when its row is kept, in order.
  ///
  /// - Parameter report: Gets the place of a photo and its features, or why it has none. What it throws stops the run, which
  ///   can go on later.
  /// - Throws: `FileError`, and what `report` throws.
  @discardableResult
  public func run(
    _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let missing = photos.indices.filter { !partial.hasRow(of: identities[$0]) }
    return try features.forEach(missing.map { photos[$0] }) { number, result in
      let index = missing[number]
      if case .success(let row) = result { try partial.keep(row, of: identities[index]) }
      try report(index, result)
    }
  }

  /// Rows of photos that are none of these: after ``finish()`` the file beside the output stays for them.
  public var otherRows: Int {
    partial.count - Set(identities.filter(partial.hasRow)).count
  }

  /// Writes the file with all rows that there are, and removes the one beside it, unless it has rows of other photos.
  ///
  /// - Throws: `WeightsError`, ``FeaturesError/unsuitable(path:reason:)`` if no photo has a row.
  public func finish() throws {
    let done = photos.indices.filter { partial.hasRow(of: identities[$0]) }
    guard !done.isEmpty else {
      if otherRows == 0 { partial.remove() }
      throw FeaturesError.unsuitable(path: output, reason: "is not written: no photo could be read")
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
