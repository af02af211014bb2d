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

  /// Returns how many of some photos trained the run's weights, and how many others validated them
  /// and so chose the best epoch; nil if the photos of the run are missing or have changed.
  ///
  /// A copy of a photo, with the same bytes, counts as the photo.
  ///
  /// - Parameter note: Receives a note if there are too many photos to look for copies.
  package func use(
    of samples: [Sample], note: (String) -> Void
  ) -> (training: Int, validation: Int)? {
    guard let photos = try? readSettings().photos() else { return nil }
    let (trained, validated) = (photos.training.samples, photos.validation.samples)
    /// Whether a photo of the run trained it.
    var isTraining: [PhotoIdentity: Bool] = [:]
    for (samples, trains) in [(validated, false), (trained, true)] {
      for case let photo? in samples.map(\.photo.identity) { isTraining[photo] = trains }
    }
    let uses = samples.map { $0.photo.identity.flatMap { isTraining[$0] } }
    let unknown = samples.indices.filter { uses[$0] == nil }.map { samples[$0].photo }
    let found = PhotoCopies.originals(of: unknown, among: (trained + validated).map(\.photo))
    if found == nil {
      note(
        "too many photos to look for copies of the run's photos "
          + "(limit: \(PhotoCopies.mostCompared)); only the run's own files are counted")
    }
    let originals = (found ?? []).map { $0 < trained.count }
    return (
      (uses + originals).count { $0 == true }, (uses + originals).count { $0 == false }
    )
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
