import ArgumentParser
import EfficientNetSystem
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports

struct DuplicatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Find near-duplicate photos: resized, compressed again or slightly cropped.",
    discussion: """
      Compares the features of all pairs of photos by their cosine. Two photos are in the same \
      group if their cosine is at least --threshold, or if a chain of such pairs connects them. \
      Each group is printed with the cosine of every photo to the group's first.

      Features are computed from photos, or read with --in from a file of 'effnet embed'. \
      Without --model and --weights, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet duplicates holiday/
        effnet duplicates holiday/ --sheet groups.png
        effnet duplicates --in features.npz --threshold 0.95 --json
      """)

  @Argument(
    help: ArgumentHelp("Photos and folders, or '-' for standard input.", valueName: "path"))
  var paths: [String] = []
  @Option(
    name: .customLong("in"),
    help: "Read features from this .npz, .npy or .safetensors file, instead of photos.",
    value: "file")
  var table: String?
  @Option(number: "Least cosine of near-duplicates, above 0 and at most 1.")
  var threshold = DuplicateGroups.standardThreshold
  @OptionGroup var picture: SheetOptions
  @Flag(help: "Print one JSON object: photos, compared, threshold and groups.")
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
  }

  func run() throws {
    let given = try self.table.map { try FeatureTable(contentsOf: $0) }
    let photos = given == nil ? try differentPhotos() : []
    var drawing = try picture.open(
      besides: options.network.source().files + photos.map(\.path)
        + [self.table].compactMap(\.self) + (given.map { Array($0.names) } ?? []),
      decoding: options.decoding.options, pool: options.network.processors.pool())
    let (table, hasFailed) =
      if let given { (given, hasFailed: false) } else { try rows(of: photos) }
    // Comparing all pairs may take minutes, and there is no output file yet.
    Interruption.endAtOnce()
    let groups = grouped(table)
    try show(groups, table)
    let rows = groups.groups.enumerated().map { number, group in
      PhotoSheet.Row(
        heading: "group \(number + 1): \(group.count) photos",
        cells: group.map { (table.names[$0.row], Double($0.cosine).formatted(digits: 4)) })
    }
    try picture.draw(rows, "groups", on: &drawing)
    if hasFailed { throw ExitCode.failure }
  }

  /// Returns the photos at the paths, each file once.
  private func differentPhotos() throws -> [FoundPhoto] {
    var seen: Set<FileStatus.Identity> = []
    let photos = try foundPhotos(paths, notesRepeated: false)
    let different = photos.filter { photo in
      FileStatus(photo.path).map { seen.insert($0.identity).inserted } ?? true
    }
    let repeated = photos.count - different.count
    if repeated > 0 {
      StandardError.note(
        "\(repeated.counted("path leads", "paths lead")) to a photo that another path already names"
      )
    }
    return different
  }

  /// Computes the features of photos. Also returns whether a photo could not be read.
  private func rows(of photos: [FoundPhoto]) throws -> (FeatureTable, hasFailed: Bool) {
    let features = try options.photoFeatures(normalizes: true)
    let progress = ProgressLine("photos", isQuiet: quiet)
    var (names, elements) = ([String](), [Float]())
    try features.forEach(photos) { index, result in
      try progress.check(result)
      progress.update(index + 1, of: photos.count)
      guard let row = try? result.get() else { return }
      names.append(photos[index].path)
      elements += row
    }
    let table = FeatureTable(
      source: "the photos", description: features.extractor.description, names: names,
      rows: FeatureMatrix(dimensions: features.extractor.dimensions, elements: elements))
    return (table, names.count < photos.count)
  }

  /// Compares all pairs, and prints a summary.
  private func grouped(_ table: FeatureTable) -> DuplicateGroups {
    let clock = ContinuousClock()
    let start = clock.now
    let million = 1_000_000
    let progress = ProgressLine("million pairs", isQuiet: quiet)
    let groups = DuplicateGroups(
      of: table.rows, threshold: threshold, pool: options.network.processors.pool()
    ) { done, total in progress.update(done / million, of: total / million) }
    guard !quiet else { return groups }
    let seconds = ((clock.now - start) / .seconds(1)).formatted(digits: 1)
    let photos = groups.groups.reduce(0) { $0 + $1.count }
    StandardError.write(
      "\(groups.compared.counted("photo", "photos")) compared in \(seconds) s: "
        + (photos == 0
          ? "no duplicates\n"
          : "\(groups.groups.count.counted("group", "groups")) with \(photos.grouped) photos\n"))
    let others = table.rows.count - groups.compared
    if others > 0 {
      StandardError.report(
        "\(table.source): \(others.counted("row was", "rows were")) skipped: all zeros or not "
          + "finite")
    }
    return groups
  }

  private func show(_ groups: DuplicateGroups, _ table: FeatureTable) throws {
    if json {
      let members = groups.groups.map { group in
        group.map { member -> JSONObject in
          ["path": table.names[member.row], "row": member.row, "cosine": member.cosine]
        }
      }
      return try StandardOutput.print(object: [
        "photos": table.rows.count, "compared": groups.compared, "threshold": threshold,
        "groups": members,
      ])
    }
    for (number, group) in groups.groups.enumerated() {
      let lines = group.tableLines(
        .right { Double($0.cosine).formatted(digits: 4) }, .left { table.names[$0.row] })
      try StandardOutput.print(["group \(number + 1)"] + lines.map { "  " + $0 })
    }
  }
}
