public import EfficientNet
internal import EfficientNetReports

/// Labelled photos to evaluate a network with whose classes are given.
///
///     let data = try EvaluationData(path: "photos-test/", classes: model.description.classes)
public struct EvaluationData: Sendable {
  /// The photos; the classes are those that were given.
  public var photos: Dataset
  /// What the user should know of photos that are left out: one line each.
  public var notes: [String]

  /// Finds the photos; none is read.
  ///
  /// Where the data says what its photos are for, those for validation are taken, or else those for tests, or else all.
  /// All labels are read by one rule: if any is a class's identifier in WordNet or its name, all are. Only if none is,
  /// all are numbers, and no class has a number as its name, they are indices of the classes from 0. (Labels from 1 up to the
  /// number of classes are an error.) Photos of other classes are left out and noted.
  ///
  /// - Parameters:
  ///   - path: A folder, a table, an archive or a pattern, as in ``DataSplit``.
  ///   - classes: The classes in the order of the network's outputs.
  ///   - seed: Which photos a limit keeps.
  ///   - limit: The most photos, every class in proportion and at least one of each; nil for all.
  /// - Throws: ``DataError``.
  public init(
    path: String, classes: [ClassLabel], seed: UInt64 = 0, limit: Int? = nil
  ) throws(DataError) {
    var listing = try PhotoListing(contentsOf: path)
    let parts = Set(listing.entries.map(\.part))
    var photos = Array(listing.entries.indices)
    if parts.count > 1 {
      let part: Part = parts.contains(.validation) ? .validation : .test
      photos.removeAll { listing.entries[$0].part != part }
      listing.note(
        "only the \(photos.count) photos for \(part == .validation ? "validation" : "tests") are used"
      )
    }
    let known = SortedClasses(listing, known: classes)
    let indices = known.areIndices ? listing.labels.compactMap { Int($0) } : []
    if indices.max() == classes.count, indices.min() == 1 {
      throw .unusable(
        path: path,
        reason:
          "labels 1 to \(classes.count) for \(classes.count) classes look as if counted from 1; indices begin at 0: "
          + "name the classes, or subtract 1")
    }
    if photos.isEmpty { throw .noPhotos(path: path) }
    if known.areIndices, let (label, index) = known.numbers.min(by: { $0.value < $1.value }) {
      listing.note(
        "the labels are taken as indices of the network's classes, from 0: \(listing.labels[label]) is "
          + quoted(classes[index].name))
    }
    try listing.leaveOut(
      &photos, unknownTo: known, noun: "photo",
      reason: "of classes that the network does not know"
    ) { name in
      .unknownClasses(path: path, name: name, known: classes.first?.name ?? "none")
    }
    if let limit {
      photos = try Sampler(listing, seed: seed, for: .limit).limited(photos, to: limit).training
    }
    self.photos = Dataset(listing, photos, known)
    notes = listing.notes
  }
}
