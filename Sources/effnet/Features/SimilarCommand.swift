import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports

struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Find the most similar photos in a file of features.",
    discussion: """
      Compares each query with all rows of a file of 'effnet embed' by their cosine. A query is \
      a photo, which goes through the network that made the file, or with --row a row of the \
      file, which is left out of its own results. Several queries need only one pass over the \
      file, which is memory-mapped.

      Examples:
        effnet similar cat.jpg --in features.npz
        effnet similar cat.jpg --in features.npz --sheet found.png
        effnet similar --row holiday/beach.jpg --in features.npz --top 20
      """)

  @Argument(help: ArgumentHelp("Query photos.", valueName: "query"))
  var queries: [String] = []
  @Option(
    name: .customLong("in"), help: "The file of features: .npz, .npy or .safetensors.",
    value: "file")
  var table: String
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Use the row of this name as a query; may be repeated.", valueName: "name"))
  var row: [String] = []
  @Option(number: "Rows to show per query.") var top = 10
  @OptionGroup var picture: SheetOptions
  @Flag(
    help: """
      Print one JSON object per query: the query, its matches, and the number of rows skipped \
      because they contain NaN or infinity; if the query fails, the query and the error.
      """)
  var json = false
  @Flag(help: "Do not report rows that cannot be compared.") var quiet = false
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Option(
    help: """
      Part of the network that made the rows (default: the one that the file names, else \
      global_pool).
      """, value: "name")
  var stage: String?
  @OptionGroup var processors: ThreadOptions
  @OptionGroup var decoding: DecodingArguments

  func validate() throws {
    try check(top, "--top", 1...1_000_000)
    if queries.isEmpty, row.isEmpty {
      throw ValidationError("no query given; name a photo, or a row with --row")
    }
    if queries.isEmpty,
      network.model != nil || network.resolution != nil || file.weights != nil
        || file.checkpoint.noEma
        || stage != nil
    {
      throw ValidationError(
        "--row needs no network; leave out --model, --weights, --resolution, --no-ema and --stage")
    }
    if queries.contains("") { throw ValidationError("a query is empty") }
  }

  func run() throws {
    Interruption.endAtOnce()
    let table = try FeatureTable(contentsOf: table)
    let pool = processors.pool()
    var drawing = try picture.open(
      besides: self.queries + [self.table] + [network.model, file.weights].compactMap(\.self)
        + Array(table.names),
      decoding: decoding.options, pool: pool)
    // A query of --row also has its row in the table.
    var queries: [(name: String, row: Int?, features: [Float])] = try row.map { name in
      let number = try table.row(named: name)
      return (name, number, table.rows[number])
    }
    var hasFailed = false
    if !self.queries.isEmpty {
      let extractor = try extractor(for: table, pool: pool)
      for path in self.queries {
        do {
          let photo = try PixelBuffer(contentsOf: path, options: decoding.options)
          queries.append((path, nil, try extractor.features(of: photo)))
        } catch {
          hasFailed = true
          try report(StandardError.text(of: error), of: path)
        }
      }
    }
    // A row of the file also finds itself.
    let limit = top + (row.isEmpty ? 0 : 1)
    let found = SimilaritySearch(table.rows, pool: pool).results(
      limit, for: queries.map(\.features))
    if found.notFinite > 0, !quiet {
      StandardError.report(
        "\(self.table): \(found.notFinite.counted("row was", "rows were")) skipped: not "
          + "finite")
    }
    var drawn: [PhotoSheet.Row] = []
    for (query, matches) in zip(queries, found.matches) {
      guard query.features.allSatisfy(\.isFinite) else {
        hasFailed = true
        try report("\(query.name): its features are not finite", of: query.name)
        continue
      }
      let others = matches.filter { $0.row != query.row }.prefix(top).map {
        (name: table.names[$0.row], row: $0.row, cosine: $0.cosine)
      }
      try show(others, of: query.name, notFinite: found.notFinite)
      let cells = others.prefix(PhotoSheet.mostCells - 1).map {
        (path: $0.name, caption: Double($0.cosine).formatted(digits: 4))
      }
      drawn.append(
        PhotoSheet.Row(
          heading: query.name,
          cells: [(path: query.name, caption: "query")] + cells))
    }
    try picture.draw(drawn, "queries", on: &drawing)
    if hasFailed { throw ExitCode.failure }
  }

  /// Loads the network that made the rows.
  private func extractor(for table: FeatureTable, pool: ThreadPool) throws -> FeatureExtractor {
    var source = try ModelSource(network, file)
    if source.name == nil, source.weights == nil {
      guard let description = table.description else {
        throw ValidationError(
          "\(self.table) does not name the network that made it; name it with --model or --weights, and --stage"
        )
      }
      if let weights = description.weightFile, !isSameFile(weights, weights) {
        throw FileError(
          path: weights,
          reason:
            "the weights that made the rows of \(self.table) are missing; name them with --weights")
      }
      (source.name, source.weights) = (description.modelOption, description.weightFile)
    }
    source.resolution = source.resolution ?? table.description?.resolution
    let model = try source.load(needsClassifier: false)
    if let made = table.description?.stage, let stage, stage != made {
      throw ValidationError("--stage is \(stage), but the rows of \(self.table) are of \(made)")
    }
    let extractor = try checkingStage {
      try FeatureExtractor(
        model, stage: table.description?.stage ?? stage ?? FeatureExtractor.pooled, pool: pool,
        precision: table.description?.precision ?? .float32)
    }
    if let description = table.description, !extractor.description.isComparable(with: description) {
      throw FeaturesError.incomparable(
        first: self.table, second: "photos",
        reason: "\(description.model) made its rows with other weights, resolution or "
          + "preprocessing than \(extractor.description.model) has now; name them with --model, "
          + "--weights, --no-ema and --resolution")
    }
    guard extractor.dimensions == table.rows.dimensions else {
      throw FeaturesError.dimensions(
        first: self.table, count: table.rows.dimensions, second: extractor.description.model,
        other: extractor.dimensions)
    }
    return extractor
  }

  private func show(
    _ matches: [(name: String, row: Int, cosine: Float)], of query: String, notFinite: Int
  ) throws {
    if json {
      let ranked = matches.enumerated().map { index, match -> JSONObject in
        ["rank": index + 1, "row": match.row, "name": match.name, "cosine": match.cosine]
      }
      return try StandardOutput.print(object: [
        "query": query, "matches": ranked, "notFinite": notFinite,
      ])
    }
    let lines = matches.enumerated().tableLines(
      .right { "\($0.offset + 1)" }, .right { Double($0.element.cosine).formatted(digits: 4) },
      .left { $0.element.name })
    try StandardOutput.print([query.oneLine] + lines.map { "  " + $0 })
  }

  private func report(_ error: String, of query: String) throws {
    StandardError.report(error)
    if json { try StandardOutput.print(json: ["query": query, "error": error]) }
  }
}
