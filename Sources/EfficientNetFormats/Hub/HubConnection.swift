#if Tools
  internal import EfficientNetCompute

  /// The body of one answer on its way into a partial file.
  struct HubConnection {
    let announced: HubDownload.Announcement
    /// The file's name.
    let file: String
    let partial: PartialFile
    /// The most bytes that the file may have: the announced length where there is one.
    let limit: Int

    /// What came of a request.
    enum End {
      /// The file is whole.
      case whole
      /// The server does not go on from where we are: what was there is dropped.
      case startAnew
      /// Something else than the file.
      case other(HubSession.Answer)
    }

    /// Sends a request that asks for all bytes after those that are there.
    func run(
      _ session: HubSession, _ request: () throws(HubError) -> Curl.Request
    ) throws(HubError) -> HubSession.Attempt<End> {
      // Without an etag nobody knows whether it goes on with the same contents.
      if announced.etag == nil { try empty() }
      let start = partial.count
      var failure: HubError?
      var total = announced.size
      func fail(_ error: HubError) -> Bool {
        failure = error
        return false
      }
      let attempt = try session.send(
        try request(), file: file,
        accept: { head in
          switch head.status {
          case 200:
            if let length = head.contentLength {
              if let expected = announced.size, length != expected {
                return fail(.length(file: file, found: length, expected: expected))
              }
              if length > limit {
                return fail(.tooLong(file: file, found: length, limit: limit))
              }
              total = length
            }
            // All of it, also where a part was asked for.
            do throws(HubError) { try empty() } catch { return fail(error) }
            return true
          case 206:
            return continues(head, start)
          default:
            return false
          }
        },
        receive: { bytes in
          guard bytes.count <= limit - partial.count else {
            let found = partial.count + bytes.count
            return fail(
              announced.size.map { .length(file: file, found: found, expected: $0) }
                ?? .tooLong(file: file, found: nil, limit: limit))
          }
          do throws(FileError) { try partial.append(bytes) } catch { return fail(.file(error)) }
          session.progress(
            HubProgress(file: file, received: partial.count, total: total))
          return true
        })
      if let failure { throw failure }
      switch attempt {
      case .busy(let site, let status, let seconds):
        return .busy(site: site, status: status, seconds: seconds)
      case .cut(let site):
        return .cut(site: site)
      case .done(let answer):
        return try end(answer, start)
      }
    }

    /// What an answer means that came to its end.
    private func end(
      _ answer: HubSession.Answer, _ start: Int
    ) throws(HubError) -> HubSession.Attempt<End> {
      let head = answer.head
      switch head.status {
      case 206 where start > 0 && !continues(head, start), 416 where start > 0:
        try empty()
        return .done(.startAnew)
      case 206 where start > 0, 200:
        guard let expected = announced.size, partial.count < expected else { return .done(.whole) }
        guard head.isDelimited else { return .cut(site: answer.address.site) }
        throw .length(file: file, found: partial.count, expected: expected)
      default:
        return .done(.other(answer))
      }
    }

    /// Whether the body starts where we are, and goes to the end.
    private func continues(_ head: HTTPHead, _ start: Int) -> Bool {
      guard start > 0, let range = head.contentRange, let total = announced.size ?? range.total
      else { return false }
      return range.first == start && range.last == total - 1 && (range.total ?? total) == total
    }

    private func empty() throws(HubError) {
      do { try partial.empty() } catch { throw .file(error) }
    }
  }
#endif
