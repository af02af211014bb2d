#if Tools
  internal import EfficientNetCompute
  internal import FoundationEssentials
  internal import Glibc

  /// One file of a repository on its way into a folder.
  struct HubDownload {
    let session: HubSession
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
      let size: Int
      let sha256: String
    }

    /// What the server says about the file.
    struct Announcement {
      let size: Int?
      /// What changes with the contents, if there is such a thing.
      let etag: String?
      let commit: String?

      /// The SHA-256 of the contents, if the etag is one: of large files.
      var sha256: String? { hexadecimal(digits: 64) }
      /// The digest that git knows the file by, likewise: of small ones.
      var gitBlob: String? { hexadecimal(digits: 40) }

      private func hexadecimal(digits: Int) -> String? {
        etag.flatMap { $0.utf8.count == digits && isHexadecimal($0) ? $0 : nil }
      }
    }

    private var site: String { session.endpoint.address.site }

    // MARK: Announcement

    /// Asks what there is; nil if the repository has no such file.
    func announcement() throws(HubError) -> Announcement? {
      let request = try request(isHead: true)
      let answer = try session.retrying(file, received: { 0 }) { () throws(HubError) in
        try session.send(request, file: file)
      }
      let (head, own) = (answer.head, answer.own)
      if head.status == 404 || head.status == 410 {
        // The repository or the revision may be what is not there.
        guard ["RepoNotFound", "RevisionNotFound"].contains(own["X-Error-Code"] ?? "") else {
          return nil
        }
        throw .noFile(repository: "\(repository)", file: file, site: site)
      }
      guard head.status == 200 || head.isRedirect else { throw failure(answer) }
      // The length of a redirect is not the file's.
      let size =
        own["X-Linked-Size"].flatMap(Int.init) ?? (head.isRedirect ? nil : head.contentLength)
      if let size, !(0...limit).contains(size) {
        throw .tooLong(file: file, found: size, limit: limit)
      }
      let etag = own["X-Linked-Etag"] ?? (head.isRedirect ? nil : head["ETag"])
      let commit = own["X-Repo-Commit"].flatMap {
        $0.utf8.count == 40 && isHexadecimal($0) ? $0 : nil
      }
      return Announcement(
        size: size, etag: etag.map(Self.plainEtag).flatMap { $0.isEmpty ? nil : $0 }, commit: commit
      )
    }

    /// An etag without its quotation marks and the mark of weak ones.
    private static func plainEtag(_ text: String) -> String {
      let text = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
      return text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        ? String(text.dropFirst().dropLast()) : String(text)
    }

    // MARK: Download

    /// Downloads what was announced, from where an earlier download ended.
    ///
    /// - Parameter target: A file that may be it already.
    func run(_ announced: Announcement, unlessAt target: String?) throws(HubError) -> Result {
      let partialPath = try partialPath(announced)
      if let target, let result = try existing(target, announced) { return result }
      let partial: PartialFile
      do {
        partial = try PartialFile(path: partialPath)
        // Without an etag nobody knows what it is the start of.
        if announced.etag == nil || partial.count > announced.size ?? limit { try partial.empty() }
      } catch {
        throw .file(error)
      }
      do throws(HubError) {
        try receive(announced, into: partial)
        let size = partial.count
        if let expected = announced.size, size != expected {
          throw HubError.length(file: file, found: size, expected: expected)
        }
        let result = try check(partial, announced)
        do { try partial.synchronize() } catch { throw HubError.file(error) }
        return result
      } catch {
        // What is wrong is not to be gone on from; what is not whole is.
        switch error {
        case .digest, .gitDigest, .length, .tooLong: unlink(partialPath)
        default: break
        }
        throw error
      }
    }

    /// What the names of partial files start and end with.
    static let partialPrefix = "."
    static let partialSuffix = ".partial"

    /// The name of the partial file says what it is a part of. Parts of other contents are removed.
    private func partialPath(_ announced: Announcement) throws(HubError) -> String {
      let prefix = "\(Self.partialPrefix)\(file)."
      let identity =
        announced.sha256 ?? announced.gitBlob
        ?? announced.etag.map { Digest.sha256(Array($0.utf8)) } ?? "unknown"
      let name = "\(prefix)\(identity)\(Self.partialSuffix)"
      let others = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for other in others
      where other.hasPrefix(prefix) && other.hasSuffix(Self.partialSuffix) && other != name {
        unlink("\(folder)/\(other)")
      }
      return "\(folder)/\(name)"
    }

    /// The file in place, if it is the announced one to the last bit.
    private func existing(
      _ path: String, _ announced: Announcement
    ) throws(HubError) -> Result? {
      guard announced.sha256 != nil || announced.gitBlob != nil,
        FileManager.default.fileExists(atPath: path)
      else { return nil }
      // An empty one is made if it vanished meanwhile: it is replaced soon.
      guard let file = try? PartialFile(path: path),
        file.count == announced.size ?? file.count
      else { return nil }
      do {
        return try check(file, announced)
      } catch {
        if case .cancelled = error { throw error }
        return nil
      }
    }

    private func check(
      _ partial: PartialFile, _ announced: Announcement
    ) throws(HubError) -> Result {
      let digests: PartialFile.Digests?
      do {
        digests = try partial.digests(
          withGit: announced.gitBlob != nil, isCancelled: session.isCancelled)
      } catch {
        throw .file(error)
      }
      guard let digests else { throw .cancelled(file: file) }
      if let expected = announced.sha256, digests.sha256 != expected {
        throw .digest(file: file, found: digests.sha256, expected: expected)
      }
      if let expected = announced.gitBlob, let found = digests.gitBlob, found != expected {
        throw .gitDigest(file: file, found: found, expected: expected)
      }
      return Result(path: partial.path, size: partial.count, sha256: digests.sha256)
    }

    /// Room for more in the folder.
    private func freeBytes() throws(HubError) -> Int {
      var status = statvfs()
      guard unsafe statvfs(folder, &status) == 0 else {
        throw .folder(FileError(path: folder, code: errno))
      }
      let (bytes, isHuge) = UInt64(status.f_bavail)
        .multipliedReportingOverflow(by: UInt64(status.f_frsize))
      return isHuge ? .max : Int(clamping: bytes)
    }

    /// Fills the partial file, over as many connections as it takes.
    private func receive(_ announced: Announcement, into partial: PartialFile) throws(HubError) {
      if let size = announced.size, size > 0, partial.count == size {
        session.report("\(file) was downloaded before")
        return
      }
      let free = try freeBytes()
      let needed = max((announced.size ?? 0) - partial.count, 0)
      guard needed <= free else { throw .diskFull(folder: folder, needed: needed, free: free) }
      // A body without an end may not fill the disk either.
      let limit = announced.size ?? min(limit, partial.count + free / 2)
      let size = announced.size.map(Self.text)
      session.report(
        partial.count > 0
          ? "going on with \(file) at \(Self.text(partial.count)) of \(size ?? "?")"
          : "downloading \(file)" + (size.map { ", \($0)" } ?? ""))
      let resumed = partial.count
      try session.retrying(file, received: { partial.count }) { () throws(HubError) in
        let connection = HubConnection(
          announced: announced, file: file, partial: partial, limit: limit)
        do throws(HubError) {
          while true {
            let attempt = try connection.run(session) { () throws(HubError) in
              try request(from: partial.count, commit: announced.commit)
            }
            switch attempt {
            case .done(.whole): return .done(())
            case .done(.other(let answer)): throw failure(answer)
            case .done(.startAnew): continue
            case .busy(let site, let status, let seconds):
              return .busy(site: site, status: status, seconds: seconds)
            case .cut(let site): return .cut(site: site)
            }
          }
        } catch {
          // Once something came, a server that is gone is a connection that broke.
          if case .noConnection(let site, _) = error, partial.count > resumed {
            return .cut(site: site)
          }
          throw error
        }
      }
    }

    // MARK: Requests

    private func request(
      isHead: Bool = false, from start: Int = 0, commit: String? = nil
    ) throws(HubError) -> Curl.Request {
      guard
        let address = session.endpoint.address(
          of: file, in: repository, revision: commit ?? revision)
      else { throw .repository("\(repository)") }
      return Curl.Request(
        address: address, isHead: isHead, fields: start > 0 ? ["Range: bytes=\(start)-"] : [])
    }

    /// What an answer means that is not the file.
    private func failure(_ answer: HubSession.Answer) -> HubError {
      let isOwn = answer.address.origin == session.endpoint.address.origin
      switch answer.head.status {
      case 401 where isOwn, 403 where isOwn:
        return .refused(
          repository: "\(repository)", site: site, hasToken: session.endpoint.hasToken)
      case 404 where isOwn, 410 where isOwn:
        return .noFile(repository: "\(repository)", file: file, site: site)
      case let status:
        return .answer(
          file: file, site: answer.address.site, message: "answers with status \(status)")
      }
    }

    /// For instance "21 MB".
    private static func text(_ bytes: Int) -> String {
      bytes < 1_000_000 ? "\(bytes) bytes" : "\(bytes / 1_000_000) MB"
    }
  }

  /// Whether a text has lower-case hexadecimal digits only.
  private func isHexadecimal(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
  }
#endif
