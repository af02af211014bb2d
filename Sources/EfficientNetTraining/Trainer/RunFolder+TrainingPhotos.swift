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

  /// Returns how many of some photos trained the run's weights; nil if the photos of the run are
  /// missing or have changed.
  package func trainingCount(of samples: [Sample]) -> Int? {
    guard let training = try? readSettings().photos().training else { return nil }
    let trained = Set(training.samples.compactMap(\.photo.identity))
    return samples.count { sample in sample.photo.identity.map(trained.contains) == true }
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
