internal import EfficientNetSystem
internal import EfficientNetImages
internal import EfficientNetReports

extension PhotoListing {
  /// The photos of a folder that has class folders, train/ and val/ with class folders, or shards.
  init(folder: String, needsLabels: Bool) throws(DataError) {
    let survey = PhotoFinder.survey(of: folder)
    if case .unreadable(let name, let reason)? = survey.unreadable {
      throw .file(FileError(path: name, reason: reason))
    }
    let shards = survey.others.filter { $0.lowercased().hasSuffix(".tar") }
    if survey.photos.isEmpty, !shards.isEmpty {
      try self.init(
        path: folder, shards: shards.sorted { ExactText($0) < ExactText($1) },
        needsLabels: needsLabels)
      note(survey.others.filter { !$0.lowercased().hasSuffix(".tar") }) { names, count in
        "\(count.counted("file")) left out (not archives): \(names)"
      }
      return
    }
    self.init(path: folder, needsLabels: needsLabels)
    let photos = survey.photos.filter { $0.problem == nil }.map(\.path)
    note(survey.photos.compactMap(\.problem?.description)) { names, count in
      "\(count.counted("name")) left out: \(names)"
    }
    let others = LeftOutFiles.note(survey.others)
    if photos.isEmpty { throw .noPhotos(path: path, others: others, needLabels: needsLabels) }
    if let others { note(others) }
    let start = folder.utf8.count + (folder.hasSuffix("/") ? 0 : 1)
    try add(
      photos.map { .file($0) }, names: photos, folders: survey.folders, start: start,
      descends: false)
  }

  /// The hint that the path may be one of several class folders; empty if there are no others.
  private var parentAdvice: String {
    let parts = path.split(separator: "/")
    guard parts.count > 1, let name = parts.last else { return "" }
    let parent = (path.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
    func names(_ folder: String) -> [String] { (try? Folder.names(folder)) ?? [] }
    let hasOther = names(parent).contains {
      $0 != name && names("\(parent)/\($0)").contains(where: PhotoFinder.isPhotoName)
    }
    return hasOther ? "; if \(quoted(String(name))) is a class, name \(parent)/" : ""
  }

  /// Adds photos whose folders are their classes.
  ///
  /// - Parameters:
  ///   - names: The paths that determine the classes.
  ///   - start: The bytes of the names before the root.
  ///   - part: The part of a photo's source, used if its folders state none.
  mutating func add(
    _ sources: [PhotoSource], names: [String], folders: [String], start: Int, descends: Bool,
    part: (PhotoSource) -> Part? = { _ in nil }
  ) throws(DataError) {
    guard let first = names.first else { throw .noPhotos(path: path, needLabels: needsLabels) }
    let tree = ClassFolders(photos: names, folders: folders, start: start, descends: descends)
    var loose: [String] = []
    var beside: [ExactText: Int] = [:]
    for (source, name) in zip(sources, names) {
      switch tree.place(of: name) {
      case .labelled(let label, let own):
        try add(
          source, name: name.suffix(after: tree.start), label: label, part: own ?? part(source))
      case .besideParts where !needsLabels, .loose where !needsLabels:
        try add(source, name: name.suffix(after: tree.start), label: "", part: part(source))
      case .besideParts(let folder): beside[ExactText(folder), default: 0] += 1
      case .loose: loose.append(source.path)
      }
    }
    guard !entries.isEmpty else {
      throw .unusable(
        path: path,
        reason:
          "\(quoted(loose.first ?? first)) is in no class folder; put the photos of each class into a folder of "
          + "their own" + (descends ? "" : parentAdvice))
    }
    note(loose) { names, count in
      "\(count.counted("photo")) left out (in no class folder): \(names)"
    }
    for (folder, count) in beside.sorted(by: { $0.key < $1.key }) {
      note("\(count.counted("photo")) left out (\(quoted(folder.text)) is next to train and val)")
    }
    guard needsLabels else { return }
    let empty = folders.compactMap { folder -> ExactText? in
      guard let (label, part) = tree.place(ofFolder: folder), part == nil || part == .training
      else { return nil }
      return hasLabel(label) ? nil : ExactText(label)
    }
    note(Set(empty).sorted().map(\.text)) { names, count in
      "\(count == 1 ? "a class" : "\(count) classes") left out (no photos): \(names)"
    }
  }
}
