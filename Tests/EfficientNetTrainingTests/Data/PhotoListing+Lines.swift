import EfficientNet

@testable import EfficientNetTraining

extension PhotoListing {
  /// "class part name" of every photo, sorted; the names are relative to the test's folder.
  var lines: [String] {
    entries.map { entry in
      let part =
        switch entry.part {
        case .training: "train"
        case .validation: "val"
        case .test: "test"
        case nil: "-"
        }
      let name = entry.source.path.split(separator: "/").suffix(2).joined(separator: "/")
      return "\(labels[entry.label]) \(part) \(name)"
    }.sorted()
  }
}

extension Dataset {
  /// The names of the photos with their parent folder.
  var names: [String] {
    samples.map { $0.photo.path.split(separator: "/").suffix(2).joined(separator: "/") }
  }
}

/// Returns the error of a call, if any.
func dataError<T>(_ body: () throws(DataError) -> T) -> DataError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}
