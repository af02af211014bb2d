import ArgumentParser
import EfficientNetSystem
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports

struct DuplicatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract:
      "Find photos that are nearly the same: resized, compressed again, cropped a little.",
    discussion: """
      All pairs are compared by the cosine of their features. Photos with at least --threshold are in one group, and so are \
      those between which there is a chain of such pairs. A group is printed with the cosine of each photo with its first.

      The features are made of the photos that the paths name, or come from a file of 'effnet embed' with --in.

      Examples:
        effnet duplicates holiday/
        effnet duplicates holiday/ --sheet groups.png
        effnet duplicates --in features.npz --threshold 0.95 --json
      """)

  @Argument(help: ArgumentHelp("Files and folders, or '-'.", valueName: "path"))
  var paths: [String] = []
  @Option(
    name: .customLong("in"),
    help: "Features in place of photos: a .npz, .npy or .safetensors file.", value: "file")
  var table: String?
  @Option(number: "The least cosine of photos that are nearly the same, above 0 to 1.")
  var threshold = DuplicateGroups.standardThreshold
  @OptionGroup var options: FeatureOptions
  @OptionGroup var picture: SheetOptions
  @Flag(help: "Print one JSON object: photos, how many were compared, threshold and groups.")
  var json = false
  @Flag(help: "No progress and no summary.") var quiet = false

  func validate() throws {
    guard threshold > 0, threshold <= 1 else {
      throw ValidationError("--threshold is \(threshold); it may be above 0 to 1")
    }
    try check(paths: paths)
    guard paths.isEmpty == (table != nil) else {
      throw ValidationError("name photos, or a file of features with --in")
    }
    if table != nil, options.isGiven || picture.sheet == nil && options.isDecodingGiven {
      throw ValidationError(
        "--in has features already: --model, --weights, --stage and the like are for photos")
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
    // All pairs may take minutes, and nothing is left behind.
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

  /// The photos that the paths name, each file once.
  private func differentPhotos() throws -> [FoundPhoto] {
    var seen: Set<FileStatus.Identity> = []
    let photos = try foundPhotos(paths, notesRepeated: false)
    let different = photos.filter { photo in
      FileStatus(photo.path).map { seen.insert($0.identity).inserted } ?? true
    }
    let repeated = photos.count - different.count
    if repeated > 0 {
      StandardError.note(
        "\(repeated.counted("path leads", "paths lead")) to a photo that is compared already")
    }
    return different
  }

  /// The features of photos, and whether one could not be read.
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

  /// Compares all pairs, and says how many there were.
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
        + "\(groups.groups.count.counted("group", "groups")) of \(photos.grouped)\n")
    let others = table.rows.count - groups.compared
    if others > 0 {
      StandardError.report(
        "\(table.source): \(others.counted("row was", "rows were")) passed over, being all zeros or "
          + "not finite numbers")
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
