import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import FoundationEssentials

struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Find the photos most similar to one, among features of 'effnet embed'.",
    discussion: """
      Every row is compared by cosine; the file is mapped, not read into memory. A query is a photo, which goes through the \
      network that made the file, or with --row a row of the file itself, which is then left out of its results. Several \
      queries take one pass.

      Examples:
        effnet similar cat.jpg --in features.npz
        effnet similar cat.jpg --in features.npz --sheet found.png
        effnet similar --row holiday/beach.jpg --in features.safetensors --top 20 --json
      """)

  @Argument(help: ArgumentHelp("Photos to look for.", valueName: "query"))
  var queries: [String] = []
  @Option(
    name: .customLong("in"),
    help: ArgumentHelp("The features: a .npz, .npy or .safetensors file.", valueName: "file"))
  var table: String
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The name of a row to look for, as it is in the file; may be repeated.", valueName: "name"))
  var row: [String] = []
  @Option(parsing: .unconditional, help: "Rows to show for a query.") var top = 10
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Option(
    help: ArgumentHelp(
      "The part of the network that made the rows, for files that do not say it.",
      valueName: "name"))
  var stage: String?
  @OptionGroup var decoding: DecodingArguments
  @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Draw the queries and what was found: a PNG or JPEG picture of the first 100 queries, up to 23 photos each.",
      valueName: "file"))
  var sheet: String?
  @Flag(
    help:
      "Print one JSON object a query: query, matches and rows that are not finite, or query and error."
  )
  var json = false
  @Flag(help: "No messages about rows that cannot be compared.") var quiet = false

  func validate() throws {
    try NetworkOptions.check(top, "--top", 1...1_000_000)
    try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
    if queries.isEmpty, row.isEmpty {
      throw ValidationError("name a photo to look for, or a row with --row")
    }
    if queries.isEmpty,
      network.model != nil || network.resolution != nil || file.weights != nil || file.noEma
        || stage != nil
    {
      throw ValidationError("rows of the file need no network: leave out its options")
    }
    try PhotoSheet.check(sheet)
    if queries.contains("") { throw ValidationError("a query is empty") }
  }

  func run() throws {
    Interruption.endAtOnce()
    let table = try FeatureTable(contentsOf: table)
    let pool = ThreadPool.started(threads: threads)
    let results = SimilarityResults(json: json)
    var drawing: PhotoSheet?
    if let sheet {
      drawing = try PhotoSheet(
        path: sheet,
        besides: self.queries + [self.table] + [network.model, file.weights].compactMap(\.self)
          + Array(table.names),
        decoding: decoding.options, pool: pool)
    }
    var queries: [SimilarityQuery] = []
    for name in row {
      let number = try table.row(named: name)
      queries.append(SimilarityQuery(name: name, row: number, features: table.rows[number]))
    }
    var hasFailed = false
    if !self.queries.isEmpty {
      let extractor = try extractor(for: table, pool: pool)
      for path in self.queries {
        do {
          let photo = try PixelBuffer(contentsOf: path, options: decoding.options)
          queries.append(
            SimilarityQuery(name: path, row: nil, features: extractor.features(of: photo)))
        } catch {
          hasFailed = true
          StandardError.report("\(error)")
          try results.print(failure: error, of: path)
        }
      }
    }
    // A row of the file finds itself, too.
    let limit = top + (row.isEmpty ? 0 : 1)
    let found = SimilaritySearch(table.rows, pool: pool).results(
      limit, for: queries.map(\.features))
    if found.notFinite > 0, !quiet {
      StandardError.report(
        "\(self.table): \(found.notFinite.counted("row was", "rows were")) passed over, being not "
          + "finite numbers")
    }
    var drawn: [PhotoSheet.Row] = []
    for (query, matches) in zip(queries, found.matches) {
      guard query.features.allSatisfy(\.isFinite) else {
        hasFailed = true
        let error = NotFiniteQuery(name: query.name)
        StandardError.report("\(error)")
        try results.print(failure: error, of: query.name)
        continue
      }
      let others = matches.filter { $0.row != query.row }
      try results.print(
        Array(others.prefix(top)), of: query, in: table, notFinite: found.notFinite)
      drawn.append(PhotoSheet.Row(query, others.prefix(top), in: table))
    }
    try drawing?.write(drawn, noun: "queries")
    if hasFailed { throw ExitCode.failure }
  }

  /// The network that made the rows.
  private func extractor(for table: FeatureTable, pool: ThreadPool) throws -> FeatureExtractor {
    let isNamed = network.model != nil || file.weights != nil
    var model: Model
    if isNamed {
      model = try NetworkOptions.model(network, file, needsClassifier: false)
    } else if let description = table.description {
      if let weights = description.weightFile, !isSameFile(weights, weights) {
        throw FileError(
          path: weights,
          reason: "it made the rows of \(self.table) and is not here; name it with --weights")
      }
      var arguments = file.noEma ? ["--no-ema"] : []
      if let model = description.modelOption { arguments += ["--model", model] }
      if let weights = description.weightFile { arguments += ["--weights", weights] }
      model = try NetworkOptions.parse(arguments).model(needsClassifier: false)
    } else {
      throw ValidationError(
        "\(self.table) does not say which network made it: name it with --model or --weights, and a --stage"
      )
    }
    if let resolution = network.resolution ?? table.description?.resolution {
      model = try model.withResolution(resolution)
    }
    if let made = table.description?.stage, let stage, stage != made {
      throw ValidationError("--stage is \(stage); the rows of \(self.table) are of \(made)")
    }
    let extractor: FeatureExtractor
    do {
      extractor = try FeatureExtractor(
        model, stage: table.description?.stage ?? stage ?? FeatureExtractor.pooled, pool: pool,
        precision: table.description?.precision ?? .float32)
    } catch let error as UnknownStage {
      throw ValidationError("--stage: \(error)")
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
}

extension PhotoSheet.Row {
  /// A query and what was found.
  init(
    _ query: SimilarityQuery, _ matches: ArraySlice<SimilaritySearch.Match>,
    in table: FeatureTable
  ) {
    heading = query.name
    cells = [PhotoSheet.Cell(path: query.name, caption: "query")]
    cells += matches.prefix(PhotoSheet.mostCells - 1).map {
      PhotoSheet.Cell(
        path: table.names[$0.row], caption: Double($0.cosine).formatted(digits: 4))
    }
  }
}

/// A query cannot be compared with anything.
private struct NotFiniteQuery: Error, CustomStringConvertible {
  let name: String
  var description: String { "\(name): its features are not finite numbers" }
}

/// What is looked for.
struct SimilarityQuery {
  let name: String
  /// Its row, if it is one of the table.
  let row: Int?
  let features: [Float]
}

/// Shows what was found.
struct SimilarityResults {
  let json: Bool

  private struct Line: Encodable {
    struct Match: Encodable {
      let rank: Int
      let row: Int
      let name: String
      let cosine: Float
    }
    let query: String
    var matches: [Match]?
    var notFinite: Int?
    var error: String?

    private enum CodingKeys: String, CodingKey {
      case query, matches, error
      case notFinite = "not_finite"
    }
  }

  func print(
    _ matches: [SimilaritySearch.Match], of query: SimilarityQuery, in table: FeatureTable,
    notFinite: Int
  ) throws {
    if json {
      let matches = matches.enumerated().map { place, match in
        Line.Match(
          rank: place + 1, row: match.row, name: table.names[match.row], cosine: match.cosine)
      }
      return try print(Line(query: query.name, matches: matches, notFinite: notFinite))
    }
    var lines = TextTable([.right, .right, .left])
    for (place, match) in matches.enumerated() {
      lines.add(
        "\(place + 1)", Double(match.cosine).formatted(digits: 4), table.names[match.row])
    }
    let text = [query.name.oneLine] + lines.lines.map { "  " + $0 }
    try StandardOutput.print(text.joined(separator: "\n"))
  }

  func print(failure: any Error, of query: String) throws {
    if json { try print(Line(query: query, error: "\(failure)")) }
  }

  private func print(_ line: Line) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try StandardOutput.print(String(decoding: encoder.encode(line), as: UTF8.self))
  }
}
