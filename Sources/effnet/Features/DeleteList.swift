import EfficientNetCompute
import EfficientNetReports
import EfficientNetSystem

/// The list of the photos that can be deleted, as `effnet duplicates --delete-list` writes it.
///
/// It has the duplicates of the photos to keep, except those whose deletion could lose a picture.
struct DeleteList {
  private(set) var paths: [String] = []
  /// The number of other photos that the list leaves out for each reason.
  private(set) var leftOut: [Reason: Int] = [:]
  /// Paths with a line break, which cannot be in the list.
  private(set) var brokenPaths: [String] = []

  /// The reason for which the list leaves out a photo that is not one to keep.
  enum Reason: CaseIterable {
    /// Only a chain connects the photo with the one to keep.
    case chained
    /// The file cannot be read, so the photo to keep may be the worse one.
    case unreadable
    /// Several paths lead to the file. It may be the photo to keep itself, or the target of a link.
    case linked

    fileprivate func note(_ count: Int) -> String {
      let photos = count.counted("photo", "photos")
      return switch self {
      case .chained: "\(photos) below the threshold, which only a chain (\"via\") connects"
      case .unreadable: "\(photos) that cannot be read"
      case .linked: "\(photos) that several of the paths lead to"
      }
    }
  }

  /// - Parameter linked: The files that several of the searched paths lead to.
  init(_ groups: DuplicatePhotos, linked: Set<FileStatus.Identity>) {
    let photos = groups.photos.flatMap { $0 }
    let shared = linked.union(photos.filter(\.isKept).compactMap(\.file))
    for photo in photos where !photo.isKept {
      if let reason = Self.reason(against: photo, shared) {
        leftOut[reason, default: 0] += 1
      } else if photo.path.utf8.contains(UInt8(ascii: "\n")) {
        brokenPaths.append(photo.path)
      } else {
        paths.append(photo.path)
      }
    }
  }

  private static func reason(
    against photo: DuplicatePhotos.Photo, _ shared: Set<FileStatus.Identity>
  ) -> Reason? {
    guard photo.via == nil else { return .chained }
    guard photo.size != nil, let file = photo.file else { return .unreadable }
    return shared.contains(file) ? .linked : nil
  }

  /// The number of paths, and the command that deletes the photos, one line each.
  func advice(file: String) -> String {
    let photos = paths.count.counted("photo", "photos")
    if paths.isEmpty { return "\(file.oneLine) has no photos to delete\n" }
    return "\(file.oneLine) has \(photos) to delete; remove the lines of photos to keep, then:\n"
      + "  xargs -r -d '\\n' rm -- < \(shellLine([file]))\n"
  }

  /// Notes what the list or the option leaves out.
  func noteLeftOut(by name: String) {
    for reason in Reason.allCases {
      guard let count = leftOut[reason] else { continue }
      StandardError.note("\(name) leaves out \(reason.note(count))")
    }
  }

  /// Writes the paths, one per line, gives the file its name, and notes what the list leaves out.
  func write(to file: inout OutputFile?) throws {
    guard let name = file?.path else { return }
    for path in paths { try file?.write("\(path)\n") }
    try file?.commit()
    noteLeftOut(by: name)
    for path in brokenPaths {
      StandardError.report(
        "\(name) leaves out \(path), whose name has a line break; delete it yourself")
    }
  }
}
