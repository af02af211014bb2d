import EfficientNetFeatures
import EfficientNetSystem

/// Advice on command lines whose --among is missing or has more than one folder.
extension SimilarCommand {
  static func advice(toSearch folders: [String]) -> String {
    "to search several folders, write one file of features for --among: "
      + shellLine(["effnet", "embed"] + folders + ["-o", "all.npz"])
  }

  /// Returns the folders that follow the value of --among. They are queries, but look as if they
  /// were searched.
  static func foldersAfterAmong(_ words: CommandWords) -> [String] {
    let pieces = words.options.pieces(of: words.rest)
    let index = pieces.firstIndex {
      ["--among", "--in"].contains(String($0[0].prefix { $0 != "=" }))
    }
    guard let index else { return [] }
    return pieces[(index + 1)...].map { $0[0] }.prefix { Folder.exists($0) }.map(\.self)
  }

  /// The command line that was probably meant, if --among is missing.
  var amongAdvice: String {
    guard queries.count > 1, let last = queries.last,
      Folder.exists(last) || (try? FeatureFileForm(path: last)) != nil
    else { return "name a folder or a file of features with --among" }
    let words = ["effnet", "similar"] + queries.dropLast() + ["--among", last]
    return "use: \(shellLine(words))"
  }
}
