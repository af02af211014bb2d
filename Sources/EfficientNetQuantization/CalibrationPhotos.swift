package import EfficientNet
internal import EfficientNetReports
package import EfficientNetTraining

/// The photos of a quantization: some calibrate the network, the others compare it with the original
/// one.
package struct CalibrationPhotos: Sendable {
  /// A photo, with its class if it is known.
  package struct Photo: Sendable {
    package let source: PhotoSource
    package let label: Int?
  }

  /// The photos that choose the ranges of the feature maps.
  package let calibrating: [Photo]
  /// The photos that compare the networks. Copies of photos that calibrate are left out.
  package private(set) var comparing: [Photo]
  /// Remarks for the user, one line each.
  package private(set) var notes: [String]
  /// The number of photos that the limit leaves out.
  package let unused: Int

  package var all: [Photo] { calibrating + comparing }

  /// Finds photos, in all parts of the data. Every fourth one compares the networks.
  ///
  /// - Parameters:
  ///   - path: A folder, a table, an archive or a pattern, as `EvaluationData` takes them. The
  ///     labels may be missing or those of another network.
  ///   - classes: The classes of the network.
  ///   - limit: The most photos, spread evenly over all of them.
  /// - Throws: `DataError`, ``QuantizationError/tooFewPhotos(source:count:)``.
  package init(at path: String, classes: [ClassLabel], limit: Int) throws {
    let (found, remarks, problem) = try EvaluationData.allPhotos(at: path, classes: classes)
    var notes = remarks
    let unknown = found.count { $0.label == nil }
    if unknown == found.count {
      notes.append(
        "the report has no accuracy, because "
          + (problem.map { "the labels are not usable: \($0)" } ?? "the photos have no labels"))
    } else if unknown > 0 {
      notes.append(
        "\(unknown) of \(found.count) photos have no label that the network knows; they do not count "
          + "in the accuracy")
    }
    let photos = found.map { Photo(source: $0.source, label: $0.label) }.spread(over: limit)
    // With fewer than four photos, the last one compares the networks.
    func isComparing(_ index: Int) -> Bool {
      photos.count < 4 ? index == photos.count - 1 : index % 4 == 3
    }
    let indices = photos.indices
    try self.init(
      calibrating: indices.filter { !isComparing($0) }.map { photos[$0] },
      comparing: indices.filter(isComparing).map { photos[$0] }, of: path,
      unused: found.count - photos.count, notes: notes)
  }

  /// Takes the training photos of a run to calibrate, and its validation photos to compare the
  /// networks.
  ///
  /// - Parameters:
  ///   - run: The photos of the run.
  ///   - path: The folder of the run.
  ///   - limit: The most photos; a quarter of them compares the networks.
  /// - Throws: ``QuantizationError/tooFewPhotos(source:count:)``.
  package init(_ run: DataSplit, of path: String, limit: Int) throws {
    func photos(_ samples: [Sample]) -> [Photo] {
      samples.map { Photo(source: $0.photo, label: $0.label) }
    }
    let comparing = photos(run.validation.samples).spread(over: max(1, limit / 4))
    let calibrating = photos(run.training.samples)
    guard !comparing.isEmpty else {
      // The run trained on all photos, so its accuracy on them would mislead.
      let all = calibrating.spread(over: limit)
      try self.init(
        calibrating: all.enumerated().filter { $0.offset % 4 != 3 }.map(\.element),
        comparing: all.enumerated().filter { $0.offset % 4 == 3 }
          .map { Photo(source: $0.element.source, label: nil) },
        of: path, unused: calibrating.count - all.count,
        notes: ["the run held out no photos for validation, so the report has no accuracy"])
      return
    }
    let chosen = calibrating.spread(over: max(1, limit - comparing.count))
    try self.init(
      calibrating: chosen, comparing: comparing, of: path,
      unused: calibrating.count + run.validation.samples.count - chosen.count - comparing.count,
      notes: [])
  }

  private init(
    calibrating: [Photo], comparing: [Photo], of path: String, unused: Int, notes: [String]
  ) throws {
    (self.calibrating, self.comparing) = (calibrating, comparing)
    (self.unused, self.notes) = (unused, notes)
    let originals = PhotoCopies.originals(
      of: comparing.map(\.source), among: calibrating.map(\.source), mostCompared: .max)
    self.comparing = zip(comparing, originals ?? []).filter { $0.1 == nil }.map(\.0)
    let copies = comparing.count - self.comparing.count
    if copies > 0 {
      self.notes.append(
        "\(copies.counted("photo is", "photos are")) left out of the comparison: a photo with the "
          + "same bytes calibrates")
    }
    guard !calibrating.isEmpty, !self.comparing.isEmpty else {
      throw QuantizationError.tooFewPhotos(
        source: path, count: calibrating.count + comparing.count)
    }
  }
}

extension [CalibrationPhotos.Photo] {
  /// Returns at most `limit` photos, spread evenly over all of them.
  package func spread(over limit: Int) -> Self {
    guard limit < count else { return self }
    return (0..<limit).map { self[$0 * count / limit] }
  }
}
