internal import EfficientNet
internal import FoundationEssentials

/// A server like Hugging Face's, and the token that it knows us by.
public struct HubEndpoint: Hashable, Sendable {
  /// For instance "https://huggingface.co": repositories are below it.
  public let url: String
  /// The URL without a path.
  let site: String
  private let secret: Secret?

  /// A server.
  ///
  /// - Parameters:
  ///   - url: For instance "https://huggingface.co".
  ///   - token: Is sent to this scheme, host and port only; it appears in no message and no description.
  /// - Throws: ``HubError`` if `url` is not an http or https address, or the token has control characters,
  ///   spaces or other than ASCII.
  public init(url: String, token: String? = nil) throws(HubError) {
    // What has a user name may have a password too.
    if url.contains("@") { throw .endpoint("has a user name") }
    guard url.utf8.count <= 2048, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      var parts = URLComponents(string: url, encodingInvalidCharacters: false),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host?.lowercased(), !host.isEmpty, 1...65535 ~= parts.port ?? 80,
      parts.query == nil, parts.fragment == nil
    else { throw .endpoint("is \(WeightsError.quoted(url)), not an address") }
    let port = parts.port == (scheme == "https" ? 443 : 80) ? nil : parts.port
    (parts.scheme, parts.host, parts.port) = (scheme, host, port)
    while parts.path.hasSuffix("/") { parts.path.removeLast() }
    self.url = parts.string ?? url
    parts.path = ""
    site = parts.string ?? url
    let words = (token ?? "").split(whereSeparator: \.isWhitespace)
    guard words.count <= 1,
      words.allSatisfy({ $0.utf8.count <= 4096 && $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } })
    else { throw .token }
    secret = words.first.map { Secret(text: String($0)) }
  }

  /// What HF_ENDPOINT (or else https://huggingface.co) and HF_TOKEN name.
  ///
  /// - Throws: ``HubError`` if they cannot be used.
  public static func standard() throws(HubError) -> HubEndpoint {
    let environment = ProcessInfo.processInfo.environment
    let url = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    return try HubEndpoint(
      url: url ?? "https://huggingface.co", token: environment["HF_TOKEN"])
  }

  /// Whether there is a token.
  public var hasToken: Bool { secret != nil }

  /// The token, for requests to this server and nobody else.
  var token: String? { secret?.text }

  /// Whether a URL is of this scheme, host and port.
  func owns(_ url: String) -> Bool { (try? HubEndpoint(url: Self.site(of: url)))?.site == site }

  /// Scheme, host and port of a URL, for instance "https://huggingface.co".
  static func site(of url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
      .joined(separator: "/")
  }

  /// Where a file of a repository is. The name has no characters that mean something in a URL.
  func url(of file: String, in repository: HubRepository, revision: String) -> String {
    let revision = revision.split(separator: "/").joined(separator: "%2F")
    return "\(url)/\(repository.id)/resolve/\(revision)/\(file)"
  }
}

/// A text that no description shows.
private struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  let text: String
  var description: String { "…" }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}
