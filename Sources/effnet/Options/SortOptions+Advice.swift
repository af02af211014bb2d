import EfficientNetCompute
import EfficientNetSystem

/// What to do after photos were sorted.
extension SortOptions {
  /// The most folders that are easy to look through.
  private static let mostFolders = 20

  /// Returns the advice to look for photos of none of the classes in all folders.
  ///
  /// - Parameters:
  ///   - examples: The labelled photos.
  ///   - classes: Their classes.
  ///   - again: What to do with more examples.
  static func adviceToLook(examples: String, classes: [String], again: String) -> String {
    let other = ThresholdTable.other(of: classes).map { classes[$0] } ?? "other"
    let hasParts = ["train", "training"].contains { Folder.exists("\(examples)/\($0)") }
    let place =
      Folder.exists(examples) && !hasParts
      ? "\(examples.withoutSlashes)/\(other)" : "a class '\(other)' of \(examples)"
    return
      "look through all folders: each can have photos that show none of your classes, even with "
      + "100 %\nput such photos into \(place.oneLine), and \(again)"
  }

  /// The advice to label with a few classes of one's own, if a network with other classes made many
  /// folders; nil if not, or if standard input named the photos.
  ///
  /// - Parameter paths: The files and folders that were sorted.
  func adviceToLabel(_ paths: [String], folders: Int) -> String? {
    guard folders > Self.mostFolders, let folder = folder?.withoutSlashes, !paths.contains("-")
    else { return nil }
    let photos = move ? [folder] : paths
    return "for a few folders of your own: copy some photos of each kind from these folders into "
      + "examples/KIND, then: "
      + shellLine(
        ["effnet", "label"] + photos + ["--examples", "examples", "--sort-into", "\(folder)-2"])
  }
}
