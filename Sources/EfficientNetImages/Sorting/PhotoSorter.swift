package import EfficientNetSystem

/// Puts photos into a folder for each class: FOLDER/CLASS/NAME.
///
///     let sorter = try PhotoSorter(into: "sorted", classes: ["cat", "dog"], action: .copy)
///     let place = try sorter.put("holiday/a.jpg", inClass: 1, probability: 0.9)
///     print(place.path)  // sorted/dog/a.jpg
///
/// No file is replaced: a photo whose name is taken gets "-2" behind its name, "-3" and so on. A
/// photo that is there already, with the same bytes, stays as it is, so a second run with the same
/// classes adds nothing; without `keepsEqual`, it gets a number, too. A photo that the
/// folder of another class has is in both then.
/// Every photo is complete at its old or its new place at any time, also after a crash. Copies are
/// not forced to the disk: after a power failure, the last ones may be damaged.
package final class PhotoSorter {
  /// The way a photo gets to its folder.
  package enum Action: Sendable {
    case copy
    /// A symbolic link to the photo's absolute path.
    case link
    /// The undo script of the folder moves the photos back.
    case move
  }

  package struct Place: Sendable {
    package let path: String
    package let wasThere: Bool
  }

  /// The name of the folder for photos below the threshold.
  package static let unsure = "unsure"
  /// The name of the script that moves photos back.
  static let undo = "undo.sh"
  /// The name of the hidden file that marks a folder with only copies or links of a sorter: one
  /// that had no photos, or only those of a sorter.
  package static let marker = ".effnet-sorted"

  package let folder: String
  /// Whether the folder did not exist before this run.
  package let isNew: Bool
  /// Whether the folder had no photos before this run, or only those of a sorter.
  private let hadOnlySorted: Bool
  package let action: Action
  private let threshold: Double?
  private let keepsEqual: Bool
  private let classes: [String]
  /// The folder names of the classes, and at the end the one for photos below the threshold.
  private let names: [String]
  /// The number of photos for each of these names, also of those that were there before.
  private var counts: [Int]
  /// The number of those that were there before.
  private var presentCounts: [Int]
  private var undoScript: UndoScript?
  /// The number of photos that were copied, linked or moved.
  package private(set) var added = 0
  /// The number of photos that were there before.
  package private(set) var present = 0
  /// The number of photos that another subfolder had before this run, too, and the first such
  /// place.
  package private(set) var elsewhere: (count: Int, first: String?) = (0, nil)
  private let earlier: EarlierPlaces

  /// Creates a sorter; folders are made when their first photo comes.
  ///
  /// - Parameters:
  ///   - folder: The folder for the classes' folders.
  ///   - classes: The names of the classes. Names that are not safe as folder names are changed.
  ///   - action: How photos get to their folder.
  ///   - threshold: Photos of a lower probability go into the folder ``unsure``; nil for none.
  ///   - keepsEqual: Whether a photo stays where it is if its folder has one with the same name and
  ///     bytes already. Otherwise the photo gets a number behind its name.
  /// - Throws: `FileError` if `folder` is a file.
  package init(
    into folder: String, classes: [String], action: Action, threshold: Double? = nil,
    keepsEqual: Bool = true
  ) throws(FileError) {
    if let status = FileStatus(folder), status.kind != .folder {
      throw FileError(path: folder, reason: "it is not a folder")
    }
    self.folder = folder.withoutSlashes
    isNew = FileStatus(folder) == nil
    hadOnlySorted = Self.foreignPhoto(in: folder) == nil
    (self.action, self.threshold, self.keepsEqual) = (action, threshold, keepsEqual)
    self.classes = classes
    names = FolderNames.names(for: classes, besides: [Self.unsure, Self.undo]) + [Self.unsure]
    earlier = EarlierPlaces(in: self.folder)
    counts = Array(repeating: 0, count: names.count)
    presentCounts = counts
  }

  /// The script that moves photos back, also those of earlier runs; nil if the folder has none.
  package var undoPath: String? { Self.undoPath(in: folder) }

  /// Returns the script of a folder that moves its photos back; nil if the folder has none.
  package static func undoPath(in folder: String) -> String? {
    let path = "\(folder.withoutSlashes)/\(undo)"
    return UndoScript.exists(path) ? path : nil
  }

  /// The folders with photos of this run, the fullest first: the numbers of all their photos of
  /// this run, and of those that were there before.
  package var folders: [(name: String, photos: Int, present: Int)] {
    names.indices.filter { counts[$0] > 0 }
      .map { (name: names[$0], photos: counts[$0], present: presentCounts[$0]) }
      .sorted { ($1.photos, $0.name) < ($0.photos, $1.name) }
  }

  /// The names that several classes have, if a numbered folder of one has photos of this run, in
  /// order: the folders with photos of this run, and the indices of their classes.
  package var sharedNames: [(name: String, folders: [(name: String, index: Int)])] {
    Dictionary(grouping: classes.indices) { classes[$0] }
      .filter { $1.dropFirst().contains { counts[$0] > 0 } }
      .map {
        (name: $0, folders: $1.filter { counts[$0] > 0 }.map { (name: names[$0], index: $0) })
      }
      .sorted { $0.name < $1.name }
  }

  /// Puts a photo into the folder of its class.
  ///
  /// - Parameters:
  ///   - path: The path of the photo, which is not in ``folder``.
  ///   - index: The index of its class.
  ///   - probability: The probability of this class.
  /// - Throws: `FileError`. If it names the photo, only this photo cannot be sorted.
  package func put(
    _ path: String, inClass index: Int, probability: Double
  ) throws(FileError) -> Place {
    let isUnsure = threshold.map { probability < $0 } ?? false
    let group = isUnsure ? names.count - 1 : index
    let place = "\(folder)/\(names[group])"
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
    // A moved photo is no longer at its path.
    let earlierPlace = earlier.place(of: path, named: name, besides: names[group])
    func count(wasThere: Bool) {
      counts[group] += 1
      if wasThere {
        present += 1
        presentCounts[group] += 1
      } else {
        added += 1
      }
      guard let earlierPlace else { return }
      elsewhere = (elsewhere.count + 1, elsewhere.first ?? earlierPlace)
    }
    var number = 1
    while true {
      // The undo script may have removed the folder since the last photo.
      try Folder.make(place)
      let target = "\(place)/\(name.numbered(number))"
      if FileStatus(target, followsLinks: false) != nil {
        guard keepsEqual, FileContents.areEqual(path, target) else {
          number += 1
          continue
        }
        count(wasThere: true)
        return Place(path: target, wasThere: true)
      }
      if undoScript?.hasLost(target) == true {
        number += 1
        continue
      }
      // If another process takes the name or removes the folder in this moment, look again.
      do throws(FileError) {
        guard try transfer(path, to: target) else { continue }
      } catch {
        guard FileStatus(place) == nil, FileStatus(path, followsLinks: false) != nil else {
          throw error
        }
        continue
      }
      count(wasThere: false)
      if hadOnlySorted, action != .move, added == 1 {
        let text = "effnet sorted photos into this folder\n"
        try OutputFile.write(Array(text.utf8), to: "\(folder)/\(Self.marker)")
      }
      return Place(path: target, wasThere: false)
    }
  }

  private func transfer(_ path: String, to target: String) throws(FileError) -> Bool {
    switch action {
    case .copy: return try FileTransfer.copy(path, to: target)
    case .link: return try FileTransfer.link(to: path, at: target)
    case .move:
      guard let status = FileStatus(path, followsLinks: false) else {
        throw FileError(
          path: path, reason: "the photo is gone; another program moved or removed it")
      }
      // A relative link would lead nowhere from another folder.
      guard status.kind == .file else {
        throw FileError(path: path, reason: "only files are moved, not links; it stays")
      }
      let script: UndoScript
      if let undoScript {
        script = undoScript
      } else {
        script = try UndoScript(path: "\(folder)/\(Self.undo)")
        undoScript = script
        // The name may not be free.
        if script.hasLost(target) { return false }
      }
      try script.append(from: target, to: path)
      var isMoved = false
      defer { if !isMoved { script.removeLast() } }
      isMoved = try FileTransfer.move(path, to: target)
      return isMoved
    }
  }
}

extension String {
  /// Returns the file name with a number before its ending, such as "cat-2.jpg"; unchanged for 1.
  func numbered(_ number: Int) -> String {
    guard number > 1 else { return self }
    let dot = utf8.lastIndex(of: UInt8(ascii: ".")).flatMap { dot in
      dot > startIndex && self[dot...].utf8.count <= 20 ? dot : nil
    }
    let ending = "-\(number)" + (dot.map { self[$0...] } ?? "")
    return String(self[..<(dot ?? endIndex)]).cut(toBytes: 255 - ending.utf8.count) + ending
  }
}
