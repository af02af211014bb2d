import Testing

@testable import EfficientNetHub

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

  @Test(arguments: [
    (
      "HTTPS://Hub.Example:8443/a%20b/", "https://hub.example:8443/a%20b",
      "https://hub.example:8443"
    ),
    ("http://A:80", "http://a", "http://a"), ("https://a:443//", "https://a", "https://a"),
    ("https://a:80/", "https://a:80", "https://a:80"),
    ("http://[::1]:81/x", "http://[::1]:81/x", "http://[::1]:81"),
  ])
  func takesAddresses(text: String, url: String, site: String) throws {
    let endpoint = try HubEndpoint(url: text)
    #expect(endpoint.url == url)
    #expect(endpoint.site == site)
  }

  @Test(arguments: [
    "", "a", "http:", "http://", "http:///x", "http:a", "ftp://a", "file:///etc/passwd",
    "http://u@a", "http://u:p@a/", "http://a:b", "http://a:65536", "http://a\\b", "http://a/\\b",
    "http://a b", "http://a/ b", "http://ä", "http://a/\n", "http://[::1", "http://a:0",
    "http://[::1]x", "http://a/?b", "http://a/#b",
    "http://a/" + String(repeating: "b", count: 8192),
  ])
  func refusesOtherTexts(text: String) {
    #expect(throws: HubError.self) { try HubEndpoint(url: text) }
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
      ("https://hub.test/x", true), ("http://hub.test/x", false), ("https://hub.test:444/x", false),
      ("https://hub.test.evil/x", false), ("https://cdn.hub.test/x", false),
      ("https://hub.test:443@evil/x", false), ("https://hub.test?x", false),
      ("https://Hub.test:443/x", true), ("https://hub.test", true), ("/x", false),
    ] {
      #expect(endpoint.owns(url) == isOwn)
    }
    let repository = try HubRepository("ada/tiny")
    #expect(
      endpoint.url(of: "config.json", in: repository, revision: "refs/pr/1")
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

  /// Source of the date: RFC 9110, 5.6.7.
  @Test(arguments: [
    ("0", 0), ("120", 120), ("-1", nil), ("1.5", nil), ("soon", nil), ("", nil),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
    ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
    ("Sun, 99 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
  ])
  func readsWaits(field: String, seconds: Int?) {
    #expect(HubClient.seconds(retryAfter: field, now: 784_111_770) == seconds)
  }
}
