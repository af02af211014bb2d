internal import EfficientNetSystem
internal import FoundationEssentials
internal import Glibc

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
    let folder = folder(of: repository)
    guard
      let bytes = try? FileContents.read("\(folder)/\(HubSource.fileName)", limit: 1 << 20),
      let source = try? JSONDecoder().decode(HubSource.self, from: Data(bytes)),
      source.repository == repository.id, source.revision == repository.revision,
      source.configuration.name == HubSource.configurationName,
      HubSource.weightNames.contains(source.weights.name),
      [source.configuration, source.weights].allSatisfy({ hasFile($0, in: folder) }),
      let configuration = try? HubConfiguration(path: "\(folder)/\(source.configuration.name)")
    else { return nil }
    return HubSnapshot(
      repository: repository, configuration: configuration,
      configurationPath: "\(folder)/\(source.configuration.name)",
      weightsPath: "\(folder)/\(source.weights.name)", source: source)
  }

  /// All repositories that were downloaded, in the order of their names.
  public var snapshots: [HubSnapshot] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: hubFolder)) ?? []
    return names.sorted().compactMap { name in
      guard
        let bytes = try? FileContents.read(
          "\(hubFolder)/\(name)/\(HubSource.fileName)", limit: 1 << 20),
        let source = try? JSONDecoder().decode(HubSource.self, from: Data(bytes)),
        let repository = try? HubRepository("\(source.repository)@\(source.revision)"),
        repository.folderName == name
      else { return nil }
      return snapshot(of: repository)
    }
  }

  private func hasFile(_ file: HubSource.File, in folder: String) -> Bool {
    var status = stat()
    return unsafe stat("\(folder)/\(file.name)", &status) == 0
      && status.st_mode & S_IFMT == S_IFREG && Int(status.st_size) == file.size
  }
}
