internal import EfficientNet
internal import EfficientNetSystem
internal import EfficientNetImages
internal import EfficientNetReports

extension PhotoListing {
  /// The photos of tar archives, with labels next to them (WebDataset), or else in class folders.
  init(path: String, shards: [String], needsLabels: Bool) throws(DataError) {
    self.init(path: path, needsLabels: needsLabels)
    var contents = ArchiveContents()
    for shard in shards { try contents.add(shard) }
    note(contents)
    let parts = try Self.parts(of: shards, below: path)
    func part(_ source: PhotoSource) -> Part? { parts[ExactText(source.filePath)] }
    guard contents.photos.contains(where: { $0.label != nil }) else {
      try add(
        contents.photos.map(\.source), names: contents.photos.map(\.name),
        folders: contents.folders, start: 0, descends: true, part: part)
      return
    }
    labelsAreNumbers = true
    var unlabelled: [String] = []
    for photo in contents.photos {
      if photo.label == nil, needsLabels {
        unlabelled.append(photo.source.path)
        continue
      }
      if photo.label?.isNumber == false { labelsAreNumbers = false }
      // Each shard numbers its photos from 0.
      let shard = photo.source.filePath.split(separator: "/").last ?? ""
      try add(
        photo.source, name: "\(shard):\(photo.name)", label: photo.label?.text ?? "",
        part: part(photo.source))
    }
    note(unlabelled) { names, count in
      "\(count.counted("photo")) left out (no label): \(names)"
    }
  }

  private mutating func note(_ contents: ArchiveContents) {
    if let others = LeftOutFiles.note(contents.others) { note(others) }
    note(contents.links) { names, count in
      "\(count.counted("member")) left out (links or special files): \(names)"
    }
    note(contents.replaced) { names, count in
      "\(count.counted("photo")) with a repeated name; the last one is used: \(names)"
    }
    note(contents.unreadable) { names, _ in
      "members with names that are not UTF-8 left out in \(names)"
    }
    note(contents.endless) { names, _ in
      "the end mark is missing in \(names); photos may be missing"
    }
  }

  /// The parts that the shards' names state if some state training and others do not; else none.
  private static func parts(
    of shards: [String], below path: String
  ) throws(DataError) -> [ExactText: Part] {
    var parts: [ExactText: Part] = [:]
    for shard in shards {
      // The folders above the given path do not count.
      let name =
        shard.utf8.starts(with: path.utf8) ? shard.suffix(after: path.utf8.count) : shard
      // The part is in the file's name, as in "imagenet-train-0001.tar", or in its folder's name.
      let words = name.split(separator: "/").suffix(2).joined(separator: "/")
        .split { !$0.isLetter }
      parts[ExactText(shard)] = words.lazy.compactMap { Part(name: $0) }.first
    }
    guard parts.values.contains(.training), Set(parts.values).count > 1 else { return [:] }
    for shard in shards where parts[ExactText(shard)] == nil {
      throw .unsupported(
        path: shard,
        reason:
          "has neither train nor val in its name, as other shards have; rename it or leave it out"
      )
    }
    return parts
  }
}
