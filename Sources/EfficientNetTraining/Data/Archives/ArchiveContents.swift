internal import EfficientNetCompute
internal import EfficientNetImages

/// The photos of tar archives, with the labels stored next to them.
struct ArchiveContents {
  struct Photo {
    var source: PhotoSource
    var name: String
    var label: ArchiveLabel.Parsed?
  }

  private(set) var photos: [Photo] = []
  /// The paths of folders that are separate members.
  private(set) var folders: [String] = []
  /// Unused members, for notes.
  private(set) var others: [String] = []
  private(set) var links: [String] = []
  private(set) var replaced: [String] = []
  /// Archives with names that are not UTF-8, and archives without an end mark.
  private(set) var unreadable: [String] = []
  private(set) var endless: [String] = []

  mutating func add(_ archive: String) throws(DataError) {
    var tar = try TarReader(path: archive)
    var contents = Scan(first: photos.count)
    while let member = try tar.next() {
      guard
        photos.count + folders.count + contents.labels.count + others.count
          < PhotoListing.mostPhotos
      else { throw .tooManyPhotos(path: archive, limit: PhotoListing.mostPhotos) }
      guard let name = member.name else {
        if unreadable.last.map(ExactText.init) != ExactText(archive) { unreadable.append(archive) }
        continue
      }
      guard !name.isEmpty, !Self.isHidden(name) else { continue }
      switch member.kind {
      case .folder: folders.append(name)
      case .other: links.append("\(archive):\(name)")
      case .file: add(member, name: name, archive: archive, to: &contents)
      case .hardLink(let target):
        guard let place = contents.places[ExactText(target)],
          case .archived(_, let offset, let count, _) = photos[place].source
        else {
          links.append("\(archive):\(name)")
          continue
        }
        let linked = TarMember(kind: .file, name: name, offset: offset, count: count)
        add(linked, name: name, archive: archive, to: &contents)
      }
    }
    if !tar.hasEnd { endless.append(archive) }
    try addLabels(contents, tar)
  }

  /// The state of the archive that is being read.
  private struct Scan {
    /// The index of the archive's first photo.
    let first: Int
    /// The indices of the photos by name.
    var places: [ExactText: Int] = [:]
    /// The labels by the part of the name that they share with their photo.
    var labels: [ExactText: (form: ArchiveLabel, name: String, offset: Int, count: Int)] = [:]
  }

  private mutating func add(
    _ member: TarMember, name: String, archive: String, to scan: inout Scan
  ) {
    if PhotoFinder.isPhotoName(name) {
      let source = PhotoSource.archived(
        archive: archive, offset: member.offset, count: member.count, name: name)
      if let place = scan.places[ExactText(name)] {
        // A member appended later replaces the earlier one, as in unpacking.
        photos[place].source = source
        replaced.append(source.path)
      } else {
        scan.places[ExactText(name)] = photos.count
        photos.append(Photo(source: source, name: name))
      }
      return
    }
    let (key, ending) = name.sampleKey
    let order: [ArchiveLabel] = [.cls, .txt, .json]
    guard let form = ArchiveLabel(rawValue: ending), let rank = order.firstIndex(of: form) else {
      others.append("\(archive):\(name)")
      return
    }
    let sample = ExactText(key)
    if let known = scan.labels[sample], let other = order.firstIndex(of: known.form), other < rank {
      return
    }
    scan.labels[sample] = (form, name, member.offset, member.count)
  }

  /// Reads the labels of the archive's photos.
  private mutating func addLabels(_ scan: Scan, _ tar: borrowing TarReader) throws(DataError) {
    guard !scan.labels.isEmpty else { return }
    for place in scan.first..<photos.count {
      let (key, ending) = photos[place].name.sampleKey
      // A name such as "0042.mask.png" belongs to another photo's sample, so it gets no label.
      guard !ending.utf8.contains(UInt8(ascii: ".")), let label = scan.labels[ExactText(key)] else {
        continue
      }
      let path = "\(tar.path):\(label.name)"
      guard label.count <= label.form.mostBytes else {
        throw .unusable(
          path: path,
          reason: "a label has \(label.count) bytes; it must have at most \(label.form.mostBytes)")
      }
      let bytes = try tar.bytes(at: label.offset, count: label.count)
      do {
        photos[place].label = try label.form.parse(bytes)
      } catch {
        throw .unusable(path: path, reason: error.reason)
      }
    }
  }

  /// Whether any part of a path is hidden.
  private static func isHidden(_ name: String) -> Bool {
    name.utf8.split(separator: UInt8(ascii: "/"))
      .contains { PhotoFinder.isHidden(String(Substring($0))) }
  }
}

extension String {
  /// The name up to the first dot of its last part, which the members of a sample share, and the
  /// lowercase rest after the dot.
  var sampleKey: (key: String, ending: String) {
    let slash = utf8.lastIndex(of: UInt8(ascii: "/")).map { utf8.index(after: $0) } ?? startIndex
    guard let dot = utf8[slash...].firstIndex(of: UInt8(ascii: ".")) else { return (self, "") }
    return (String(self[..<dot]), self[utf8.index(after: dot)...].lowercased())
  }
}
