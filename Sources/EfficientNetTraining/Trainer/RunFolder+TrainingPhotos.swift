package import EfficientNet
internal import EfficientNetCompute

extension RunFolder {
  /// Returns the run that wrote some weights.
  ///
  /// - Parameter path: The folder of a run, or its best.safetensors or last.safetensors. For other
  ///   paths the result is nil.
  package static func ofWeights(_ path: String) -> RunFolder? {
    if Folder.exists(path) { return try? RunFolder(existing: path) }
    let name = path.split(separator: "/").last ?? ""
    guard ["best.safetensors", "last.safetensors"].contains(name) else { return nil }
    let folder = path.dropLast(name.count + 1)
    return try? RunFolder(
      existing: folder.isEmpty ? path.hasPrefix("/") ? "/" : "." : String(folder))
  }

  /// Returns whether a network's weights are those of an epoch of this run, also in another file or
  /// rounded.
  package func trained(_ network: ModelDescription) -> Bool {
    guard let settings = try? readSettings(), let records = try? readLog() else { return false }
    return records.contains { settings.description(of: $0).provenance == network.provenance }
  }

  /// The way a run used a photo: to train its weights, or to validate them and so to choose the best
  /// epoch.
  package enum Use { case training, validation }

  /// Returns how the run used each of some photos, nil for a photo that it did not use; no list if
  /// the photos of the run are missing or have changed.
  ///
  /// A copy of a photo, with the same bytes, counts as the photo.
  ///
  /// - Parameter note: Receives a note if there are too many photos to look for copies.
  package func uses(of samples: [Sample], note: (String) -> Void) -> [Use?]? {
    guard let photos = try? readSettings().photos() else { return nil }
    let (trained, validated) = (photos.training.samples, photos.validation.samples)
    var known: [PhotoIdentity: Use] = [:]
    for (samples, use) in [(validated, Use.validation), (trained, .training)] {
      for case let photo? in samples.map(\.photo.identity) { known[photo] = use }
    }
    var uses = samples.map { $0.photo.identity.flatMap { known[$0] } }
    let unknown = samples.indices.filter { uses[$0] == nil }
    let originals = PhotoCopies.originals(
      of: unknown.map { samples[$0].photo }, among: (trained + validated).map(\.photo))
    if originals == nil {
      note(
        "too many photos to look for copies of the run's photos "
          + "(limit: \(PhotoCopies.mostCompared)); only the run's own files are counted")
    }
    for case (let sample, let original?) in zip(unknown, originals ?? []) {
      uses[sample] = original < trained.count ? .training : .validation
    }
    return uses
  }

  /// The note that the run is unfinished; nil if it is finished, or if a file is damaged.
  package var unfinishedNote: String? {
    guard let run = try? RunOverview(self), (try? readOutcome()) == nil else { return nil }
    let epochs = run.configuration.recipe.epochs
    guard run.epochs < epochs else { return nil }
    return "\(path): the run is unfinished after \(run.epochs) of \(epochs) epochs"
  }
}

/// The identity of a photo, equal for all paths to it.
private struct PhotoIdentity: Hashable {
  let file: FileStatus.Identity
  /// The place in an archive.
  let offset: Int?
}

extension PhotoSource {
  /// Nil if the file does not exist.
  fileprivate var identity: PhotoIdentity? {
    guard let file = FileStatus(filePath)?.identity else { return nil }
    switch self {
    case .file: return PhotoIdentity(file: file, offset: nil)
    case .archived(_, let offset, _, _): return PhotoIdentity(file: file, offset: offset)
    }
  }
}
