internal import EfficientNet
internal import FoundationEssentials

/// A server with the interface of Hugging Face, and an access token.
///
///     let mirror = try HubEndpoint(url: "https://hub.example.org")
///     let snapshot = try HubRepository("timm/efficientnet_b0.ra_in1k").pull(from: mirror)
public struct HubEndpoint: Hashable, Sendable {
  /// The address above the repositories, such as "https://huggingface.co".
  public let url: String
  /// The URL without its path.
  let site: String
  private let secret: Secret?

  /// Creates an endpoint from an address and a token.
  ///
  /// - Parameters:
  ///   - url: An http or https address without user name, query and fragment, such as
  ///     "https://huggingface.co".
  ///   - token: The access token, or nil. It is sent to this scheme, host and port only, and never
  ///     appears in a message or description.
  /// - Throws: ``HubError/endpoint(_:)`` if `url` is not such an address, ``HubError/token`` if the
  ///   token has spaces, control characters or non-ASCII characters.
  public init(url: String, token: String? = nil) throws(HubError) {
    // A URL with a user name may contain a password too, so it must not appear in the message.
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

  /// Returns the endpoint of the environment variables HF_ENDPOINT and HF_TOKEN. Without
  /// HF_ENDPOINT, it is https://huggingface.co.
  ///
  /// - Throws: ``HubError/endpoint(_:)`` or ``HubError/token`` if a variable is invalid.
  public static func standard() throws(HubError) -> HubEndpoint {
    let environment = ProcessInfo.processInfo.environment
    let url = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    return try HubEndpoint(url: url ?? "https://huggingface.co", token: environment["HF_TOKEN"])
  }

  /// Whether the endpoint has a token.
  public var hasToken: Bool { secret != nil }

  /// The token, for requests to this server only.
  var token: String? { secret?.text }

  /// Returns whether a URL has the scheme, host and port of this endpoint.
  func owns(_ url: String) -> Bool { (try? HubEndpoint(url: Self.site(of: url)))?.site == site }

  /// Returns the scheme, host and port of a URL, such as "https://huggingface.co".
  static func site(of url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
      .joined(separator: "/")
  }

  /// Returns the URL of a file. File and repository names contain no characters that URLs must
  /// escape.
  func url(of file: String, in repository: HubRepository, revision: String) -> String {
    let revision = revision.split(separator: "/").joined(separator: "%2F")
    return "\(url)/\(repository.id)/resolve/\(revision)/\(file)"
  }
}

/// A text that is hidden in every description.
private struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  let text: String
  var description: String { "…" }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}
