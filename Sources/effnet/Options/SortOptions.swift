import ArgumentParser
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct SortOptions: ParsableArguments {
  @Option(
    name: .customLong("sort-into"),
    help: "Copy each photo into FOLDER/CLASS, the folder of its class; no file is replaced.",
    value: "folder")
  var folder: String?
  @Flag(help: "With --sort-into: make symbolic links to the photos.") var link = false
  @Flag(help: "With --sort-into: move the photos; 'sh FOLDER/undo.sh' moves them back.")
  var move = false
  @Option(
    number: """
      With --sort-into: put photos whose best class has a lower probability, from 0 to 1, into \
      FOLDER/unsure (default: none).
      """, value: "probability")
  var threshold: Double?

  func validate() throws {
    if folder == "" { throw ValidationError("--sort-into needs a folder") }
    if link, move { throw ValidationError("--link and --move cannot be used together") }
    if let threshold, threshold > 1, threshold <= 100 {
      throw ValidationError(
        "--threshold is \(threshold.shortest); it must be from 0 to 1; did you mean "
          + "\((threshold / 100).shortest)?")
    }
    try check(threshold, "--threshold", 0...1)
    if folder == nil, link || move || threshold != nil {
      throw ValidationError("--link, --move and --threshold need --sort-into")
    }
  }

  /// Returns the photos to sort, those outside of the folder that are not examples; all photos
  /// without --sort-into.
  ///
  /// - Parameter examples: The paths of photos that keep their places.
  /// - Throws: `ValidationError` if no photo is left, or if the folder has photos that effnet did not
  ///   sort.
  func photos(
    among photos: [FoundPhoto], besides examples: [String] = []
  ) throws -> [FoundPhoto] {
    guard let folder else { return photos }
    guard photos.allSatisfy({ $0.bytes == nil }) else {
      throw ValidationError("--sort-into needs photos in files, but standard input is a photo")
    }
    let kept = Set(examples.compactMap { FileStatus($0)?.identity })
    let (outside, inside) = PhotoSorter.photos(photos, outside: folder)
    if inside > 0, outside.isEmpty {
      let remedy =
        PhotoSorter.undoPath(in: folder).map { "to sort them anew, run first: \(Sorting.undo($0))" }
        ?? "name another folder, such as \(folder.withoutSlashes)-sorted"
      throw ValidationError(
        "all photos are in \(folder), the folder of --sort-into, so they count as sorted and stay "
          + "where they are; \(remedy)")
    }
    if let photo = PhotoSorter.foreignPhoto(in: folder) {
      throw ValidationError(
        "--sort-into \(folder) has photos that effnet did not sort, such as \(photo); name a new "
          + "folder, such as \(folder.withoutSlashes)-by-effnet")
    }
    if inside > 0 {
      StandardError.note(
        "\(inside.counted("photo", "photos")) in \(folder) left out, as sorted already")
    }
    let sorted = outside.filter { photo in
      FileStatus(photo.path).map { !kept.contains($0.identity) } ?? true
    }
    if sorted.isEmpty, !outside.isEmpty {
      throw ValidationError("all photos to sort are examples; name other photos")
    }
    if sorted.count < outside.count {
      let count = (outside.count - sorted.count).counted("photo", "photos")
      StandardError.note("\(count) left out, as examples")
    }
    return sorted
  }

  /// Checks that --csv is outside of the folder, where it could replace a sorted photo or undo.sh.
  func checkIsOutside(csv path: String?) throws {
    guard let path, let folder else { return }
    if PhotoSorter.isFile(path, inside: folder)
      || PhotoSorter.isFolder(Folder.parent(of: path), inside: folder)
    {
      throw ValidationError(
        "--csv \(path) is in --sort-into \(folder), where it could replace a sorted photo; name a "
          + "file in another folder")
    }
  }

  /// Checks that the folder is not among the photos of the run that trained the network: the next
  /// training would learn the network's guesses, and the folder unsure as a class.
  func checkIsOutsideTrainingPhotos(of run: RunFolder?) throws {
    guard let folder, let settings = try? run?.readSettings() else { return }
    guard PhotoSorter.isFolder(folder, inside: settings.dataPath) else { return }
    throw ValidationError(
      "--sort-into \(folder) would add photos to those that trained this network, so the next "
        + "training would learn its mistakes; name another folder, check the sorted photos, and "
        + "move the right ones yourself")
  }

  /// - Parameter advice: Returns what to do with this number of folders, if anything.
  func sorting(classes: [String], advice: @escaping (_ folders: Int) -> String?) throws -> Sorting?
  {
    try folder.map { folder in
      Sorting(
        try PhotoSorter(
          into: folder, classes: classes, action: link ? .link : move ? .move : .copy,
          threshold: threshold), hasThreshold: threshold != nil, advice: advice)
    }
  }
}

/// The photos that a command sorts, and its messages about them.
final class Sorting {
  private let sorter: PhotoSorter
  /// Whether improbable photos go into a folder of their own.
  private let hasThreshold: Bool
  private let advice: (_ folders: Int) -> String?
  private(set) var failures = 0
  /// The number of photos that are unlike the examples, or whose best class has less than
  /// ``lowProbability``.
  private var improbable = 0
  private var hasUnlike = false

  /// The largest number of classes that the summary lists.
  private static let mostClasses = 40
  /// The level below which the summary notes photos. It is above one half, since the better of two
  /// classes always has that much.
  private static let lowProbability = 0.6

  /// - Parameter advice: Returns what to do with this number of folders, if anything.
  init(
    _ sorter: PhotoSorter, hasThreshold: Bool,
    advice: @escaping (_ folders: Int) -> String? = { _ in nil }
  ) {
    (self.sorter, self.hasThreshold, self.advice) = (sorter, hasThreshold, advice)
  }

  /// Puts a photo into its folder. Returns its place there; nil after an error of this photo, which
  /// is reported.
  ///
  /// - Parameter isUnlike: Whether the photo is unlike the examples. It is below every threshold
  ///   then, also below 0.
  /// - Throws: `FileError` that ends the sorting, such as a full disk.
  func put(
    _ path: String, inClass index: Int, probability: Double, isUnlike: Bool = false
  ) throws -> PhotoSorter.Place? {
    let place: PhotoSorter.Place
    do {
      place = try sorter.put(path, inClass: index, probability: isUnlike ? -1 : probability)
    } catch {
      guard error.path == path else { throw error }
      StandardError.report(error)
      failures += 1
      return nil
    }
    if isUnlike || probability < Self.lowProbability { improbable += 1 }
    if isUnlike { hasUnlike = true }
    return place
  }

  /// The end of a photo's line, such as " -> sorted/cat/a.jpg (already there, not moved)".
  func arrow(to place: PhotoSorter.Place) -> String {
    let there = sorter.action == .move ? " (already there, not moved)" : " (already there)"
    return " -> \(place.path.oneLine)\(place.wasThere ? there : "")"
  }

  /// The photos that a threshold would put into a folder of their own; nil if there are none.
  var improbableNote: String? {
    guard !hasThreshold, improbable > 0 else { return nil }
    let photos = (sorter.added + sorter.present).counted("photo", "photos")
    return "note: \(improbable.grouped) of \(photos) \(improbable == 1 ? "has" : "have") less than "
      + "\(Self.lowProbability.percent(digits: 0))\(hasUnlike ? " or no similar example" : ""); "
      + "--threshold \(Self.lowProbability) puts such photos into "
      + "\(sorter.folder.oneLine)/\(PhotoSorter.unsure)"
  }

  /// The photos that another subfolder had before this run, so that they are in two; nil if there
  /// are none.
  private var elsewhereNote: String? {
    let (count, first) = sorter.elsewhere
    guard let first else { return nil }
    let photos = count.counted("photo is", "photos are")
    return "\(photos) in another folder of \(sorter.folder), too, such as \(first); "
      + "to have each photo once, sort into a new folder"
  }

  /// A line for each name that several classes have, such as "several classes have the name crane:
  /// folder crane for class 134, crane-2 for class 517 (counted from 0)".
  private var sharedNameLines: [String] {
    sorter.sharedNames.map { name, folders in
      let places = folders.map { "\($0.name.oneLine) for class \($0.index)" }
      return "several classes have the name \(name.oneLine): folder "
        + "\(places.joined(separator: ", ")) (counted from 0)"
    }
  }

  /// Returns the command that runs an undo script.
  static func undo(_ path: String) -> String {
    shellLine(["sh", path.hasPrefix("-") ? "./\(path)" : path])
  }

  /// How to undo a move, or copies and links in a new folder; nil for others.
  private var undoLine: String? {
    switch sorter.action {
    case .move:
      let moves = sorter.added == 0 ? " earlier moves" : ""
      return sorter.undoPath.map { "to undo\(moves): \(Self.undo($0))" }
    case .copy, .link:
      guard sorter.isNew, sorter.added > 0 else { return nil }
      let folder = sorter.folder
      return "to undo, delete the new folder: "
        + shellLine(["rm", "-r", folder.hasPrefix("-") ? "./\(folder)" : folder])
    }
  }

  /// Prints the number of photos in each folder, a note about improbable photos, and how to undo
  /// the sorting.
  func printSummary(isQuiet: Bool) {
    defer { StandardError.note([elsewhereNote].compactMap(\.self)) }
    guard !isQuiet else { return }
    let folders = sorter.folders
    let rest = folders.dropFirst(Self.mostClasses)
    let others: [(name: String, photos: Int, present: Int)] =
      rest.isEmpty
      ? []
      : [
        (
          "\(rest.count.grouped) other classes", rest.reduce(0) { $0 + $1.photos },
          rest.reduce(0) { $0 + $1.present }
        )
      ]
    let verb =
      switch sorter.action {
      case .copy: "copied"
      case .link: "linked"
      case .move: "moved"
      }
    let rows = folders.prefix(Self.mostClasses) + others
    let table =
      sorter.present == 0
      ? rows.tableLines(.left("folder") { $0.name }, .right("photos") { $0.photos.grouped })
      : rows.tableLines(
        .left("folder") { $0.name }, .right(verb) { ($0.photos - $0.present).grouped },
        .right("already there") { $0.present.grouped })
    var line = "\(sorter.added.counted("photo", "photos")) \(verb) into \(sorter.folder.oneLine)"
    if sorter.present > 0 {
      line += ", \(sorter.present.grouped) there already with the same bytes"
      if sorter.action == .move {
        line += ", which stay where they are; to move them, too, sort into a new folder"
      }
    }
    if failures > 0 { line += "; \(failures.grouped) could not be sorted" }
    let lines =
      (folders.isEmpty ? [] : table) + [line] + sharedNameLines
      + [improbableNote, folders.isEmpty ? nil : advice(folders.count), undoLine].compactMap(\.self)
    StandardError.write(lines.map { $0 + "\n" }.joined())
  }
}
