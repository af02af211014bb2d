import ArgumentParser
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

struct DuplicatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Find near-duplicate photos: resized, compressed again or slightly cropped.",
    discussion: """
      Compares the features of all pairs of photos by their cosine, at the network's resolution \
      and at 64 pixels, where small copies look like their originals. Two photos are in the same \
      group if either cosine is at least --threshold, or if a chain of such pairs connects them.

      Each group begins with the photo to keep: the one with the most pixels, then the most bytes. \
      Of photos that are equal in both, it is the one in the folder that you name first, then one \
      whose name is not that of a copy ("a (1).jpg", "a copy.jpg", "Copy of a.jpg"; "a-1.jpg" if \
      "a.jpg" is in the group), then the one with the shortest path. So name a sorted collection \
      before a folder of other photos. If the photos of the groups are in several \
      folders, a line counts them by folder.

      The number before a photo is its cosine with the photo to keep. "via" names the photo that \
      connects it if the cosine is below the threshold, and "identical" marks a file with the \
      same bytes.

      Found with lite0: nearly all copies down to a quarter of a 375-pixel side, of JPEG quality \
      20 or more, mirrored, or cropped by 2.5 % on every side. Often missed: smaller, poorer and \
      turned copies, and larger crops. Photos of one scene can be in a group: look at them \
      before you delete any.

      --delete-list writes the paths of the duplicates of the photos to keep. It leaves out photos \
      with "via", photos that cannot be read, and photos that several paths lead to. To delete the \
      photos on it:

        xargs -r -d '\\n' rm -- < FILE

      --move-to FOLDER moves these photos into FOLDER/duplicates, which is safer: 'sh \
      FOLDER/undo.sh' moves them back. Delete the folder when you have looked at them.

      Features of photos in folders are kept in the folder of downloaded weights, for later \
      runs. With --in they are read from a file of 'effnet embed', which has only one \
      resolution, so small copies are missed.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet duplicates holiday/
        effnet duplicates sorted-by-effnet/ holiday/ --sheet groups.png
        effnet duplicates holiday/ --delete-list delete.txt
        effnet duplicates holiday/ --move-to copies/
        effnet duplicates --in features.npz --threshold 0.95 --json
      """)

  @Argument(
    help: ArgumentHelp(
      "Photos and folders, or '-' for a list of paths on standard input.", valueName: "path"))
  var paths: [String] = []
  @Option(
    name: .customLong("in"),
    help: "Read features from this .npz, .npy or .safetensors file, instead of photos.",
    value: "file")
  var table: String?
  @Option(number: "Least cosine of near-duplicates, above 0 and at most 1.")
  var threshold = DuplicateGroups.standardThreshold
  @OptionGroup var picture: SheetOptions
  @Option(
    help: """
      Also write the paths of the duplicates to delete, one per line, and replace an existing file.
      """, value: "file")
  var deleteList: String?
  @Option(
    help: """
      Move the duplicates into FOLDER/duplicates instead of listing them; 'sh FOLDER/undo.sh' \
      moves them back.
      """, value: "folder")
  var moveTo: String?
  @Flag(help: "Print one JSON object: photos, compared, threshold, groups, folders and skipped.")
  var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false
  @OptionGroup var options: FeatureOptions

  func validate() throws {
    guard threshold > 0, threshold <= 1 else {
      throw ValidationError("--threshold is \(threshold); it must be above 0 and at most 1")
    }
    try check(paths: paths)
    guard paths.isEmpty == (table != nil) else {
      throw ValidationError("name either photos, or a file of features with --in")
    }
    if table != nil, options.isGiven || picture.sheet == nil && options.isDecodingGiven {
      throw ValidationError(
        "--in already has features; leave out --model, --weights, --stage and other options for photos"
      )
    }
    if deleteList == "" || deleteList == "-" { throw ValidationError("--delete-list needs a file") }
    try check(deleteList, "--delete-list", isNoFolder: "delete.txt")
    if table != nil, deleteList != nil {
      throw ValidationError(
        "--delete-list needs photos instead of --in, whose photos may have changed since")
    }
    try check(deleteList, "--delete-list", differsFrom: picture.sheet, "--sheet")
    try checkMove()
  }

  func run() throws {
    let given = try self.table.map { try FeatureTable(contentsOf: $0) }
    let (paths, photo) = try namedPaths(paths)
    guard photo == nil else {
      throw CommandError(
        "standard input is a picture, not a list of paths; name its file as an argument instead")
    }
    try checkMove(isOutside: paths)
    let (photos, linked, skipped) = given == nil ? differentPhotos(at: paths) : ([], [], [])
    func inputs() throws -> [String] {
      try options.network.source().files + photos.map(\.path) + [self.table].compactMap(\.self)
        + (given.map { Array($0.names) } ?? [])
    }
    var drawing = try picture.open(
      besides: inputs(),
      decoding: options.decoding.options, pool: options.network.processors.pool())
    try check(deleteList, "--delete-list", replacesNoneOf: inputs())
    // Open the file before the network runs, so that an unwritable path fails early.
    var list = try deleteList.map { try OutputFile(path: $0) }
    var (table, small, hasFailed) = (given, FeatureMatrix?.none, false)
    if given == nil {
      let features = try options.photoFeatures(
        normalizes: true, smallResolution: DuplicateGroups.smallResolution)
      let found = try features.table(of: photos, at: self.paths, quiet: quiet)
      (table, small) = (found.table, found.small)
      hasFailed = found.table.rows.count < photos.count
      if hasFailed, found.table.rows.count == 0 {
        throw CommandError(
          "no photo has features, so there is nothing to compare", kind: "allBroken")
      }
    }
    guard let table else { preconditionFailure("neither a file of features nor photos") }
    // Comparing all pairs may take minutes, and no output file has its name yet.
    Interruption.endAtOnce(saying: Interruption.noUnfinishedFiles)
    let groups = try grouped(table, small, named: NamedFolders(paths))
    try show(groups, of: table, skipped)
    if groups.photos.isEmpty, let sheet = picture.sheet {
      StandardError.note("there are no duplicates, so \(sheet) was not written")
    } else {
      try picture.draw(groups.sheetRows, "groups", on: &drawing)
    }
    if let moveTo {
      if try !move(DeleteList(groups, linked: linked), to: moveTo) { hasFailed = true }
    } else if deleteList != nil {
      let deletable = DeleteList(groups, linked: linked)
      try deletable.write(to: &list)
      if !deletable.brokenPaths.isEmpty { hasFailed = true }
      if let deleteList, !quiet {
        tellFolders(groups.folders(duplicates: deletable.paths), "photos to delete", groups.reason)
        StandardError.write(deletable.advice(file: deleteList))
      }
    } else if !quiet {
      tellFolders(groups.folders(), "duplicates", groups.reason)
      if !json, given == nil, !groups.photos.isEmpty {
        // Standard input cannot be read again.
        if picture.sheet == nil, !self.paths.contains("-") {
          StandardError.write("\(SheetOptions.advice)\n")
        }
        StandardError.write(
          "to move the duplicates away: --move-to FOLDER; to delete them, write a list of them "
            + "with --delete-list delete.txt\n")
      }
    }
    if hasFailed { throw ExitCode.failure }
  }

  /// Returns the photos at the paths, each file once, and the files that are at several places:
  /// those with hard links, and the targets of links. `skipped` has the files that are not photos.
  private func differentPhotos(
    at paths: [String]
  ) -> ([FoundPhoto], linked: Set<FileStatus.Identity>, skipped: [JSONObject]) {
    var (seen, linked) = ([FileStatus.Identity: String](), Set<FileStatus.Identity>())
    let (photos, skipped) = foundPhotos(at: paths, notesRepeated: false)
    let different = photos.filter { photo in
      guard let file = FileStatus(photo.path)?.identity else { return true }
      guard let first = seen[file] else {
        seen[file] = photo.path
        return true
      }
      if place(first) != place(photo.path) { linked.insert(file) }
      return false
    }
    let repeated = photos.count - different.count
    if repeated > 0 {
      StandardError.note(
        "\(repeated.counted("path leads", "paths lead")) to a photo that another path already names"
      )
    }
    return (different, linked, skipped)
  }

  /// Compares all pairs, and prints a summary.
  private func grouped(
    _ table: FeatureTable, _ small: FeatureMatrix?, named: NamedFolders
  ) throws -> DuplicatePhotos {
    let clock = ContinuousClock()
    let start = clock.now
    let progress = ProgressLine("million pairs", isQuiet: quiet)
    let million = 1_000_000
    let groups = try DuplicatePhotos(
      table, small, named: named, threshold: threshold,
      appliesOrientation: options.decoding.options.appliesOrientation,
      pool: options.network.processors.pool()
    ) { done, total in
      // Fewer pairs take no time.
      if total >= million { progress.update(done / million, of: total / million) }
    }
    let others = table.rows.count - groups.compared
    guard !quiet else { return groups }
    StandardError.write(
      "\(groups.summary) (compared in \(((clock.now - start) / .seconds(1)).formatted(digits: 1)) s)\n"
    )
    // Photos of a network with a smaller input are also compared at one resolution only.
    let resolution = table.description?.resolution
    if self.table != nil, (resolution ?? .max) >= 2 * DuplicateGroups.smallResolution {
      StandardError.note(
        "\(table.source) has features at \(resolution.map { "\($0) pixels" } ?? "one resolution") "
          + "only, so small copies are missed; to find them, name the photos instead of --in")
    }
    if groups.unknownSizes > 0 {
      StandardError.note(
        "the sizes of \(groups.unknownSizes.counted("photo", "photos")) are unknown, since "
          + "\(groups.unknownSizes == 1 ? "it" : "they") cannot be read here")
    }
    if others > 0 {
      StandardError.report(
        "\(table.source): \(others.counted("row was", "rows were")) skipped: all zeros or not "
          + "finite")
    }
    return groups
  }

  /// Prints the numbers of photos by folder, and the reason for the photos to keep, if folders
  /// differ.
  private func tellFolders(_ folders: DuplicateFolders, _ noun: String, _ reason: String?) {
    for line in [reason, folders.line(noun)].compactMap(\.self) { StandardError.write("\(line)\n") }
  }

  private func show(
    _ groups: DuplicatePhotos, of table: FeatureTable, _ skipped: [JSONObject]
  ) throws {
    guard json else { return try StandardOutput.print(groups.lines) }
    try StandardOutput.print(object: [
      "photos": table.rows.count, "compared": groups.compared, "threshold": threshold,
      "groups": groups.json, "folders": groups.folders().json, "skipped": skipped,
    ])
  }
}
