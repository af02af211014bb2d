internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetImages
internal import EfficientNetReports

/// The photos to train on and the photos to validate on.
///
///     let data = try DataSplit(path: "photos/", validation: 0.2, seed: 1)
///
/// `path` is one of:
/// - a folder whose subfolders are the classes, or with train/ and val/ that contain the classes;
/// - a table (.csv) with the columns path and label, and optionally split;
/// - a tar archive (.tar), a folder of archives, or a pattern such as "shards/{000..146}.tar". The
///   photos have labels next to them (WebDataset: .cls, .txt or .json) or lie in folders as above.
///
/// Without a validation split in the data, a share of each class is held out. Photos of a class
/// with the same bytes are all in one part. Classes are sorted by name; folders named by WordNet
/// identifiers become ImageNet's classes.
public struct DataSplit: Sendable {
  /// The photos to train on.
  public var training: Dataset
  /// The photos to validate on; empty if the data has no such part and the share is 0.
  public var validation: Dataset
  /// Notes for the user about photos and classes that are left out, one line each.
  public var notes: [String]
  /// A hash of the photos' names, classes and parts. It changes if photos are added, removed,
  /// renamed or relabelled, but not if all of them are moved. A run resumes only with the same
  /// fingerprint.
  public let fingerprint: UInt64

  /// Finds the photos without decoding them. With a share above 0, the bytes of photos of equal
  /// size are compared.
  ///
  /// - Parameters:
  ///   - path: A folder, a table, an archive or a pattern.
  ///   - share: The share of each class to hold out if the data has no validation split; at least 0
  ///     and below 1. The number of photos is rounded; at least one validates and at least one
  ///     trains.
  ///   - seed: The seed of the choice. Adding photos moves almost no other photo from one part to
  ///     the other.
  ///   - limit: The most photos to use in all, every class in proportion; nil for all.
  ///   - trainingLimit: The most photos to train on, every class in proportion; nil for all. It
  ///     leaves out no validation photos.
  ///   - validationLimit: The most photos to validate on, every class in proportion; nil for all.
  ///     The others are left out.
  /// - Throws: ``DataError``.
  public init(
    path: String, validation share: Double, seed: UInt64, limit: Int? = nil,
    trainingLimit: Int? = nil, validationLimit: Int? = nil
  ) throws(DataError) {
    guard share >= 0, share < 1 else { throw .share(share) }
    try self.init(
      PhotoListing(contentsOf: path), share: share, seed: seed, limit: limit,
      trainingLimit: trainingLimit, validationLimit: validationLimit)
  }

  /// Splits the photos of a listing.
  ///
  /// - Parameter separatesCopies: Whether photos with the same bytes may be in different parts, as
  ///   in early versions.
  init(
    _ listing: PhotoListing, share: Double, seed: UInt64, limit: Int?, trainingLimit: Int? = nil,
    validationLimit: Int? = nil, separatesCopies: Bool = false
  ) throws(DataError) {
    var listing = listing
    var (training, validation) = try listing.parts()
    let classes = SortedClasses(listing, of: training)
    guard classes.labels.count > 1 else {
      throw .oneClass(path: listing.path, name: classes.labels.first?.name ?? "")
    }
    if listing.hasLabel(PhotoSorter.unsure) {
      listing.note(
        "'\(PhotoSorter.unsure)' is a class here; if it has the photos that effnet was unsure of, "
          + "move them elsewhere")
    }
    let isGiven = !validation.isEmpty
    try listing.leaveOut(
      &validation, unknownTo: classes, noun: "validation photo",
      reason: "no training photos of their classes"
    ) { [path = listing.path] name in
      .noCommonClass(
        path: path, validation: name,
        training: classes.labels[0].wnid ?? classes.labels[0].name)
    }
    let splits = !isGiven && share > 0
    if let limit {
      let sampler = Sampler(listing, seed: seed, for: .limit)
      (training, validation) = try sampler.limited(
        training, validation, to: limit, splits: splits)
    }
    let copies = share > 0 ? PhotoCopies(listing, among: training + validation) : PhotoCopies()
    if splits {
      let sampler = Sampler(listing, seed: seed, for: .split)
      let together = separatesCopies ? [:] : copies.together(in: listing)
      let chosen = sampler.validating(training, share: share, together: together)
      validation = training.filter { chosen.contains($0) }
      training = training.filter { !chosen.contains($0) }
      guard !validation.isEmpty else {
        throw .unsupported(
          path: listing.path,
          reason:
            "has a single photo of each class\(copies.sets.isEmpty ? "" : ", apart from copies"), "
            + "so none can be held out; add photos, or hold out none"
        )
      }
    }
    if let trainingLimit {
      training = try Sampler(listing, seed: seed, for: .limit)
        .limited(training, to: trainingLimit).training
    }
    fingerprint = listing.fingerprint([training, validation], classes)
    if let validationLimit, !validation.isEmpty {
      validation = try Sampler(listing, seed: seed, for: .limit)
        .limited(validation, to: validationLimit).training
    }
    self.training = Dataset(listing, training, classes)
    self.validation = Dataset(listing, validation, classes)
    if !validation.isEmpty { listing.note(self.training, self.validation, isGiven: isGiven) }
    copies.addNotes(to: &listing, training: training, validation: validation)
    notes = listing.notes
  }
}

extension PhotoListing {
  /// See ``DataSplit/fingerprint``; `parts` has the indices of each part's photos.
  fileprivate func fingerprint(_ parts: [[Int]], _ classes: SortedClasses) -> UInt64 {
    var hash = StableHash()
    for label in classes.labels {
      hash.combine(label.name)
      hash.combine(label.wnid ?? "")
    }
    for part in parts {
      hash.combine(UInt64(part.count))
      for index in part {
        let entry = entries[index]
        hash.combine(entry.identity)
        hash.combine(UInt64(classes.numbers[entry.label] ?? 0))
        if case .archived(_, let offset, let count, _) = entry.source {
          hash.combine(UInt64(offset))
          hash.combine(UInt64(count))
        }
      }
    }
    return hash.value
  }

  /// The indices of the photos to train on and to validate on.
  fileprivate mutating func parts() throws(DataError) -> (training: [Int], validation: [Int]) {
    var (training, validation, test) = ([Int](), [Int](), 0)
    for (index, entry) in entries.enumerated() {
      switch entry.part {
      case .training, nil: training.append(index)
      case .validation: validation.append(index)
      case .test: test += 1
      }
    }
    if entries.isEmpty { throw .noPhotos(path: path) }
    guard !training.isEmpty else {
      throw .unsupported(
        path: path,
        reason: "has only photos for validation or tests; put training photos into train/")
    }
    if test > 0 { note("\(test.counted("photo")) left out (for tests)") }
    return (training, validation)
  }

  /// Notes which classes have few photos.
  fileprivate mutating func note(_ training: Dataset, _ validation: Dataset, isGiven: Bool) {
    let counts = zip(training.classes, zip(training.photosPerClass, validation.photosPerClass))
    let unseen = counts.filter { $0.1.1 == 0 }
    func note(_ counts: [(ClassLabel, (Int, Int))], _ what: String) {
      self.note(counts.map(\.0.name)) { names, count in
        "\(count == 1 ? "a class" : "\(count) classes") \(what): \(names)"
      }
    }
    if isGiven { return note(unseen, "without validation photos") }
    note(unseen.filter { $0.1.0 == 1 }, "with a single photo, which is used for training")
    note(
      unseen.filter { $0.1.0 > 1 }, "with copies of a single photo, which are used for training")
  }
}

extension Dataset {
  /// Creates a dataset of some photos of a listing, numbered by the given classes.
  init(_ listing: PhotoListing, _ indices: [Int], _ classes: SortedClasses) {
    self.init(
      classes: classes.labels,
      samples: indices.compactMap { index in
        let entry = listing.entries[index]
        return classes.numbers[entry.label].map { Sample(photo: entry.source, label: $0) }
      })
  }
}
