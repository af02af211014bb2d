internal import EfficientNetSystem
internal import EfficientNetFormats
internal import FoundationEssentials
internal import Glibc

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
    let cache = if let cache { cache } else { try ModelCache.standard }
    return try pull(
      into: cache, from: endpoint, with: Curl(), policy: RetryPolicy(), limits: HubLimits(),
      force: force, isCancelled: isCancelled, report: report, progress: progress)
  }

  /// The same with a curl, a patience and limits of one's own.
  package func pull(
    into cache: ModelCache, from endpoint: HubEndpoint?, with curl: Curl, policy: RetryPolicy,
    limits: HubLimits = HubLimits(), force: Bool = false,
    isCancelled: @escaping () -> Bool = { false },
    report: @escaping (String) -> Void = { _ in },
    progress: @escaping (HubProgress) -> Void = { _ in }
  ) throws(HubError) -> HubSnapshot {
    let folder = cache.folder(of: self)
    if !force {
      if let snapshot = cache.snapshot(of: self) {
        report("is there already, from \(snapshot.source.endpoint)")
        return snapshot
      }
      if FileManager.default.fileExists(atPath: "\(folder)/\(HubSource.fileName)") {
        report("the files in the cache are damaged")
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

    let endpoint = if let endpoint { endpoint } else { try HubEndpoint.standard() }
    let connection = HubConnection(
      endpoint: endpoint, curl: curl, policy: policy, isCancelled: isCancelled, report: report,
      progress: progress)
    func download(_ name: String, _ revision: String, _ limit: Int) -> HubDownload {
      HubDownload(
        connection: connection, repository: self, revision: revision, file: name, folder: folder,
        limit: limit)
    }
    func inPlace(_ name: String) -> String? { force ? nil : "\(folder)/\(name)" }

    let name = TimmConfiguration.fileName
    let site = endpoint.site
    let configuration = download(name, revision, limits.configuration)
    guard let announced = try configuration.announcement() else {
      throw .noFile(repository: description, file: name, site: site)
    }
    let configurationFile = try configuration.run(announced, unlessAt: inPlace(name))
    try Self.checkConfiguration(configurationFile, name: "\(description) \(name)")

    // Of the same commit, should the branch move meanwhile.
    let revision = announced.commit ?? revision
    for name in TimmConfiguration.weightNames {
      let weights = download(name, revision, limits.weights)
      guard let announcedWeights = try weights.announcement() else { continue }
      let weightsFile = try weights.run(announcedWeights, unlessAt: inPlace(name))
      let source = HubSource(
        endpoint: endpoint.url, repository: id, revision: self.revision,
        commit: announced.commit,
        configuration: configurationFile.source, weights: weightsFile.source)
      try HubError.onFiles { () throws(FileError) in
        try Self.install(source, [configurationFile.path, weightsFile.path], in: folder)
      }
      guard let snapshot = cache.snapshot(of: self) else {
        throw .file(FileError(path: folder, reason: "was changed meanwhile; pull again"))
      }
      return snapshot
    }
    throw .noWeights(repository: description, site: site)
  }

  /// A configuration of a network that is not known is an error before any weights are downloaded.
  private static func checkConfiguration(
    _ file: HubDownload.Result, name: String
  ) throws(HubError) {
    do {
      let bytes = try FileContents.read(file.path, limit: TimmConfiguration.maximumSize)
      _ = try TimmConfiguration(json: bytes, file: name).description(provenance: "")
    } catch {
      unlink(file.path)
      if let error = error as? TimmConfigurationError { throw .configuration(error) }
      throw .file(error as? FileError ?? FileError(path: file.path, reason: "\(error)"))
    }
  }

  /// Gives the files their names, with source.json last: without it they are no snapshot.
  ///
  /// Killed in between, the files are found by their digests next time.
  private static func install(
    _ source: HubSource, _ paths: [String], in folder: String
  ) throws(FileError) {
    let sourcePath = "\(folder)/\(HubSource.fileName)"
    unlink(sourcePath)
    for (path, file) in zip(paths, [source.configuration, source.weights]) {
      let target = "\(folder)/\(file.name)"
      guard path == target || rename(path, target) == 0 else {
        throw FileError(path: target, code: errno)
      }
    }
    // Of an earlier commit.
    for name in (try? Folder.names(folder)) ?? [] where name != source.weights.name {
      let isPartial =
        name.hasPrefix(HubDownload.partialPrefix) && name.hasSuffix(HubDownload.partialSuffix)
      if isPartial || TimmConfiguration.weightNames.contains(name) { unlink("\(folder)/\(name)") }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(source) else {
      preconditionFailure("a source does not encode: \(source)")
    }
    var file = try OutputFile(path: sourcePath)
    try file.write(String(decoding: json, as: UTF8.self) + "\n")
    try file.commit()
  }
}

/// The most bytes that files of a repository may have.
package struct HubLimits: Sendable {
  /// config.json.
  package var configuration = TimmConfiguration.maximumSize
  /// The weights: the largest EfficientNet has 1.9 GB.
  package var weights = 8 << 30

  /// The usual limits.
  package init() {}
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
