import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// A query of `effnet similar`: a photo, a row, or several of them together.
struct SimilarQuery {
  /// The path of the photo, or the name of the row.
  let name: String
  /// The paths and names of all photos and rows of the query.
  let names: [String]
  let features: [Float]
  /// The rows of queries with --row.
  private let rows: Set<Int>
  /// The features of several photos together, whose copies are no results, either.
  private var copies: Set<[Float]> = []
  /// The query's files, which are no results of it.
  private let files: Set<FileStatus.Identity>
  /// The bytes of the photo "-" on standard input; nil without one.
  private let standardInput: [UInt8]?

  init(photo: FoundPhoto, _ features: [Float]) {
    (name, names, rows, self.features) = (photo.path, [photo.path], [], features)
    standardInput = photo.bytes
    let file = standardInput == nil ? FileStatus(photo.path) : nil
    files = Set([file?.identity].compactMap(\.self))
  }

  /// Makes one query of several: the mean of their features, each of length 1.
  init(together queries: [SimilarQuery]) {
    names = queries.flatMap(\.names)
    name = "\(queries.count.counted("photo", "photos")) together"
    copies = Set(queries.map(\.features))
    rows = queries.reduce(into: []) { $0.formUnion($1.rows) }
    files = queries.reduce(into: []) { $0.formUnion($1.files) }
    standardInput = queries.lazy.compactMap(\.standardInput).first
    let sum = queries.map(\.features.normalized).reduce([]) { sum, row in
      sum.isEmpty ? row : zip(sum, row).map { $0 + $1 }
    }
    features = sum.map { $0 / Float(queries.count) }
  }

  /// - Throws: `FeaturesError` if the table has no such row.
  init(row name: String, of table: FeatureTable) throws {
    let row = try table.row(named: name)
    (self.name, names, rows, features) = (name, [name], [row], table.rows[row])
    standardInput = nil
    files = Set([FileStatus(name)?.identity].compactMap(\.self))
  }

  /// Whether a row is the query itself, possibly by another path to its file, or a copy of one of
  /// several photos together.
  func isRow(_ row: Int, of table: FeatureTable) -> Bool {
    if rows.contains(row) || !copies.isEmpty && copies.contains(table.rows[row]) { return true }
    guard !files.isEmpty, let file = FileStatus(table.names[row])?.identity else { return false }
    return files.contains(file)
  }

  /// Whether a file has the same bytes as a photo of the query.
  func hasCopy(_ path: String) -> Bool {
    names.contains { name in
      guard name == "-", let standardInput else { return FileContents.areEqual(path, name) }
      return (try? FileContents.read(path, limit: standardInput.count)) == standardInput
    }
  }
}

/// The argument of --among.
enum AmongArgument {
  case folder(String, photos: [FoundPhoto])
  case file(FeatureTable)

  /// Finds the photos of a folder, or opens a file of features.
  ///
  /// - Parameter json: Whether to print an object for each file that is not a photo.
  init(_ path: String, json: Bool) throws {
    if Folder.exists(path) {
      self = .folder(path, photos: try foundPhotos([path], json: json))
    } else if FileStatus(path) == nil {
      throw FileError(path: path, reason: "there is no such folder or file of features")
    } else if PhotoFinder.isPhotoName(path) {
      throw ValidationError(
        "--among is \(path), which is a photo; name a folder of photos, or a file of features")
    } else {
      self = .file(try FeatureTable(contentsOf: path))
    }
  }

  /// The folder, or the file of features.
  var path: String {
    switch self {
    case .folder(let path, _): path
    case .file(let table): table.source
    }
  }

  /// The files that are read: photos, and the file of features.
  var files: [String] {
    switch self {
    case .folder(_, let photos): photos.map(\.path)
    case .file(let table): [table.source] + Array(table.names)
    }
  }
}

/// The photos that `effnet similar` searches, and the network that makes the queries' features.
struct SearchedPhotos {
  let table: FeatureTable
  let pool: ThreadPool
  /// Whether a photo of the folder could not be read.
  private(set) var hasFailed = false
  /// Nil if all queries are rows.
  private let features: PhotoFeatures?
  private let quiet: Bool
  /// The rows of a folder's photos, which need not be computed again as queries.
  private var rows: [FileStatus.Identity: Int] = [:]

  /// Computes the features of a folder's photos, and loads the network for the queries.
  init(_ among: AmongArgument, for command: SimilarCommand, pool: ThreadPool) throws {
    (self.pool, quiet) = (pool, command.quiet)
    switch among {
    case .file(let table):
      self.table = table
      features = command.queries.isEmpty ? nil : try Self.features(command, for: table, pool: pool)
    case .folder(let path, let photos):
      let features = try Self.features(command, pool: pool)
      let found = try features.table(of: photos, at: [path], quiet: command.quiet)
      (table, self.features) = (found.table, features)
      hasFailed = table.rows.count < photos.count
      for (row, name) in table.names.enumerated() {
        if let status = FileStatus(name) { rows[status.identity] = row }
      }
    }
  }

  /// Calls `report` with the features of each photo or its error, in order.
  func forEachQuery(
    _ photos: [FoundPhoto], _ report: (FoundPhoto, Result<[Float], any Error>) throws -> Void
  ) throws {
    guard let features else { return }
    var results = photos.map { photo -> Result<[Float], any Error>? in
      (photo.bytes == nil ? FileStatus(photo.path) : nil)
        .flatMap { rows[$0.identity] }.map { .success(table.rows[$0]) }
    }
    let others = photos.indices.filter { results[$0] == nil }
    let progress = ProgressLine("queries", isQuiet: quiet)
    try features.forEach(others.map { photos[$0] }) { number, result in
      if let interruption = Interruption.current {
        throw interruption.saying(
          "stopped; the next run reuses the features of the searched photos")
      }
      progress.update(number + 1, of: others.count)
      results[others[number]] = result.naming(
        photo: photos[others[number]].path, network: features.extractor.source)
    }
    for case (let photo, let result?) in zip(photos, results) { try report(photo, result) }
  }

  /// Returns the rows most similar to each query, without the query itself. For several photos
  /// together, copies of them are left out, too, and the mean of all rows is subtracted before the
  /// comparison.
  ///
  /// Also returns the median cosine of each query with all rows, and the number of rows that were
  /// skipped because they have NaN or infinity.
  func best(
    _ top: Int, for queries: [SimilarQuery]
  ) throws -> (matches: [[SimilaritySearch.Match]], medians: [Double?], notFinite: Int) {
    let search = SimilaritySearch(table.rows, pool: pool)
    let mean = queries.contains { $0.names.count > 1 } ? search.mean() : nil
    // A photo is usually in the table once; if it has more paths there, search again.
    var limit = top + 1
    while true {
      let features = queries.map(\.features)
      let found =
        try mean.map { try search.results(limit, for: features, subtracting: $0) }
        ?? search.results(limit, for: features)
      let others = zip(queries, found.matches).map { query, matches in
        matches.filter { !query.isRow($0.row, of: table) }
      }
      let isComplete = zip(others, found.matches).allSatisfy { others, matches in
        others.count >= top || matches.count < limit
      }
      if isComplete {
        return (others.map { Array($0.prefix(top)) }, found.medians, found.notFinite)
      }
      limit *= 2
    }
  }

  /// Loads the network for a folder.
  private static func features(
    _ command: SimilarCommand, pool: ThreadPool
  ) throws -> PhotoFeatures {
    let model = try ModelSource(command.network, command.file).load(needsClassifier: false)
    let extractor = try checkingStage {
      try FeatureExtractor(
        model, stage: command.stage ?? FeatureExtractor.pooled, normalizes: true, pool: pool)
    }
    return PhotoFeatures(extractor, decoding: command.decoding.options)
  }

  /// Loads the network that made the rows of a file.
  private static func features(
    _ command: SimilarCommand, for table: FeatureTable, pool: ThreadPool
  ) throws -> PhotoFeatures {
    let file = table.source
    var source = try ModelSource(command.network, command.file)
    if source.name == nil, source.weights == nil {
      guard let description = table.description else {
        throw ValidationError(
          "\(file) does not name the network that made it; name it with --model, and --stage"
        )
      }
      if let weights = description.weightFile, FileStatus(weights) == nil {
        throw FileError(
          path: weights,
          reason:
            "the weights that made the rows of \(file) are missing; name them with --model")
      }
      source = try ModelSource(
        network: description.modelOption, weights: description.weightFile,
        resolution: source.resolution, prefersEMA: source.prefersEMA)
    }
    source.resolution = source.resolution ?? table.description?.resolution
    let model = try source.load(needsClassifier: false)
    if let made = table.description?.stage, let stage = command.stage, stage != made {
      throw ValidationError("--stage is \(stage), but the rows of \(file) are of \(made)")
    }
    let extractor = try checkingStage {
      try FeatureExtractor(
        model,
        stage: table.description?.stage ?? command.stage ?? FeatureExtractor.pooled, pool: pool,
        precision: table.description?.precision ?? .float32)
    }
    let title = source.title ?? extractor.description.model
    if let description = table.description, !extractor.description.isComparable(with: description) {
      throw FeaturesError.incomparable(
        first: file, second: "photos",
        reason: "\(description.model) made its rows with other weights, resolution or "
          + "preprocessing than \(title) has now; name them with --model, "
          + "--no-ema and --resolution")
    }
    guard extractor.dimensions == table.rows.dimensions else {
      throw FeaturesError.dimensions(
        first: file, count: table.rows.dimensions, second: title, other: extractor.dimensions)
    }
    return PhotoFeatures(extractor, decoding: command.decoding.options)
  }
}
