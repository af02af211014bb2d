internal import EfficientNetSystem
internal import EfficientNetFormats
internal import FoundationEssentials

/// A folder for downloaded weights.
///
///     try ModelCache.standard.path(of: "lite0")  // /home/ada/.cache/effnet/lite0.safetensors
public struct ModelCache: Hashable, Sendable {
  /// The path of the folder.
  public let folder: String

  /// Creates a cache in a folder, which need not exist yet.
  ///
  /// - Parameter folder: The path of the folder.
  public init(folder: String) { self.folder = folder }

  /// The default cache.
  ///
  /// It is the folder of the environment variable `EFFNET_CACHE`, otherwise `effnet` in
  /// `XDG_CACHE_HOME`, otherwise `.cache/effnet` in the home folder (`HOME`, or the home folder in
  /// the system's list of users).
  ///
  /// - Throws: ``HubError/noHome`` if none of these is set.
  public static var standard: ModelCache {
    get throws(HubError) {
      try standard(ProcessInfo.processInfo.environment, homeOfUser: homeFolderOfUser)
    }
  }

  package static func standard(
    _ environment: [String: String], homeOfUser: () -> String?
  ) throws(HubError) -> ModelCache {
    if let folder = environment["EFFNET_CACHE"], !folder.isEmpty {
      return ModelCache(folder: folder)
    }
    // The XDG specification demands that relative paths be ignored.
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return ModelCache(folder: folder + "/effnet")
    }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeOfUser()
    guard let home, home.hasPrefix("/") else { throw .noHome }
    return ModelCache(folder: home + "/.cache/effnet")
  }

  /// Returns the path of a model's weights, whether they exist or not.
  ///
  /// - Parameter name: The name of the model, such as "lite0".
  public func path(of name: String) -> String { "\(folder)/\(name).safetensors" }

  /// Returns whether the cache has the weights of a model.
  ///
  /// - Parameter name: The name of the model, such as "lite0".
  public func contains(_ name: String) -> Bool { FileStatus(path(of: name)) != nil }
}

// MARK: Repositories

extension ModelCache {
  private var hubFolder: String { "\(folder)/hub" }

  /// Returns the folder of a repository's files, whether it exists or not.
  ///
  /// - Parameter repository: The repository and revision.
  public func folder(of repository: HubRepository) -> String {
    "\(hubFolder)/\(repository.folderName)"
  }

  /// Returns the downloaded files of a repository, or nil if they are missing or incomplete.
  ///
  /// The method checks the sizes of the files and reads the configuration; it does not read the
  /// weights.
  ///
  /// - Parameter repository: The repository and revision.
  public func snapshot(of repository: HubRepository) -> HubSnapshot? {
    snapshot(in: repository.folderName)
  }

  /// All downloaded repositories, sorted by name.
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
