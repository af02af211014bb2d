import Testing

@testable import EfficientNetFormats

@Suite struct HubNamesTests {
  @Test(arguments: [
    ("timm/efficientnet_b0.ra_in1k", "timm/efficientnet_b0.ra_in1k", "main"),
    ("ada/tiny@v1.0", "ada/tiny", "v1.0"), ("ada/tiny@refs/pr/1", "ada/tiny", "refs/pr/1"),
    ("a/b@main", "a/b", "main"), ("_a/b_", "_a/b_", "main"),
  ])
  func takesRepositories(text: String, id: String, revision: String) throws {
    let repository = try HubRepository(text)
    #expect(repository.id == id)
    #expect(repository.revision == revision)
  }

  @Test(arguments: [
    "", "/", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/b..c", "a--b/c", "-a/b", "a/b.", ".a/b",
    "a/b@", "a/b@-x", "a/b@../c", "a/b@x//y", "a/b@x/", "a/b@/x", "a b/c", "ä/b", "a/b\n", "a/%2e",
    "a/b?c", "a/b#c", "a\\b/c", "a/b@c@d", "a/" + String(repeating: "b", count: 96),
    "a/b@" + String(repeating: "c", count: 97),
  ])
  func refusesOthers(text: String) {
    #expect(throws: HubError.repository(text)) { try HubRepository(text) }
    #expect(!HubError.repository(text).description.contains("\n"))
  }

  @Test func takesAddressesApart() throws {
    let address = try #require(WebAddress("HTTPS://Hub.Example:8443/a%20b?c=/d#e"))
    #expect(address.isSecure)
    #expect(address.host == "hub.example")
    #expect(address.port == 8443)
    #expect(address.path == "/a%20b?c=/d")
    #expect(address.description == "https://hub.example:8443/a%20b?c=/d")
    #expect(WebAddress("http://a:80")?.origin == WebAddress("http://A/b")?.origin)
    #expect(WebAddress("http://a")?.origin != WebAddress("https://a")?.origin)
    #expect(WebAddress("http://a")?.origin != WebAddress("http://a:8080")?.origin)
    #expect(WebAddress("http://[::1]:81/x")?.description == "http://[::1]:81/x")
    #expect(WebAddress("http://a?b")?.path == "/?b")
  }

  @Test(arguments: [
    "", "a", "http:", "http://", "http:///x", "http:a", "ftp://a", "file:///etc/passwd",
    "http://u@a", "http://u:p@a/", "http://a:b", "http://a:0", "http://a:65536", "http://a:",
    "http://a\\b", "http://a/\\b", "http://a b", "http://a/ b", "http://ä", "http://a/\n",
    "http://[::1", "http://[g]", "http://[::1]x", "http://a%2fb",
    "http://" + String(repeating: "a", count: 256),
    "http://a/" + String(repeating: "b", count: 8192),
  ])
  func refusesWhatIsNoAddress(text: String) {
    #expect(WebAddress(text) == nil)
  }

  @Test(arguments: [
    ("https://b/c", "https://b/c"), ("//b/c", "http://b/c"), ("/c?d", "http://a:81/c?d"),
    ("?d", "http://a:81/x/y?d"), ("z", "http://a:81/x/z"),
    ("z?u=http://b", "http://a:81/x/z?u=http://b"),
    ("", "http://a:81/x/y"), ("ftp://b", nil), ("javascript:x", nil), ("//u@b", nil),
  ])
  func redirects(location: String, expected: String?) throws {
    let address = try #require(WebAddress("http://a:81/x/y?q"))
    #expect(address.redirected(to: location)?.description == expected)
  }

  @Test func keepsTheTokenToItself() throws {
    let endpoint = try HubEndpoint(url: "https://hub.test/mirror/", token: " hf_secret\n")
    #expect(endpoint.url == "https://hub.test/mirror")
    #expect(endpoint.hasToken)
    var dumped = ""
    dump(endpoint, to: &dumped)
    for text in ["\(endpoint)", String(reflecting: endpoint), dumped] {
      #expect(!text.contains("hf_secret"))
    }
    for (url, isOwn) in [
      ("https://hub.test/x", true), ("https://hub.test:443/x", true), ("http://hub.test/x", false),
      ("https://hub.test:444/x", false), ("https://hub.test.evil/x", false),
      ("https://cdn.hub.test/x", false),
    ] {
      let address = try #require(WebAddress(url))
      #expect(endpoint.token(for: address) == (isOwn ? "hf_secret" : nil))
    }
    let repository = try HubRepository("ada/tiny")
    #expect(
      endpoint.address(of: "config.json", in: repository, revision: "refs/pr/1")?.description
        == "https://hub.test/mirror/ada/tiny/resolve/refs%2Fpr%2F1/config.json")
    #expect(throws: HubError.token) { try HubEndpoint(url: "https://a", token: "a\nb") }
    #expect(throws: HubError.token) { try HubEndpoint(url: "https://a", token: "ä") }
    for url in ["", "hub.test", "https://a?b", "https://ada:secret@a"] {
      do throws(HubError) {
        _ = try HubEndpoint(url: url)
        Issue.record("took \(url)")
      } catch {
        #expect(error.description.hasPrefix("HF_ENDPOINT "))
        #expect(!error.description.contains("secret"))
      }
    }
  }
}

#if Tools
  @Suite struct HTTPHeadTests {
    private func head(_ text: String) -> HTTPHead? {
      var reader = HTTPHeadReader()
      guard case .whole(let head, _) = reader.read(Array(text.utf8)[...]) else { return nil }
      return head
    }

    @Test func findsTheHead() throws {
      let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 206 \r\nA:  b \r\nc:d\n\r\nbody"
      // However it is cut.
      for size in 1...text.utf8.count {
        var reader = HTTPHeadReader()
        var rest = Array(text.utf8)[...]
        var body: [UInt8]?
        while !rest.isEmpty, body == nil {
          let piece = rest.prefix(size)
          rest = rest.dropFirst(size)
          if case .whole(let head, let start) = reader.read(piece) {
            #expect(head.status == 206)
            #expect(head["a"] == "b")
            #expect(head["C"] == "d")
            body = Array(start) + rest
          }
        }
        #expect(body == Array("body".utf8))
      }
    }

    @Test(arguments: [
      ("bytes 1-2/3", 1), ("Bytes 0-9/*", 0), ("bytes 2-1/3", nil), ("bytes 1-3/3", nil),
      ("bytes -1-2/3", nil), ("bytes */3", nil), ("bytes 1-2", nil), ("items 1-2/3", nil),
      ("bytes 1-99999999999999999999/3", nil), ("", nil),
    ])
    func readsRanges(field: String, first: Int?) {
      let head = head("HTTP/1.1 206 OK\r\nContent-Range: \(field)\r\n\r\n")
      #expect(head != nil)
      #expect(head?.contentRange?.first == first)
    }

    /// Source of the date: RFC 9110, 5.6.7.
    @Test(arguments: [
      ("0", 0), ("120", 120), ("-1", nil), ("1.5", nil), ("soon", nil), ("", nil),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
      ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
      ("Sun, 99 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
    ])
    func readsWaits(field: String, seconds: Int?) {
      let head = head("HTTP/1.1 429 Wait\r\nRetry-After: \(field)\r\n\r\n")
      #expect(head?.retryAfter(now: 784_111_770) == seconds)
    }
  }
#endif
