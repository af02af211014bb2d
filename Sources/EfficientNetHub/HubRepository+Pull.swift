internal import EfficientNet
internal import EfficientNetFormats
internal import EfficientNetSystem

extension HubRepository {
  /// Downloads configuration and weights into the cache, unless they are there and whole.
  ///
  /// May be killed at any time: the next call goes on from the bytes that are there, and a snapshot is there only
  /// when all of it is.
  ///
  /// - Parameters:
  ///   - cache: ``ModelCache/standard`` by default.
  ///   - endpoint: The server; what HF_ENDPOINT and HF_TOKEN name by default.
  ///   - force: Download again what is there.
  ///   - isCancelled: Is asked ten times a second or more; once it says yes, the download ends with an error.
  ///   - report: Is told what happens, in a few words.
  ///   - progress: Is told of every piece that came.
  /// - Throws: ``HubError``.
  public func pull(
    into cache: ModelCache? = nil, from endpoint: HubEndpoint? = nil, force: Bool = false,
    isCancelled: @escaping () -> Bool = { false },
    report: @escaping (String) -> Void = { _ in },
    progress: @escaping (HubProgress) -> Void = { _ in }
  ) throws(HubError) -> HubSnapshot {
    var client = HubClient()
    client.endpoint = endpoint
    (client.isCancelled, client.report, client.progress) = (isCancelled, report, progress)
    let cache = if let cache { cache } else { try ModelCache.standard }
    return try pull(into: cache, by: client, force: force)
  }

  /// Downloads as ``pull(into:from:force:isCancelled:report:progress:)``, on a thread of its own. A second download of the
  /// same repository at the same time is an error.
  ///
  /// - Parameters:
  ///   - report: Is told what happens, in a few words, on that thread.
  ///   - progress: Is told of every piece that came, on that thread.
  /// - Throws: ``HubError``, `CancellationError` once the task is cancelled, `NoThreadError`.
  public func pull(
    into cache: ModelCache? = nil, from endpoint: HubEndpoint? = nil, force: Bool = false,
    report: @escaping @Sendable (String) -> Void = { _ in },
    progress: @escaping @Sendable (HubProgress) -> Void = { _ in }
  ) async throws -> HubSnapshot {
    try await JobQueue.detached { job in
      try job.orCancelled {
        try pull(
          into: cache, from: endpoint, force: force, isCancelled: { job.isCancelled },
          report: report, progress: progress)
      }
    }
  }

  /// The same by a client of one's own.
  package func pull(
    into cache: ModelCache, by client: HubClient, force: Bool = false
  ) throws(HubError) -> HubSnapshot {
    let folder = cache.folder(of: self)
    if !force {
      if let snapshot = cache.snapshot(of: self) {
        client.report("is there already, from \(snapshot.source.endpoint)")
        return snapshot
      }
      if FileStatus("\(folder)/\(HubSource.fileName)") != nil {
        client.report("the files in the cache are damaged")
      }
    }
    let lock: FolderLock?
    do {
      try Folder.make(folder)
      lock = try FolderLock(folder)
    } catch { throw .folder(error) }
    guard let lock else { throw .inUse(folder: folder) }
    defer { withExtendedLifetime(lock) {} }
    // Another process may have been faster.
    if !force, let snapshot = cache.snapshot(of: self) { return snapshot }

    let endpoint =
      if let endpoint = client.endpoint { endpoint } else { try HubEndpoint.standard() }
    func download(
      _ name: String, _ revision: String, _ limit: Int
    ) throws(HubError) -> HubDownload.Result? {
      try HubDownload(
        client: client, endpoint: endpoint, repository: self, revision: revision, file: name,
        folder: folder, limit: limit
      ).run(unlessAt: force ? nil : "\(folder)/\(name)")
    }
    let name = TimmConfiguration.fileName
    guard let configuration = try download(name, revision, TimmConfiguration.maximumSize) else {
      throw .noFile(repository: description, file: name, site: endpoint.site)
    }
    try checkConfiguration(configuration.path)
    for name in TimmConfiguration.weightNames {
      // Of the same commit, should the branch move meanwhile.
      let commit = configuration.commit ?? revision
      guard let weights = try download(name, commit, client.weightsLimit) else { continue }
      let source = HubSource(
        endpoint: endpoint.url, repository: id, revision: revision, commit: configuration.commit,
        configuration: configuration.source, weights: weights.source)
      try HubError.onFiles { () throws(FileError) in
        try Self.install(source, [configuration.path, weights.path], in: folder)
      }
      guard let snapshot = cache.snapshot(of: self) else {
        throw .file(FileError(path: folder, reason: "was changed meanwhile; pull again"))
      }
      return snapshot
    }
    throw .noWeights(repository: description, site: endpoint.site)
  }

  /// A configuration of a network that is not known is an error before any weights are downloaded.
  private func checkConfiguration(_ path: String) throws(HubError) {
    do {
      let bytes = try FileContents.read(path, limit: TimmConfiguration.maximumSize)
      _ = try TimmConfiguration(json: bytes, file: "\(self) \(TimmConfiguration.fileName)")
        .description(provenance: "")
    } catch {
      removeFile(path)
      if let error = error as? TimmConfigurationError { throw .configuration(error) }
      throw .file(error as? FileError ?? FileError(path: path, reason: "\(error)"))
    }
  }

  /// Gives the files their names, with source.json last: without it they are no snapshot.
  ///
  /// Killed in between, the files are found by their digests next time.
  private static func install(
    _ source: HubSource, _ paths: [String], in folder: String
  ) throws(FileError) {
    let sourcePath = "\(folder)/\(HubSource.fileName)"
    removeFile(sourcePath)
    for (path, file) in zip(paths, [source.configuration, source.weights]) {
      try moveFile(path, to: "\(folder)/\(file.name)")
    }
    // Of an earlier commit.
    for name in (try? Folder.names(folder)) ?? [] where name != source.weights.name {
      let isPartial =
        name.hasPrefix(HubDownload.partialPrefix) && name.hasSuffix(HubDownload.partialSuffix)
      if isPartial || TimmConfiguration.weightNames.contains(name) {
        removeFile("\(folder)/\(name)")
      }
    }
    guard let json = try? encodedJSON(source, isPretty: true) else {
      preconditionFailure("a source does not encode: \(source)")
    }
    try OutputFile.write(Array("\(json)\n".utf8), to: sourcePath)
  }
}

/// How far the download of one file is.
public struct HubProgress: Hashable, Sendable {
  /// The file's name, for instance "model.safetensors".
  public let file: String
  /// Bytes that are there.
  public let received: Int
  /// Bytes that the file has, if the server said so.
  public let total: Int?
}
