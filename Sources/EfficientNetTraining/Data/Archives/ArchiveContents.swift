internal import EfficientNetCompute
internal import EfficientNetImages

/// The photos of some tar archives, with the labels that stand beside them.
struct ArchiveContents {
  struct Photo {
    var source: PhotoSource
    var name: String
    var label: ArchiveLabel.Parsed?
  }

  private(set) var photos: [Photo] = []
  /// Paths of folders that are members of their own.
  private(set) var folders: [String] = []
  /// Members that are not used, for messages.
  private(set) var others: [String] = []
  private(set) var links: [String] = []
  private(set) var replaced: [String] = []
  /// Archives with names that are not UTF-8, and those without an end.
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

  /// What is known of the archive that is being read.
  private struct Scan {
    /// The index of its first photo.
    let first: Int
    /// The photos by name.
    var places: [ExactText: Int] = [:]
    /// The labels by what their names have in common with their photos'.
    var labels: [ExactText: (form: ArchiveLabel, name: String, offset: Int, count: Int)] = [:]
  }

  private mutating func add(
    _ member: TarMember, name: String, archive: String, to scan: inout Scan
  ) {
    if PhotoFinder.isPhotoName(name) {
      let source = PhotoSource.archived(
        archive: archive, offset: member.offset, count: member.count, name: name)
      if let place = scan.places[ExactText(name)] {
        // What was appended last counts, as when the archive is unpacked.
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

  /// Reads the labels of this archive's photos.
  private mutating func addLabels(_ scan: Scan, _ tar: borrowing TarReader) throws(DataError) {
    guard !scan.labels.isEmpty else { return }
    for place in scan.first..<photos.count {
      let (key, ending) = photos[place].name.sampleKey
      // Not of a picture such as "0042.mask.png", which belongs to another photo.
      guard !ending.utf8.contains(UInt8(ascii: ".")), let label = scan.labels[ExactText(key)] else {
        continue
      }
      let path = "\(tar.path):\(label.name)"
      guard label.count <= label.form.mostBytes else {
        throw .unusable(
          path: path,
          reason: "\(label.count) bytes are more than the \(label.form.mostBytes) of a label")
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
  /// What the members of one sample share, the name up to the first dot of its last part, and the rest after that dot in
  /// small letters.
  var sampleKey: (key: String, ending: String) {
    let slash = utf8.lastIndex(of: UInt8(ascii: "/")).map { utf8.index(after: $0) } ?? startIndex
    guard let dot = utf8[slash...].firstIndex(of: UInt8(ascii: ".")) else { return (self, "") }
    return (String(self[..<dot]), self[utf8.index(after: dot)...].lowercased())
  }
}
