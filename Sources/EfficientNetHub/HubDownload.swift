internal import EfficientNetCompute
internal import FoundationEssentials
internal import Glibc

/// One file of a repository on its way into a folder.
struct HubDownload {
  let connection: HubConnection
  let repository: HubRepository
  /// The branch, tag or commit that it is taken from.
  let revision: String
  /// Its name, for instance "model.safetensors".
  let file: String
  /// Where it goes.
  let folder: String
  /// The most bytes that it may have.
  let limit: Int

  /// A file that is there and checked, under another name than its own unless it was there before.
  struct Result {
    let path: String
    let source: HubSource.File
  }

  /// What the server says about the file.
  struct Announcement {
    let size: Int?
    /// What changes with the contents, if there is such a thing.
    let etag: String?
    let commit: String?

    /// The SHA-256 of the contents, if the etag is one: of large files.
    var sha256: String? { hexadecimal(etag, digits: 64) }
    /// The digest that git knows the file by, likewise: of small ones.
    var gitBlob: String? { hexadecimal(etag, digits: 40) }
    /// Whether wrong contents are found out. Without that, nothing is resumed.
    var hasDigest: Bool { sha256 != nil || gitBlob != nil }
  }

  private var endpoint: HubEndpoint { connection.endpoint }

  // MARK: Announcement

  /// Asks what there is; nil if the repository has no such file.
  func announcement() throws(HubError) -> Announcement? {
    var url = endpoint.url(of: file, in: repository, revision: revision)
    // What several answers of the server say about the file: the first counts.
    var own: [String: String] = [:]
    for _ in 0...Curl.maximumRedirects {
      let request = Curl.Request(url: url, token: endpoint.token, isHead: true)
      let answer = try connection.answer(for: file) { () throws(HubError) in request }
      own.merge(answer.fields) { first, _ in first }
      guard answer.isRedirect, let next = answer["redirect"], endpoint.owns(next) else {
        if answer.isRedirect, let next = answer["redirect"],
          own["x-linked-etag"] == nil && own["x-linked-size"] == nil
        {
          // Another server's word about size, digest and commit is not the hub's.
          throw .answer(
            file: file, site: endpoint.site,
            message: "redirects to \(HubConnection.site(of: next)); set HF_ENDPOINT to it")
        }
        return try announcement(answer, own)
      }
      url = next
    }
    throw .answer(
      file: file, site: endpoint.site,
      message: "redirects more than \(Curl.maximumRedirects) times")
  }

  private func announcement(
    _ answer: Curl.Answer, _ own: [String: String]
  ) throws(HubError) -> Announcement? {
    if answer.status == 404 || answer.status == 410 {
      // The repository or the revision may be what is not there.
      guard ["RepoNotFound", "RevisionNotFound"].contains(own["x-error-code"] ?? "") else {
        return nil
      }
      throw .noFile(repository: "\(repository)", file: file, site: endpoint.site)
    }
    guard answer.status == 200 || answer["redirect"] != nil else { throw failure(answer) }
    // Length and etag of a redirect are not the file's.
    let isHere = !answer.isRedirect
    let size = (own["x-linked-size"] ?? (isHere ? answer["content-length"] : nil)).flatMap(Int.init)
    if let size, !(0...limit).contains(size) {
      throw .tooLong(file: file, found: size, limit: limit)
    }
    var etag = own["x-linked-etag"] ?? (isHere ? answer["etag"] : nil) ?? ""
    // Without the quotation marks and the mark of weak ones.
    if etag.hasPrefix("W/") { etag.removeFirst(2) }
    if etag.count >= 2, etag.hasPrefix("\""), etag.hasSuffix("\"") {
      etag = String(etag.dropFirst().dropLast())
    }
    return Announcement(
      size: size, etag: etag.isEmpty ? nil : etag,
      commit: hexadecimal(own["x-repo-commit"], digits: 40))
  }

  // MARK: Download

  /// Downloads what was announced, from where an earlier download ended.
  ///
  /// - Parameter target: A file that may be it already.
  func run(_ announced: Announcement, unlessAt target: String?) throws(HubError) -> Result {
    let partialPath = partialPath(announced)
    if let target, let result = try existing(target, announced) { return result }
    let partial = try open(partialPath)
    if !announced.hasDigest || partial.count > announced.size ?? limit {
      try truncate(partial, to: 0)
    }
    do throws(HubError) {
      try receive(announced, into: partial)
      if let expected = announced.size, partial.count != expected {
        throw .length(file: file, found: partial.count, expected: expected)
      }
      let result = try check(partial, announced)
      try HubError.onFiles { () throws(FileError) in try Folder.synchronizeFile(partialPath) }
      return result
    } catch {
      // Only the start of what a digest will check is resumed.
      switch error {
      case .digest, .gitDigest, .length, .tooLong: partial.remove()
      default: if !announced.hasDigest { partial.remove() }
      }
      throw error
    }
  }

  /// What the names of partial files start and end with.
  static let partialPrefix = "."
  static let partialSuffix = ".partial"

  /// The name of the partial file says what it is a part of. Parts of other contents are removed.
  private func partialPath(_ announced: Announcement) -> String {
    let prefix = "\(Self.partialPrefix)\(file)."
    let identity =
      announced.sha256 ?? announced.gitBlob
      ?? announced.etag.map { Digest.sha256(Array($0.utf8)) } ?? "unknown"
    let name = "\(prefix)\(identity)\(Self.partialSuffix)"
    for other in (try? Folder.names(folder)) ?? []
    where other.hasPrefix(prefix) && other.hasSuffix(Self.partialSuffix) && other != name {
      unlink("\(folder)/\(other)")
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

  /// The file in place, if it is the announced one to the last bit.
  private func existing(
    _ path: String, _ announced: Announcement
  ) throws(HubError) -> Result? {
    guard announced.hasDigest, FileManager.default.fileExists(atPath: path) else { return nil }
    // An empty one is made if it vanished meanwhile: it is replaced soon.
    guard let file = try? open(path), file.count == announced.size ?? file.count else { return nil }
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
    func digest(_ digest: consuming Digest) throws(HubError) -> String {
      for start in stride(from: 0, to: size, by: 1 << 20) {
        if connection.isCancelled() { throw .cancelled(file: file) }
        let bytes = try HubError.onFiles { () throws(FileError) in
          try partial.read(start..<min(size, start + 1 << 20))
        }
        digest.update(bytes.span.bytes)
      }
      return digest.hexadecimal()
    }
    let sha256 = try digest(Digest(.sha256))
    if let expected = announced.sha256, sha256 != expected {
      throw .digest(file: file, found: sha256, expected: expected)
    }
    if let expected = announced.gitBlob {
      var git = Digest(.sha1)
      git.update(Array("blob \(size)\0".utf8).span.bytes)
      let found = try digest(git)
      if found != expected { throw .gitDigest(file: file, found: found, expected: expected) }
    }
    return Result(
      path: partial.path, source: HubSource.File(name: file, size: size, sha256: sha256))
  }

  /// Fills the partial file, over as many connections as it takes.
  private func receive(_ announced: Announcement, into partial: WorkingFile) throws(HubError) {
    var count = partial.count
    if let size = announced.size, size > 0, count == size {
      return connection.report("\(file) was downloaded before")
    }
    let needed = max((announced.size ?? 0) - count, 0)
    guard let free = Folder.freeBytes(folder) else {
      throw .folder(FileError(path: folder, code: errno))
    }
    guard needed <= free else { throw .diskFull(folder: folder, needed: needed, free: free) }
    // A body without an end may not fill the disk either.
    let limit = announced.size ?? min(limit, count + free / 2)
    let size = announced.size.map(Self.text)
    connection.report(
      count > 0
        ? "going on with \(file) at \(Self.text(count)) of \(size ?? "?")"
        : "downloading \(file)" + (size.map { ", \($0)" } ?? ""))
    var start = 0
    let url = endpoint.url(of: file, in: repository, revision: announced.commit ?? revision)
    _ = try connection.answer(
      for: file, received: { count },
      receive: { bytes throws(HubError) in
        guard bytes.count <= limit - count else {
          let found = count + bytes.count
          throw announced.size.map { .length(file: file, found: found, expected: $0) }
            ?? .tooLong(file: file, found: nil, limit: limit)
        }
        try HubError.onFiles { () throws(FileError) in
          try partial.write(bytes.span.bytes, at: count)
        }
        count += bytes.count
        connection.progress(HubProgress(file: file, received: count, total: announced.size))
      },
      settle: { answer throws(HubError) in
        let range = ContentRange(answer["content-range"] ?? "")
        let isOfFile =
          start == 0
          ? answer.status == 200
          : answer.status == 206 && range?.first == start
            && range?.total == announced.size ?? range?.total
        if isOfFile { return }
        // A server that has another part of the file, or none, may have another file.
        let kept = [200, 206, 416].contains(answer.status) ? 0 : start
        if count > kept { try truncate(partial, to: kept) }
        count = kept
      },
      judge: { answer throws(HubError) in
        let isPart = start > 0
        if count < start { return .anew }
        guard answer.status == (isPart ? 206 : 200) else { throw failure(answer) }
        // Whether the end of a body can be told from a broken connection: HTTP/2 marks it always.
        let hasEnd =
          answer["version"]?.hasPrefix("1") == false || answer["content-length"] != nil
          || answer["transfer-encoding"] != nil
        guard
          let size = announced.size
            ?? (isPart ? ContentRange(answer["content-range"] ?? "")?.total : nil)
        else {
          if hasEnd || announced.hasDigest { return .done }
          throw .answer(
            file: file, site: endpoint.site, message: "gives neither its size nor a digest")
        }
        return count >= size || hasEnd && !isPart ? .done : .cut
      },
      request: { () throws(HubError) in
        if !announced.hasDigest, count > 0 {
          try truncate(partial, to: 0)
          count = 0
        }
        start = count
        return Curl.Request(url: url, token: endpoint.token, start: start)
      })
  }

  /// What an answer means that is not the file.
  private func failure(_ answer: Curl.Answer) -> HubError {
    let site = HubConnection.site(of: answer["url"] ?? endpoint.url)
    switch answer.status {
    case 401 where site == endpoint.site, 403 where site == endpoint.site:
      return .refused(
        repository: "\(repository)", site: site, hasToken: endpoint.hasToken)
    case 404 where site == endpoint.site, 410 where site == endpoint.site:
      return .noFile(repository: "\(repository)", file: file, site: site)
    case _ where answer.isRedirect:
      return .answer(file: file, site: site, message: "redirects to what is no address")
    case let status:
      return .answer(file: file, site: site, message: "answers with status \(status)")
    }
  }

  /// For instance "21 MB".
  private static func text(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes) bytes" : "\(bytes / 1_000_000) MB"
  }
}

/// The value of a header field "Content-Range: bytes FIRST-LAST/TOTAL".
private struct ContentRange {
  let first: Int
  let total: Int

  /// - Returns: Nil if the text has another form, for instance "bytes */100".
  init?(_ text: String) {
    let parts = text.split(whereSeparator: " -/".contains)
    guard parts.count == 4, parts[0] == "bytes",
      let first = Int(parts[1]), let last = Int(parts[2]), let total = Int(parts[3]),
      first <= last, last < total
    else { return nil }
    (self.first, self.total) = (first, total)
  }
}

/// A text if it is so many lower-case hexadecimal digits.
private func hexadecimal(_ text: String?, digits: Int) -> String? {
  text.flatMap { text in
    text.utf8.count == digits && text.allSatisfy("0123456789abcdef".contains) ? text : nil
  }
}

extension Folder {
  /// Makes the bytes of a file durable.
  fileprivate static func synchronizeFile(_ path: String) throws(FileError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError(path: path, code: errno)
    }
  }
}
