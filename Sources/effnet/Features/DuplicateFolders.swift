import EfficientNetCompute
import EfficientNetReports
import EfficientNetSystem

/// The numbers of photos to keep and of duplicates in each folder, so that nobody deletes photos
/// of a sorted collection unknowingly.
///
/// If the command line names several folders, these are counted. Otherwise the subfolders are
/// counted at the first level where the photos differ.
struct DuplicateFolders {
  struct Count {
    let folder: String
    var kept = 0
    var duplicates = 0
  }

  /// The folders that have photos of groups, sorted by path, or as the command line names them.
  private(set) var counts: [Count]

  /// The largest number of folders that the line names.
  private static let mostFolders = 5

  /// - Parameters:
  ///   - kept: The paths of the photos to keep.
  ///   - duplicates: The paths of the duplicates.
  ///   - named: The folders of the command line.
  init(kept: [String], duplicates: [String], named: NamedFolders) {
    let photos = kept + duplicates
    let folders =
      named.folders.count > 1
      ? photos.map { photo in
        let place = named.place(of: photo)
        return (place, place < named.folders.count ? named.folders[place] : photo)
      } : Self.subfolders(of: photos).map { (0, $0) }
    var found: [ExactText: (place: Int, count: Count)] = [:]
    for (index, (place, folder)) in folders.enumerated() {
      let isKept = index < kept.count
      var count = found[ExactText(folder)]?.count ?? Count(folder: folder)
      count.kept += isKept ? 1 : 0
      count.duplicates += isKept ? 0 : 1
      found[ExactText(folder)] = (place, count)
    }
    counts =
      found.values.sorted {
        ($0.place, ExactText($0.count.folder)) < ($1.place, ExactText($1.count.folder))
      }.map(\.count)
  }

  /// Returns for each photo its folder, cut at the first level where the folders differ:
  /// "a/b" and "a/c" for "a/b/1/x.jpg" and "a/c/y.jpg".
  private static func subfolders(of photos: [String]) -> [String] {
    let folders = photos.map { Folder.parent(of: $0).withoutSlashes }
    let levels = folders.map { folder in
      folder.utf8.split(separator: UInt8(ascii: "/")).map { ExactText(String(Substring($0))) }
    }
    guard let first = levels.first else { return [] }
    let common = levels.reduce(first.count) { common, others in
      zip(first.prefix(common), others).prefix { $0 == $1 }.count
    }
    return zip(folders, levels).map { folder, levels in
      let start = Folder.isAbsolute(folder) ? "/" : ""
      return start + levels.prefix(common + 1).map(\.text).joined(separator: "/")
    }
  }

  /// For instance "duplicates by folder: 3 in holiday/mail, 1 in holiday; kept: 2 in holiday"; nil
  /// if all photos are in one folder, or if there are no duplicates.
  func line(_ noun: String) -> String? {
    guard counts.count > 1, counts.contains(where: { $0.duplicates > 0 }) else { return nil }
    func list(_ number: KeyPath<Count, Int>) -> String {
      // The largest number first; folders of the same number stay in order.
      let sorted = counts.filter { $0[keyPath: number] > 0 }.enumerated()
        .sorted {
          ($1.element[keyPath: number], $0.offset) < ($0.element[keyPath: number], $1.offset)
        }
        .map(\.element)
      var parts = sorted.prefix(Self.mostFolders).map {
        "\($0[keyPath: number].grouped) in \($0.folder)"
      }
      let rest = sorted.dropFirst(Self.mostFolders)
      if !rest.isEmpty {
        parts.append(
          "\(rest.reduce(0) { $0 + $1[keyPath: number] }.grouped) in "
            + rest.count.counted("other folder", "other folders"))
      }
      return parts.joined(separator: ", ")
    }
    return "\(noun) by folder: \(list(\.duplicates)); kept: \(list(\.kept))".oneLine
  }

  var json: [JSONObject] {
    counts.map { ["path": $0.folder, "keep": $0.kept, "duplicates": $0.duplicates] }
  }
}
