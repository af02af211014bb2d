internal import EfficientNetCompute
internal import EfficientNetSystem

/// Photos of a listing with the same bytes.
///
/// Each step reads more of fewer photos: the sizes, then a piece of the photos whose size is not
/// unique, then all bytes of those whose piece is not unique either.
///
/// In large data, nearly every size occurs more than once, and to open every photo takes long.
/// There only photos of the same class are compared, so copies in several classes are not found.
package struct PhotoCopies {
  /// The indices of photos with the same bytes: two or more in each set, ascending.
  let sets: [[Int]]

  init() { sets = [] }

  /// Finds the copies among photos. Photos that are empty or cannot be read have none.
  ///
  /// - Parameter mostOfAllClasses: With more photos, only those of the same class are compared.
  init(_ listing: PhotoListing, among photos: [Int], mostOfAllClasses: Int = 100_000) {
    let comparesClasses = photos.count <= mostOfAllClasses
    func key(_ photo: Int, _ value: UInt64?) -> Key? {
      value.map { Key(label: comparesClasses ? nil : listing.entries[photo].label, value: $0) }
    }
    func hash(_ photo: Int, _ part: (Int) -> Range<Int>) -> Key? {
      let source = listing.entries[photo].source
      return key(photo, source.byteCount.flatMap { source.hash(part($0), size: $0) })
    }
    var sets = Self.sets(of: photos) {
      key($0, listing.entries[$0].source.byteCount.map(UInt64.init))
    }
    sets = Self.sets(of: sets.joined()) { hash($0, Self.middle) }
    sets = Self.sets(of: sets.joined()) { hash($0) { 0..<$0 } }
    self.sets = sets
  }

  /// What copies have in common in a step.
  private struct Key: Hashable {
    /// The class; nil if photos of different classes are compared, too.
    let label: Int?
    /// The size, or a hash of the bytes.
    let value: UInt64
  }

  /// The middle of a number of bytes: the first bytes of photos are often alike.
  private static func middle(of count: Int) -> Range<Int> {
    let length = min(count, 1 << 10)
    return ((count - length) / 2)..<((count - length) / 2 + length)
  }

  /// The sets of two or more photos with the same key; a photo without a key is in none.
  private static func sets(
    of photos: some Sequence<Int>, _ key: (Int) -> Key?
  ) -> [[Int]] {
    var sets: [Key: [Int]] = [:]
    // Neighbors in a listing are often neighbors on the disk.
    for photo in photos.sorted() {
      if let key = key(photo) { sets[key, default: []].append(photo) }
    }
    return sets.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }
}

extension PhotoCopies {
  /// The sets of photos of the same class, by each of their photos.
  func together(in listing: PhotoListing) -> [Int: [Int]] {
    var together: [Int: [Int]] = [:]
    for copies in sets.flatMap({ Self.classes(of: $0, in: listing) }) where copies.count > 1 {
      for photo in copies { together[photo] = copies }
    }
    return together
  }

  private static func classes(of photos: [Int], in listing: PhotoListing) -> [[Int]] {
    Dictionary(grouping: photos) { listing.entries[$0].label }.values.sorted { $0[0] < $1[0] }
  }

  /// Adds notes about copies to a listing: those in several classes, those in one class, and those
  /// in both parts.
  func addNotes(to listing: inout PhotoListing, training: [Int], validation: [Int]) {
    let entries = listing.entries
    func add(_ pairs: [(Int, Int)], _ what: (String) -> String, _ advice: String) {
      guard let (first, second) = pairs.first else { return }
      let (one, other) = (entries[first].source, entries[second].source)
      // The command reads files, but no archives.
      let isFile = if case .file = one { true } else { false }
      listing.note(
        what(pairs.count.counted("photo")) + ", such as \(quoted(one.path)) and "
          + "\(quoted(other.path)); \(advice)"
          + (isFile ? "; 'effnet duplicates' lists such photos" : ""))
    }
    let (trained, used) = (Set(training), Set(training + validation))
    var (mislabelled, copied, leaked) = ([(Int, Int)](), [(Int, Int)](), [(Int, Int)]())
    for set in sets {
      let classes = Self.classes(of: set.filter(used.contains), in: listing)
      if classes.count > 1 { mislabelled.append((classes[0][0], classes[1][0])) }
      for copies in classes {
        copied += copies.dropFirst().map { (copies[0], $0) }
        if let known = copies.first(where: trained.contains) {
          leaked += copies.filter { !trained.contains($0) }.map { ($0, known) }
        }
      }
    }
    add(mislabelled, { "\($0) in several classes with the same bytes" }, "keep each in one class")
    if leaked.isEmpty {
      add(
        copied, { "\($0) with the same bytes as another one of the class" },
        "copies stay in one part, and each of them counts")
    } else {
      add(
        leaked, { "\($0) to validate on with the same bytes as a training photo" },
        "so the result is too good")
    }
  }
}

extension PhotoCopies {
  /// The largest number of photos among which originals are looked for.
  package static let mostCompared = 100_000

  /// Returns for each of `photos` the place in `known` of a photo with the same bytes, nil for none;
  /// no list if more than `mostCompared` photos would be compared.
  package static func originals(
    of photos: [PhotoSource], among known: [PhotoSource], mostCompared: Int = Self.mostCompared
  ) -> [Int?]? {
    let sizes = Set(photos.compactMap(\.byteCount))
    let places = known.indices.filter { known[$0].byteCount.map(sizes.contains) == true }
    guard places.count + photos.count <= mostCompared else { return nil }
    var listing = PhotoListing(path: "")
    for photo in places.map({ known[$0] }) + photos {
      // The number of photos is far below the limit of a listing.
      try? listing.add(photo, name: photo.path, label: "", part: nil)
    }
    var originals = [Int?](repeating: nil, count: photos.count)
    for copies in PhotoCopies(listing, among: Array(listing.entries.indices)).sets
    where copies[0] < places.count {
      for copy in copies where copy >= places.count {
        originals[copy - places.count] = places[copies[0]]
      }
    }
    return originals
  }
}

extension PhotoSource {
  /// The size of the photo; nil if it is empty or no regular file.
  fileprivate var byteCount: Int? {
    switch self {
    case .file(let path):
      guard let status = FileStatus(path), status.kind == .file, status.size > 0 else { return nil }
      return status.size
    case .archived(_, _, let count, _): return count > 0 ? count : nil
    }
  }

  /// A hash of some of the bytes and of the size; nil if they cannot be read.
  fileprivate func hash(_ range: Range<Int>, size: Int) -> UInt64? {
    var start = 0
    if case .archived(_, let offset, _, _) = self { start = offset }
    do throws(FileError) {
      let file = try OpenFile(path: filePath)
      var hash = StableHash()
      hash.combine(UInt64(size))
      let pieceBytes = 1 << 20
      for first in stride(from: range.lowerBound, to: range.upperBound, by: pieceBytes) {
        let last = min(first + pieceBytes, range.upperBound)
        let piece = try file.read((start + first)..<(start + last))
        hash.combine(piece.span.bytes)
      }
      return hash.value
    } catch {
      return nil
    }
  }
}
