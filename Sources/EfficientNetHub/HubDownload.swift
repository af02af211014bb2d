internal import EfficientNetSystem
internal import FoundationEssentials

/// The download of one file of a repository into a folder.
struct HubDownload {
  let client: HubClient
  let endpoint: HubEndpoint
  let repository: HubRepository
  /// The branch, tag or commit.
  let revision: String
  /// The file's name, such as "model.safetensors".
  let file: String
  let folder: String
  /// The largest size of the file in bytes.
  let limit: Int

  /// A complete and checked file. It has a temporary name unless it was in the folder before.
  struct Result {
    let path: String
    let source: HubSource.File
    let commit: String?
  }

  /// Downloads the file or resumes an earlier download; nil if the repository has no such file.
  ///
  /// - Parameter target: A path where the complete file may already be.
  func run(unlessAt target: String?) throws(HubError) -> Result? {
    guard let announced = try announcement() else { return nil }
    let partialPath = partialPath(announced)
    if let target, let result = try existing(target, announced) { return result }
    let partial = try open(partialPath)
    if announced.digest == nil || partial.count > announced.size ?? limit {
      try truncate(partial, to: 0)
    }
    do throws(HubError) {
      try receive(announced, into: partial)
      if let expected = announced.size, partial.count != expected {
        throw .length(file: file, found: partial.count, expected: expected)
      }
      let result = try check(partial, announced)
      try HubError.onFiles(partial.synchronize)
      return result
    } catch {
      // Only a file with a digest can be resumed: the digest checks the whole.
      switch error {
      case .digest, .length, .tooLong: partial.remove()
      default: if announced.digest == nil { partial.remove() }
      }
      throw error
    }
  }

  // MARK: Announcement

  /// The server's description of the file.
  private struct Announcement {
    let size: Int?
    /// The SHA-256 of a large file, or the git SHA-1 of a small one. Without a digest, wrong
    /// contents would go unnoticed, so the download is not resumed.
    let digest: String?
    let commit: String?
  }

  /// Asks the server for a description of the file; nil if the repository has no such file.
  private func announcement() throws(HubError) -> Announcement? {
    var url = endpoint.url(of: file, in: repository, revision: revision)
    // Of several answers of this server about the file, the first counts.
    var own: [String: String] = [:]
    for _ in 0...Curl.maximumRedirects {
      let request = Curl.Request(url: url, token: endpoint.token, isHead: true)
      let answer = try client.repeating { () throws(HubError) in
        let answer = try client.send(request, for: file)
        return try client.interruption(answer, request, for: file) ?? .done(answer)
      }
      own.merge(answer.fields) { first, _ in first }
      guard answer.isRedirect, let next = answer["redirect_url"] else {
        return try announcement(answer, own)
      }
      if endpoint.owns(next) {
        url = next
        continue
      }
      // Do not trust another server's size, digest and commit.
      guard own["x-linked-etag"] != nil || own["x-linked-size"] != nil else {
        throw failure("redirects to \(HubEndpoint.site(of: next)); set HF_ENDPOINT to it")
      }
      return try announcement(answer, own)
    }
    throw failure("redirects more than \(Curl.maximumRedirects) times")
  }

  private func announcement(
    _ answer: Curl.Answer, _ own: [String: String]
  ) throws(HubError) -> Announcement? {
    // The repository or the revision may not exist.
    let isNoRepository = ["RepoNotFound", "RevisionNotFound"].contains(own["x-error-code"] ?? "")
    if [404, 410].contains(answer.status), !isNoRepository { return nil }
    guard answer.status == 200 || answer["redirect_url"] != nil else { throw failure(answer) }
    // The length and the etag of a redirect are not those of the file.
    let isHere = !answer.isRedirect
    let size = (own["x-linked-size"] ?? (isHere ? answer["content-length"] : nil)).flatMap(Int.init)
    if let size, !(0...limit).contains(size) {
      throw .tooLong(file: file, found: size, limit: limit)
    }
    let etag = own["x-linked-etag"] ?? (isHere ? answer["etag"] : nil) ?? ""
    // Remove the quotation marks and the prefix of weak etags.
    let text = etag.split(separator: "\"").last.map { String($0) }
    return Announcement(
      size: size, digest: hexadecimal(text, digits: 64) ?? hexadecimal(text, digits: 40),
      commit: hexadecimal(own["x-repo-commit"], digits: 40))
  }

  // MARK: Files

  /// The first and last characters of the names of partial files.
  static let partialPrefix = "."
  static let partialSuffix = ".partial"

  /// Returns the path of the partial file, whose name contains the digest, and removes partial
  /// files of other contents.
  private func partialPath(_ announced: Announcement) -> String {
    let prefix = "\(Self.partialPrefix)\(file)."
    let name = "\(prefix)\(announced.digest ?? "unknown")\(Self.partialSuffix)"
    for other in (try? Folder.names(folder)) ?? []
    where other.hasPrefix(prefix) && other.hasSuffix(Self.partialSuffix) && other != name {
      removeFile("\(folder)/\(other)")
    }
    return "\(folder)/\(name)"
  }

  private func open(_ path: String) throws(HubError) -> WorkingFile {
    let file = try HubError.onFiles { () throws(FileError) in try WorkingFile(path: path) }
    guard let file else { throw .inUse(folder: folder) }
    return file
  }

  private func truncate(_ partial: WorkingFile, to count: Int) throws(HubError) {
    try HubError.onFiles { () throws(FileError) in try partial.truncate(to: count) }
  }

  /// Returns the file at `path` if its contents are those announced.
  private func existing(_ path: String, _ announced: Announcement) throws(HubError) -> Result? {
    guard announced.digest != nil, FileStatus(path) != nil,
      // If the file vanished meanwhile, this creates an empty one, which is replaced soon.
      let file = try? open(path), file.count == announced.size ?? file.count
    else { return nil }
    do {
      return try check(file, announced)
    } catch {
      if case .cancelled = error { throw error }
      return nil
    }
  }

  private func check(
    _ partial: WorkingFile, _ announced: Announcement
  ) throws(HubError) -> Result {
    let size = partial.count
    let isGit = announced.digest?.utf8.count == 40
    var sha256 = Digest(.sha256)
    var git = Digest(.sha1)
    git.update(Array("blob \(size)\0".utf8).span.bytes)
    for start in stride(from: 0, to: size, by: 1 << 20) {
      if client.isCancelled() { throw .cancelled(file: file) }
      let bytes = try HubError.onFiles { () throws(FileError) in
        try partial.read(start..<min(size, start + 1 << 20))
      }
      sha256.update(bytes.span.bytes)
      if isGit { git.update(bytes.span.bytes) }
    }
    let source = HubSource.File(name: file, size: size, sha256: sha256.hexadecimal())
    let found = isGit ? git.hexadecimal() : source.sha256
    if let expected = announced.digest, found != expected {
      throw .digest(file: file, found: found, expected: expected)
    }
    return Result(path: partial.path, source: source, commit: announced.commit)
  }

  // MARK: Contents

  /// Fills the partial file over as many connections as necessary.
  private func receive(_ announced: Announcement, into partial: WorkingFile) throws(HubError) {
    var count = partial.count
    var hasReceived = false
    if let size = announced.size, size > 0, count == size {
      return client.report("\(file) is already complete")
    }
    let needed = max((announced.size ?? 0) - count, 0)
    guard let free = Folder.freeBytes(folder) else {
      throw .folder(FileError(path: folder, reason: "its free space is unknown"))
    }
    guard needed <= free else { throw .diskFull(folder: folder, needed: needed, free: free) }
    // An endless body must not fill the disk either.
    let limit = announced.size ?? min(limit, count + free / 2)
    let size = announced.size.map(Self.text)
    client.report(
      count > 0
        ? "resuming \(file) at \(Self.text(count)) of \(size ?? "?")"
        : "downloading \(file)" + (size.map { ", \($0)" } ?? ""))
    let url = endpoint.url(of: file, in: repository, revision: announced.commit ?? revision)
    try client.repeating { () throws(HubError) in
      if announced.digest == nil, count > 0 {
        try truncate(partial, to: 0)
        count = 0
      }
      let start = count
      let request = Curl.Request(url: url, token: endpoint.token, start: start)
      let answer = try client.send(request, for: file) { bytes throws(HubError) in
        guard bytes.count <= limit - count else {
          let found = count + bytes.count
          throw announced.size.map { .length(file: file, found: found, expected: $0) }
            ?? .tooLong(file: file, found: nil, limit: limit)
        }
        try HubError.onFiles { () throws(FileError) in
          try partial.write(bytes.span.bytes, at: count)
        }
        count += bytes.count
        hasReceived = true
        client.progress(HubProgress(file: file, received: count, total: announced.size))
      }
      let isPart = start > 0
      let range = answer.range
      let isOfFile =
        isPart
        ? answer.status == 206 && range?.first == start
          && range?.total == announced.size ?? range?.total
        : answer.status == 200
      if !isOfFile {
        // A server that sends another part, or none, may have another file.
        let kept = [200, 206, 416].contains(answer.status) ? 0 : start
        if count > kept { try truncate(partial, to: kept) }
        count = kept
      }
      let kept = announced.digest == nil ? nil : count
      if let interruption = try client.interruption(
        answer, request, for: file, kept: kept, goesOn: hasReceived)
      {
        return interruption
      }
      if count < start { return .anew }
      guard isOfFile else { throw failure(answer) }
      // Whether the end of a body differs from a broken connection; HTTP/2 always marks the end.
      let hasEnd =
        answer["http_version"]?.hasPrefix("1") == false || answer["content-length"] != nil
        || answer["transfer-encoding"] != nil
      guard let size = announced.size ?? range?.total else {
        if hasEnd || announced.digest != nil { return .done(answer) }
        throw failure("gives neither its size nor a digest")
      }
      if count >= size || hasEnd && !isPart { return .done(answer) }
      return client.cut(answer, request, for: file, kept: kept)
    }
  }

  // MARK: Errors

  private static let remedy = "try again later, or set HF_ENDPOINT to another server"

  private func failure(_ answer: Curl.Answer) -> HubError {
    let site = HubEndpoint.site(of: answer["url_effective"] ?? endpoint.url)
    switch answer.status {
    case 401 where site == endpoint.site, 403 where site == endpoint.site:
      return .refused(repository: "\(repository)", site: site, hasToken: endpoint.hasToken)
    case 404 where site == endpoint.site, 410 where site == endpoint.site:
      return .noFile(repository: "\(repository)", file: file, site: site)
    case _ where answer.isRedirect:
      return failure("redirects without a valid address; \(Self.remedy)", site: site)
    case 206:
      return failure("sends a part of the file that was not requested; \(Self.remedy)", site: site)
    case let status:
      return failure("answers with status \(status); \(Self.remedy)", site: site)
    }
  }

  private func failure(_ message: String, site: String? = nil) -> HubError {
    .failed(download: file, message: "\(site ?? endpoint.site) \(message)")
  }

  /// Returns a size such as "21 MB".
  private static func text(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes) bytes" : "\(bytes / 1_000_000) MB"
  }
}

/// Returns the text if it has exactly `digits` lower-case hexadecimal digits.
private func hexadecimal(_ text: String?, digits: Int) -> String? {
  text.flatMap { text in
    text.utf8.count == digits && text.allSatisfy("0123456789abcdef".contains) ? text : nil
  }
}
