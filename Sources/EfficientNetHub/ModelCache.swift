internal import EfficientNetSystem
internal import EfficientNetFormats
internal import FoundationEssentials

/// The folder where downloaded weights are kept.
///
///     try ModelCache.standard.path(of: "lite0")  // /home/ada/.cache/effnet/lite0.safetensors
public struct ModelCache: Hashable, Sendable {
  /// The folder.
  public let folder: String

  /// A cache in `folder`, which need not exist yet.
  public init(folder: String) { self.folder = folder }

  /// The folder that `EFFNET_CACHE` names, or else "effnet" in the user's cache folder (`XDG_CACHE_HOME`, or .cache
  /// in the home folder: `HOME`, or what the system's list of users says).
  ///
  /// - Throws: ``HubError/noHome`` where nothing names a folder.
  public static var standard: ModelCache {
    get throws(HubError) {
      try standard(ProcessInfo.processInfo.environment, homeOfUser: homeFolderOfUser)
    }
  }

  /// As ``standard``, in an environment.
  package static func standard(
    _ environment: [String: String], homeOfUser: () -> String?
  ) throws(HubError) -> ModelCache {
    if let folder = environment["EFFNET_CACHE"], !folder.isEmpty {
      return ModelCache(folder: folder)
    }
    // The XDG specification has relative paths ignored.
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return ModelCache(folder: folder + "/effnet")
    }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeOfUser()
    guard let home, home.hasPrefix("/") else { throw .noHome }
    return ModelCache(folder: home + "/.cache/effnet")
  }

  /// Where the weights of a model are, or would be.
  public func path(of name: String) -> String { "\(folder)/\(name).safetensors" }

  /// Whether the weights of a model are there.
  public func contains(_ name: String) -> Bool { FileStatus(path(of: name)) != nil }
}

// MARK: Repositories

extension ModelCache {
  private var hubFolder: String { "\(folder)/hub" }

  /// Where the files of a repository are, or would be.
  public func folder(of repository: HubRepository) -> String {
    "\(hubFolder)/\(repository.folderName)"
  }

  /// What was downloaded of a repository; nil if it is not there, or not whole.
  ///
  /// Sizes are checked, and that the configuration is usable; the weights are not read.
  public func snapshot(of repository: HubRepository) -> HubSnapshot? {
    snapshot(in: repository.folderName)
  }

  /// All repositories that were downloaded, in the order of their names.
  public var snapshots: [HubSnapshot] {
    ((try? Folder.names(hubFolder)) ?? []).compactMap(snapshot)
  }

  private func snapshot(in name: String) -> HubSnapshot? {
    let folder = "\(hubFolder)/\(name)"
    func has(_ file: HubSource.File) -> Bool {
      guard let status = FileStatus("\(folder)/\(file.name)") else { return false }
      return status.kind == .file && status.size == file.size
    }
    guard
      let bytes = try? FileContents.read("\(folder)/\(HubSource.fileName)", limit: 1 << 20),
      let source = try? JSONDecoder().decode(HubSource.self, from: Data(bytes)),
      let repository = try? HubRepository("\(source.repository)@\(source.revision)"),
      repository.folderName == name,
      source.configuration.name == TimmConfiguration.fileName,
      TimmConfiguration.weightNames.contains(source.weights.name),
      has(source.configuration), has(source.weights),
      let configuration = try? TimmConfiguration(path: "\(folder)/\(source.configuration.name)")
    else { return nil }
    return HubSnapshot(
      repository: repository, configuration: configuration,
      configurationPath: "\(folder)/\(source.configuration.name)",
      weightsPath: "\(folder)/\(source.weights.name)", source: source)
  }
}
