public import EfficientNet
internal import EfficientNetReports

/// Labelled photos for evaluating a network with given classes.
///
///     let data = try EvaluationData(path: "photos-test/", classes: model.description.classes)
public struct EvaluationData: Sendable {
  /// The photos, with the given classes.
  public var photos: Dataset
  /// Notes for the user about photos that are left out, one line each.
  public var notes: [String]

  /// Finds the photos without reading them.
  ///
  /// If the data has parts, the validation photos are used, else the test photos, else all. One
  /// rule applies to all labels: if any label is a class's name or its WordNet identifier, all
  /// labels are. If none is, all are numbers and no class has a number as its name, they are the
  /// classes' indices from 0. (Labels from 1 to the number of classes are an error.) Photos of
  /// other classes are left out with a note.
  ///
  /// - Parameters:
  ///   - path: A folder, a table, an archive or a pattern, as in ``DataSplit``.
  ///   - classes: The classes in the order of the network's outputs.
  ///   - seed: The seed that chooses the photos of a limit.
  ///   - limit: The most photos, every class in proportion and at least one of each; nil for all.
  /// - Throws: ``DataError``.
  public init(
    path: String, classes: [ClassLabel], seed: UInt64 = 0, limit: Int? = nil
  ) throws(DataError) {
    var listing = try PhotoListing(contentsOf: path)
    let parts = Set(listing.entries.map(\.part))
    var photos = Array(listing.entries.indices)
    let part: Part? =
      parts.count < 2 ? nil : parts.contains(.validation) ? .validation : .test
    if let part { photos.removeAll { listing.entries[$0].part != part } }
    let known = try listing.labels(among: classes)
    if photos.isEmpty { throw .noPhotos(path: path) }
    try listing.leaveOut(
      &photos, unknownTo: known, noun: "photo",
      reason: "the network does not know their classes"
    ) { name in
      .unknownClasses(path: path, name: name, known: classes.map(\.name))
    }
    let found = photos.count
    if let limit {
      photos = try Sampler(listing, seed: seed, for: .limit).limited(photos, to: limit).training
    }
    if let part {
      let all = found.counted(part == .validation ? "validation photo" : "test photo")
      listing.note(
        photos.count < found
          ? "the evaluation uses \(photos.count) of \(all)"
          : "the evaluation uses only the \(all)")
    }
    self.photos = Dataset(listing, photos, known)
    notes = listing.notes
  }

  /// Returns all photos at a path, with or without labels.
  ///
  /// - Returns: The photos, with their classes where the network knows them; notes for the user,
  ///   one line each; and why the network knows no label, nil if it knows one or there are none.
  /// - Throws: ``DataError``.
  package static func allPhotos(
    at path: String, classes: [ClassLabel]
  ) throws(DataError) -> (
    photos: [(source: PhotoSource, label: Int?)], notes: [String], problem: DataError?
  ) {
    var listing = try PhotoListing(contentsOf: path, needsLabels: false)
    var numbers: [Int: Int] = [:]
    var problem: DataError?
    do {
      numbers = try listing.labels(among: classes).numbers
      if numbers.isEmpty, let label = listing.labels.first(where: { !$0.isEmpty }) {
        problem = .unknownClasses(path: path, name: label, known: classes.map(\.name))
      }
    } catch { problem = error }
    return (
      listing.entries.map { ($0.source, numbers[$0.label]) }, listing.notes, problem
    )
  }
}

extension PhotoListing {
  /// Finds the labels among a network's classes, and notes if they are indices.
  ///
  /// - Throws: ``DataError/unusable(path:reason:)`` if they seem to count from 1.
  fileprivate mutating func labels(
    among classes: [ClassLabel]
  ) throws(DataError) -> SortedClasses {
    let known = SortedClasses(self, known: classes)
    let indices = known.areIndices ? labels.compactMap { Int($0) } : []
    if indices.max() == classes.count, indices.min() == 1 {
      throw .unusable(
        path: path,
        reason:
          "labels 1 to \(classes.count) for \(classes.count) classes seem to count from 1, but "
          + "indices begin at 0: use the classes' names, or subtract 1")
    }
    if known.areIndices, let (label, index) = known.numbers.min(by: { $0.value < $1.value }) {
      note(
        "the labels are read as indices of the network's classes, from 0: \(labels[label]) is "
          + quoted(classes[index].name))
    }
    return known
  }
}
