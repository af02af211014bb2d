internal import EfficientNetSystem

extension RunConfiguration {
  /// Where the photos are, whatever the working directory is now.
  public var dataPath: String {
    data.hasPrefix("/") ? data : workingFolder + "/" + data
  }

  /// The photos of the run, which have to be what they were.
  ///
  /// - Parameter validationLimit: The most photos to validate with, every class in proportion; nil for all.
  /// - Throws: ``DataError``; ``FileError`` if photos were moved, added, removed or have other labels.
  public func photos(validationLimit: Int? = nil) throws -> DataSplit {
    let split: DataSplit
    do {
      split = try DataSplit(
        path: dataPath, validation: validationShare, seed: seed, limit: limit,
        validationLimit: validationLimit)
    } catch DataError.file(let error) {
      throw FileError(
        path: error.path,
        reason:
          "\(error.reason); the run began with photos there: if they were moved, name their new place"
      )
    }
    guard split.fingerprint == dataFingerprint else {
      throw FileError(
        path: dataPath, reason: "its photos are not those that the run began with; begin a new run")
    }
    return split
  }
}
