internal import EfficientNet
internal import EfficientNetFormats
internal import EfficientNetSystem

extension HubRepository {
  /// Downloads the configuration and the weights into the cache, unless the cache has them.
  ///
  /// After an interruption, such as a killed process, the next call resumes from the bytes already
  /// downloaded. The cache lists a repository only when it is complete.
  ///
  /// - Parameters:
  ///   - cache: The cache; ``ModelCache/standard`` by default.
  ///   - endpoint: The server; ``HubEndpoint/standard()`` by default.
  ///   - force: Whether to download files again that the cache has.
  ///   - isCancelled: Called at least ten times a second; the download stops with
  ///     ``HubError/cancelled(file:)`` once it returns true.
  ///   - report: Receives one short line per step.
  ///   - progress: Receives the number of bytes after every piece.
  /// - Returns: The downloaded files.
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

  /// Downloads the configuration and the weights on a separate thread, unless the cache has them.
  ///
  /// Otherwise this method is the same as
  /// ``pull(into:from:force:isCancelled:report:progress:)``. A second download of the same
  /// repository at the same time throws ``HubError/inUse(folder:)``.
  ///
  /// - Parameters:
  ///   - cache: The cache; ``ModelCache/standard`` by default.
  ///   - endpoint: The server; ``HubEndpoint/standard()`` by default.
  ///   - force: Whether to download files again that the cache has.
  ///   - report: Receives one short line per step, on the download's thread.
  ///   - progress: Receives the number of bytes after every piece, on the download's thread.
  /// - Returns: The downloaded files.
  /// - Throws: ``HubError``, `NoThreadError`, and `CancellationError` if the task is cancelled.
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

  /// Downloads the configuration and the weights with the given client.
  package func pull(
    into cache: ModelCache, by client: HubClient, force: Bool = false
  ) throws(HubError) -> HubSnapshot {
    let folder = cache.folder(of: self)
    if !force {
      if let snapshot = cache.snapshot(of: self) {
        client.report("already in the cache, from \(snapshot.source.endpoint)")
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
    // Another process may have completed the download meanwhile.
    if !force, let snapshot = cache.snapshot(of: self) {
      client.report("already in the cache: another process has downloaded it")
      return snapshot
    }

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
    try checkConfiguration(configuration.path, from: endpoint)
    for name in TimmConfiguration.weightNames {
      // Use the same commit, in case the branch moves meanwhile.
      let commit = configuration.commit ?? revision
      guard let weights = try download(name, commit, client.weightsLimit) else { continue }
      let source = HubSource(
        endpoint: endpoint.url, repository: id, revision: revision, commit: configuration.commit,
        configuration: configuration.source, weights: weights.source)
      try HubError.onFiles { () throws(FileError) in
        try Self.install(source, [configuration.path, weights.path], in: folder)
      }
      guard let snapshot = cache.snapshot(of: self) else {
        throw .file(FileError(path: folder, reason: "changed during the download; pull again"))
      }
      return snapshot
    }
    throw .noWeights(repository: description, site: endpoint.site)
  }

  /// Checks the configuration, so that an unsupported network is an error before the weights are
  /// downloaded.
  private func checkConfiguration(
    _ path: String, from endpoint: HubEndpoint
  ) throws(HubError) {
    do {
      let bytes = try FileContents.read(path, limit: TimmConfiguration.maximumSize)
      // A JSON file starts with a brace; a page of HTML with "<".
      if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "<") {
        throw HubError.failed(
          download: TimmConfiguration.fileName,
          message: "\(endpoint.site) answers with a web page; is it the login page of a network? "
            + "Log in with a browser, or set HF_ENDPOINT to another server")
      }
      _ = try TimmConfiguration(json: bytes, file: "\(self) \(TimmConfiguration.fileName)")
        .description(provenance: "")
    } catch {
      removeFile(path)
      if let error = error as? HubError { throw error }
      if let error = error as? TimmConfigurationError { throw .configuration(error) }
      throw .file(error as? FileError ?? FileError(path: path, reason: "\(error)"))
    }
  }

  /// Renames the files to their final names and writes source.json last; without source.json the
  /// folder is not a snapshot.
  ///
  /// After an interruption in between, the next pull recognizes the files by their digests.
  private static func install(
    _ source: HubSource, _ paths: [String], in folder: String
  ) throws(FileError) {
    let sourcePath = "\(folder)/\(HubSource.fileName)"
    removeFile(sourcePath)
    for (path, file) in zip(paths, [source.configuration, source.weights]) {
      try moveFile(path, to: "\(folder)/\(file.name)")
    }
    // Remove the weights and partial files of an earlier commit.
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

/// The progress of the download of one file.
public struct HubProgress: Hashable, Sendable {
  /// The file's name, such as "model.safetensors".
  public let file: String
  /// The number of bytes downloaded so far.
  public let received: Int
  /// The size of the file in bytes, or nil if the server did not announce it.
  public let total: Int?
}
