import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// Groups of duplicates with the sizes of their photos, as `effnet duplicates` shows them.
struct DuplicatePhotos {
  struct Photo {
    let path: String
    let row: Int
    /// The cosine with the photo to keep.
    let cosine: Float
    /// The photo that connects this one with the photo to keep, if their cosine does not.
    let via: String?
    /// Nil if the file cannot be read.
    let size: PhotoSize?
    /// Nil if the file does not exist.
    let file: FileStatus.Identity?
    /// Whether this is the photo to keep, the first of its group.
    let isKept: Bool
    /// Whether the file has the same bytes as that of the photo to keep.
    let isIdentical: Bool

    /// The text below the photo on a sheet: "keep", "identical", "0.9919" or "0.5547 via others".
    fileprivate var caption: String {
      if isKept { return "keep" }
      if isIdentical { return "identical" }
      return Double(cosine).formatted(digits: 4) + (via == nil ? "" : " via others")
    }
  }

  /// The groups, each with the photo to keep first.
  let photos: [[Photo]]
  let compared: Int

  private let named: NamedFolders

  /// Compares all pairs of rows.
  ///
  /// The photo to keep has the most pixels, then the most bytes. Of photos that are equal in both,
  /// it is in the folder that `named` has first, then its name is not that of a copy: "phone/a.jpg"
  /// rather than "a (1).jpg". Then it has the shortest path.
  init(
    _ table: FeatureTable, _ small: FeatureMatrix?, named: NamedFolders, threshold: Float,
    appliesOrientation: Bool, pool: ThreadPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws {
    var sizes: [Int: PhotoSize] = [:]
    var copies: Set<Int> = []
    let found = try DuplicateGroups(
      of: table.rows, small: small, threshold: threshold,
      ordered: { group in
        let stems = Set(group.map { table.names[$0].stem })
        for row in group {
          if table.names[row].stem.isNameOfCopy(among: stems) { copies.insert(row) }
          sizes[row] = try? PhotoSize(
            path: table.names[row], appliesOrientation: appliesOrientation)
        }
        return group.sorted { first, second in
          let (a, b) = (sizes[first], sizes[second])
          if a?.pixels != b?.pixels { return a?.pixels ?? -1 > b?.pixels ?? -1 }
          if a?.byteCount != b?.byteCount { return a?.byteCount ?? -1 > b?.byteCount ?? -1 }
          let places = (named.place(of: table.names[first]), named.place(of: table.names[second]))
          if places.0 != places.1 { return places.0 < places.1 }
          let areCopies = (copies.contains(first), copies.contains(second))
          if areCopies.0 != areCopies.1 { return areCopies.1 }
          let paths = (ExactText(table.names[first]), ExactText(table.names[second]))
          let lengths = (paths.0.text.utf8.count, paths.1.text.utf8.count)
          return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : paths.0 < paths.1
        }
      }, pool: pool, progress: progress)
    (compared, self.named) = (found.compared, named)
    photos = found.groups.map { group in
      group.map { member in
        let path = table.names[member.row]
        let isKept = member.row == group[0].row
        return Photo(
          path: path, row: member.row, cosine: member.cosine,
          via: member.via.map { table.names[$0] }, size: sizes[member.row],
          file: FileStatus(path)?.identity, isKept: isKept,
          isIdentical: !isKept && FileContents.areEqual(path, table.names[group[0].row]))
      }
    }
  }

  private var others: [Photo] { photos.flatMap { $0 }.filter { !$0.isKept } }

  /// The numbers of photos in each folder.
  ///
  /// - Parameter duplicates: The paths of the duplicates that count; nil for all but those with
  ///   "via".
  func folders(duplicates: [String]? = nil) -> DuplicateFolders {
    DuplicateFolders(
      kept: photos.map { $0[0].path },
      duplicates: duplicates ?? others.filter { $0.via == nil }.map(\.path), named: named)
  }

  /// The reason why the photo to keep is in one of the named folders, where the order of these
  /// decides; nil if it decides nothing.
  var reason: String? {
    let isDecisive = photos.contains { group in
      group.dropFirst().contains { other in
        other.size?.pixels == group[0].size?.pixels
          && other.size?.byteCount == group[0].size?.byteCount
          && named.place(of: other.path) != named.place(of: group[0].path)
      }
    }
    guard isDecisive else { return nil }
    return
      "of photos with equal pixels and bytes, the one in the folder that you named first is kept"
  }

  /// The number of photos whose file cannot be read.
  var unknownSizes: Int { photos.reduce(0) { $0 + $1.count { $0.size == nil } } }

  /// For instance "8 groups among 41 photos: keep 8, the other 11 have 3.2 MB", or "…: keep 8, 10
  /// duplicates have 3.1 MB, check the other one" if a chain connects one.
  var summary: String {
    let all = compared.counted("photo", "photos")
    guard !photos.isEmpty else { return "no duplicates among \(all)" }
    let groups = "\(photos.count.counted("group", "groups")) among \(all)"
    let duplicates = others.filter { $0.via == nil }
    let sizes = duplicates.compactMap(\.size)
    guard sizes.count == duplicates.count else { return groups }
    let bytes = sizes.reduce(0) { $0 + $1.byteCount }
    let size =
      bytes < 100_000
      ? "\(bytes.grouped) bytes" : "\((Double(bytes) / 1e6).formatted(digits: 1)) MB"
    func other(_ count: Int) -> String { "the other \(count == 1 ? "one" : count.grouped)" }
    let verb = duplicates.count == 1 ? "has" : "have"
    let chained = others.count - duplicates.count
    return "\(groups): keep \(photos.count.grouped), "
      + (chained == 0
        ? "\(other(duplicates.count)) \(verb) \(size)"
        : "\(duplicates.count.counted("duplicate", "duplicates")) \(verb) \(size), "
          + "check \(other(chained))")
  }

  /// The groups as text, one photo a line.
  var lines: [String] {
    photos.enumerated().flatMap { number, group in
      ["group \(number + 1)"]
        + group.tableLines(
          .left { $0.isKept ? "keep" : "" }, .right { Double($0.cosine).formatted(digits: 4) },
          .right { $0.size.map(\.dimensions) ?? "–" },
          .right { $0.size.map { "\($0.byteCount.grouped) bytes" } ?? "–" },
          .left { $0.path },
          .left { $0.isIdentical ? "identical" : $0.via.map { "via \($0)" } ?? "" }
        ).map { "  " + $0 }
    }
  }

  var json: [[JSONObject]] {
    photos.map { group in
      group.map { photo in
        [
          "path": photo.path, "row": photo.row, "cosine": photo.cosine, "keep": photo.isKept,
          "width": photo.size?.width, "height": photo.size?.height,
          "bytes": photo.size?.byteCount, "identical": photo.isIdentical, "via": photo.via,
        ]
      }
    }
  }

  var sheetRows: [PhotoSheet.Row] {
    photos.enumerated().map { number, group in
      PhotoSheet.Row(
        heading: "group \(number + 1): \(group.count) photos",
        cells: group.map { photo in
          (photo.path, photo.caption + (photo.size.map { ", \($0.dimensions)" } ?? ""))
        })
    }
  }
}

extension String {
  /// The last name of a path, without its ending.
  fileprivate var stem: Substring {
    let name = split(separator: "/").last ?? ""
    return name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
  }
}

extension Substring {
  /// Whether this is a name as programs give it to copies, such as "a (1)", "a copy" or
  /// "Copy of a". "a-1" is one if "a" is among the other names.
  fileprivate func isNameOfCopy(among others: Set<Substring>) -> Bool {
    contains(/^copy of |[ (]copy\)?( ?\(?\d+\)?)?$|\(\d+\)$/.ignoresCase())
      || contains(/-\d$/) && others.contains(dropLast(2))
  }
}

extension PhotoSize {
  fileprivate var dimensions: String { "\(width) × \(height)" }
}
