internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetReports

/// What is trained on and what is validated on.
///
///     let data = try DataSplit(path: "photos/", validation: 0.2, seed: 1)
///
/// `path` is one of
/// - a folder whose subfolders are the classes, or train/ and val/ with the classes below them;
/// - a table (.csv) with the columns path and label, and perhaps split;
/// - a tar archive (.tar), a folder of archives, or a pattern such as "shards/{000..146}.tar", whose photos have labels
///   beside them (WebDataset: .cls, .txt or .json) or lie in folders as above.
///
/// Where nothing says which photos validate, a share of every class does. Classes are sorted by name; folders called
/// like ImageNet's identifiers in WordNet become its classes.
public struct DataSplit: Sendable {
  /// What is trained on.
  public var training: Dataset
  /// What is validated on; empty if the share is 0.
  public var validation: Dataset
  /// What the user should know of photos and classes that are left out: one line each.
  public var notes: [String]
  /// A number that is another one when photos are added, removed or renamed, or have other labels, but not when all of them
  /// are moved: a run goes on with the same ones only.
  public let fingerprint: UInt64

  /// Finds the photos; none is read.
  ///
  /// - Parameters:
  ///   - path: A folder, a table, an archive or a pattern.
  ///   - share: How many photos of every class validate where the data does not say so, 0 ..< 1: that share rounded, but
  ///     one at least and never the last one.
  ///   - seed: Which ones do. Photos that are added move no other from one part to the other, except at the border.
  ///   - limit: The most photos to use in all, every class in proportion; nil for all.
  ///   - validationLimit: The most photos to validate with, likewise; nil for all. The others are left out.
  /// - Throws: ``DataError``.
  public init(
    path: String, validation share: Double, seed: UInt64, limit: Int? = nil,
    validationLimit: Int? = nil
  ) throws(DataError) {
    guard share >= 0, share < 1 else { throw .share(share) }
    try self.init(
      PhotoListing(contentsOf: path), share: share, seed: seed, limit: limit,
      validationLimit: validationLimit)
  }

  init(
    _ listing: PhotoListing, share: Double, seed: UInt64, limit: Int?, validationLimit: Int? = nil
  ) throws(DataError) {
    var listing = listing
    var (training, validation) = try listing.parts()
    let classes = SortedClasses(listing, of: training)
    guard classes.labels.count > 1 else {
      throw .oneClass(path: listing.path, name: classes.labels.first?.name ?? "")
    }
    let isGiven = !validation.isEmpty
    try listing.leaveOut(
      &validation, unknownTo: classes, noun: "validation photo",
      reason: "of classes without training photos"
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
    if splits {
      let sampler = Sampler(listing, seed: seed, for: .split)
      let chosen = sampler.validating(training, share: share)
      validation = training.filter { chosen.contains($0) }
      training = training.filter { !chosen.contains($0) }
      guard !validation.isEmpty else {
        throw .unsupported(
          path: listing.path,
          reason:
            "has a single photo of every class, so that none can validate; add photos, or train with --split 0"
        )
      }
    }
    fingerprint = listing.fingerprint([training, validation], classes)
    if let validationLimit, !validation.isEmpty {
      validation = try Sampler(listing, seed: seed, for: .limit)
        .limited(validation, to: validationLimit).training
    }
    self.training = Dataset(listing, training, classes)
    self.validation = Dataset(listing, validation, classes)
    if !validation.isEmpty { listing.note(self.training, self.validation, isGiven: isGiven) }
    notes = listing.notes
  }
}

extension PhotoListing {
  /// See ``DataSplit/fingerprint``; of the indices of the photos in each part.
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

  /// The indices of the photos to train and to validate with.
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
        reason: "has photos for validation or tests only; put those to train with into train/")
    }
    if test > 0 { note("\(test.counted("photo")) left out, for tests only") }
    return (training, validation)
  }

  /// Says which classes have few photos.
  fileprivate mutating func note(_ training: Dataset, _ validation: Dataset, isGiven: Bool) {
    let counts = zip(training.classes, zip(training.photosPerClass, validation.photosPerClass))
    let unseen = counts.filter { $0.1.1 == 0 }.map(\.0.name)
    note(unseen) { names, count in
      let classes = count == 1 ? "a class" : "\(count) classes"
      return isGiven
        ? "\(classes) without validation photos: \(names)"
        : "\(classes) with a single photo, which is trained on: \(names)"
    }
  }
}

extension Dataset {
  /// Some photos of a listing, numbered by the given classes.
  init(_ listing: PhotoListing, _ indices: [Int], _ classes: SortedClasses) {
    self.init(
      classes: classes.labels,
      samples: indices.compactMap { index in
        let entry = listing.entries[index]
        return classes.numbers[entry.label].map { Sample(photo: entry.source, label: $0) }
      })
  }
}
