import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Find the photos most similar to a photo.",
    discussion: """
      Compares each query with all photos of a folder, or with all rows of a file of 'effnet \
      embed', by the cosine of their features: 1 is the same picture, about 0 has nothing in \
      common. A small or blurred copy of the query may have less than other photos: 'effnet \
      duplicates' finds such copies. A line gives the median: half of the photos have at most this \
      number. A query is a photo, or with --row a photo that --among has. Each photo of a folder \
      is a query of its own, with its own list; --together finds the photos that are most similar \
      to all queries. A photo is left out of its own results; copies of its file are marked \
      "identical", and left out with --together.

      The features of a folder are computed once and kept in the folder of downloaded weights; \
      later runs compute only new and changed photos. A file is read once for all queries; its own \
      network computes the features of the queries.

      For a folder without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet similar cat.jpg --among holiday/
        effnet similar cat.jpg --among holiday/ --sheet found.png
        effnet similar new/ --among holiday/ --top 3
        effnet similar birds/ --among holiday/ --together
        effnet similar --row holiday/beach.jpg --among features.npz
      """)

  @Argument(
    help: ArgumentHelp(
      "Query photos and folders of them, or '-' for standard input: a photo, or a list of paths.",
      valueName: "query"))
  var queries: [String] = []
  @Option(
    name: [.customLong("among"), .customLong("in")],
    help: "Search this folder, or this file of features: .npz, .npy or .safetensors.",
    value: "folder|file")
  var among: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Use the photo of this name in --among as a query; may be repeated.", valueName: "name"))
  var row: [String] = []
  @Option(number: "Photos to show per query.") var top = 10
  @Flag(
    help: """
      One list for all queries: the photos most similar to the mean of their features. The number \
      is the cosine after subtracting the mean of all photos in --among.
      """)
  var together = false
  @OptionGroup var picture: SheetOptions
  @Flag(
    help: """
      Print one JSON object per query: the query, with --together the queries, its matches, the \
      median cosine of all rows, and \
      the number of rows skipped because they contain NaN or infinity; if the query fails, the \
      query, the error and its kind. Before these, a file in a folder that is not a photo, also in \
      the folder of --among, has path, skipped (the reason) and kind.
      """)
  var json = false
  @Flag(help: "Show neither progress nor explanations, nor rows that cannot be compared.")
  var quiet = false
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Option(
    help: """
      Part of the network that makes the features (default: the one that the file names, else \
      global_pool).
      """, value: "name")
  var stage: String?
  @OptionGroup var processors: ThreadOptions
  @OptionGroup var decoding: DecodingArguments

  func validate() throws {
    try check(top, "--top", 1...1_000_000)
    if queries.contains("") { throw ValidationError("a query is empty") }
    guard let among else { throw ValidationError("nothing to search; \(amongAdvice)") }
    if queries.isEmpty, row.isEmpty {
      throw ValidationError("no query given; name a photo, or a row with --row")
    }
    let others = Self.foldersAfterAmong(CommandWords(Array(CommandLine.arguments.dropFirst())))
    if !others.isEmpty, queries.count + row.count > others.count {
      let names = others.map(\.oneLine).joined(separator: " and ")
      throw ValidationError(
        "--among takes one folder, but after \(among.oneLine) comes \(names), which would be a "
          + "query; \(Self.advice(toSearch: [among] + others)); to use it as a query, name it "
          + "before --among")
    }
    if queries.isEmpty, !Folder.exists(among),
      network.model != nil || network.resolution != nil || file.weights != nil
        || file.checkpoint.noEma
        || stage != nil
    {
      throw ValidationError(
        "--row needs no network; leave out --model, --weights, --resolution, --no-ema and --stage")
    }
  }

  func run() throws {
    let queryPhotos = queries.isEmpty ? [] : try foundPhotos(queries, json: json)
    if picture.sheet != nil, queryPhotos.contains(where: { $0.bytes != nil }) {
      throw ValidationError("--sheet needs photos in files, but standard input is a photo")
    }
    let among = try AmongArgument(among ?? "", json: json)
    let pool = processors.pool()
    var drawing = try picture.open(
      besides: queryPhotos.map(\.path) + [network.model, file.weights].compactMap(\.self)
        + among.files,
      decoding: decoding.options, pool: pool)
    let searched = try SearchedPhotos(among, for: self, pool: pool)
    if searched.hasFailed, searched.table.rows.count == 0 {
      throw CommandError(
        "no photo has features, so there is nothing to search", kind: "allBroken")
    }
    var queries = try row.map { try SimilarQuery(row: $0, of: searched.table) }
    var hasFailed = searched.hasFailed
    try searched.forEachQuery(queryPhotos) { photo, result in
      switch result {
      case .success(let features): queries.append(SimilarQuery(photo: photo, features))
      case .failure(let error):
        hasFailed = true
        try report(error, of: photo.path, as: "path")
      }
    }
    let hasFolder = self.queries.contains(where: Folder.exists) && queries.count > 1
    if together, queries.count > 1 {
      for query in queries where !query.features.allSatisfy(\.isFinite) {
        hasFailed = true
        try report(FeaturesError.notFinite(name: query.name), of: query.name)
      }
      queries.removeAll { !$0.features.allSatisfy(\.isFinite) }
      if !queries.isEmpty { queries = [SimilarQuery(together: queries)] }
    }
    Interruption.endAtOnce(saying: Interruption.noUnfinishedFiles)
    let found = try searched.best(top, for: queries)
    if found.notFinite > 0, !quiet {
      StandardError.report(
        "\(searched.table.source): \(found.notFinite.counted("row was", "rows were")) skipped: not "
          + "finite")
    }
    if zip(queries, found.matches).contains(where: {
      $1.isEmpty && $0.features.allSatisfy(\.isFinite)
    }) {
      StandardError.note("--among \(among.path) has no photo to compare besides the query")
    }
    if !quiet, !json, !found.matches.allSatisfy(\.isEmpty) {
      StandardError.write(
        queries.contains { $0.names.count > 1 }
          ? "the number is the cosine similarity after subtracting the mean of all photos; compare "
            + "it only within this list\n"
          : "the number is the similarity: 1 is the same picture, about 0 has nothing in common\n"
            + "small or blurred copies are found by 'effnet duplicates'\n"
            + (Self.typical(found.medians).map { "\($0)\n" } ?? ""))
    }
    var drawn: [PhotoSheet.Row] = []
    for ((query, matches), median) in zip(zip(queries, found.matches), found.medians) {
      guard query.features.allSatisfy(\.isFinite) else {
        hasFailed = true
        try report(FeaturesError.notFinite(name: query.name), of: query.name)
        continue
      }
      let photos = matches.map { match in
        let name = searched.table.names[match.row]
        return Match(
          name: name, row: match.row, cosine: match.cosine,
          isIdentical: query.hasCopy(name))
      }
      try show(photos, of: query, median: median, notFinite: found.notFinite)
      let cells = photos.prefix(PhotoSheet.mostCells - 1).map {
        (path: $0.name, caption: $0.caption)
      }
      let isOne = query.names.count == 1
      drawn.append(
        PhotoSheet.Row(
          heading: query.name,
          note: isOne ? median.map { " · median \($0.formatted(digits: 2))" } ?? "" : "",
          cells: (isOne ? [(path: query.name, caption: "query")] : []) + cells))
    }
    try picture.draw(drawn, "queries", on: &drawing)
    // Standard input cannot be read again, and photos of a file of features may be gone.
    if !quiet, !json, !self.queries.contains("-") {
      if hasFolder, !together {
        StandardError.write(
          "each photo of a folder is a query of its own; for one list of the photos most similar to "
            + "all of them: \(commandLine(adding: ["--together"]))\n")
      }
      if picture.sheet == nil, drawn.contains(where: { $0.cells.count > 1 }), case .folder = among {
        StandardError.write("\(SheetOptions.advice)\n")
      }
    }
    if hasFailed { throw ExitCode.failure }
  }

  private struct Match {
    let name: String
    let row: Int
    let cosine: Float
    /// Whether its file has the same bytes as the query's.
    let isIdentical: Bool

    var number: String { Double(cosine).formatted(digits: 4) }
    var caption: String { isIdentical ? "\(number), identical" : number }
  }

  /// Returns what is typical for queries, such as "half of the photos have at most 0.31: a result
  /// near that is like any photo; no number alone shows a match, so look at the photos"; nil if
  /// there are no medians.
  private static func typical(_ medians: [Double?]) -> String? {
    let medians = medians.compactMap(\.self).sorted()
    guard !medians.isEmpty else { return nil }
    let median = medians[(medians.count - 1) / 2].formatted(digits: 2)
    return (medians.count > 1 ? "for a typical query, " : "")
      + "half of the photos have at most \(median): a result near that is like any photo; no "
      + "number alone shows a match, so look at the photos"
  }

  private func show(
    _ matches: [Match], of query: SimilarQuery, median: Double?, notFinite: Int
  ) throws {
    if json {
      let ranked = matches.enumerated().map { index, match -> JSONObject in
        [
          "rank": index + 1, "row": match.row, "name": match.name, "cosine": match.cosine,
          "identical": match.isIdentical,
        ]
      }
      return try StandardOutput.print(object: [
        "query": query.name, "queries": query.names.count > 1 ? query.names : nil,
        "matches": ranked, "median": median, "notFinite": notFinite,
      ])
    }
    let lines = matches.enumerated().tableLines(
      .right { "\($0.offset + 1)" }, .right { $0.element.number }, .left { $0.element.name },
      .left { $0.element.isIdentical ? "identical" : "" })
    try StandardOutput.print([query.name.oneLine] + lines.map { "  " + $0 })
  }

  private func report(_ error: any Error, of name: String, as key: String = "query") throws {
    let text = StandardError.text(of: error)
    StandardError.report(text)
    if json {
      try StandardOutput.print(object: [key: name, "error": text, "kind": error.kind])
    }
  }
}
