internal import EfficientNet
internal import FoundationEssentials

/// A server like Hugging Face's, and the token that it knows us by.
public struct HubEndpoint: Hashable, Sendable {
  /// Where repositories are: "/owner/name/resolve/…" comes after it.
  let address: WebAddress
  private let secret: Secret?

  /// A server.
  ///
  /// - Parameters:
  ///   - url: For instance "https://huggingface.co".
  ///   - token: Is sent to this scheme, host and port only; it appears in no message and no description.
  /// - Throws: ``HubError`` if `url` is not an http or https address, or the token has control characters,
  ///   spaces or other than ASCII.
  public init(url: String, token: String? = nil) throws(HubError) {
    guard let address = WebAddress(url), !url.contains("?"), !url.contains("#") else {
      // What has a user name may have a password too.
      throw .endpoint(
        url.contains("@") ? "has a user name" : "is \(WeightsError.quoted(url)), not an address")
    }
    self.address = address
    let token = token?.trimming(while: \.isWhitespace) ?? ""
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), token.utf8.count <= 4096 else {
      throw .token
    }
    secret = token.isEmpty ? nil : Secret(text: token)
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

  /// For instance "https://huggingface.co".
  public var url: String {
    let text = address.description
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// Whether there is a token.
  public var hasToken: Bool { secret != nil }

  /// The token, for requests to this server and nobody else.
  func token(for target: WebAddress) -> String? {
    target.origin == address.origin ? secret?.text : nil
  }

  /// Where a file of a repository is. The name has no characters that mean something in a URL.
  func address(of file: String, in repository: HubRepository, revision: String) -> WebAddress? {
    let revision = revision.split(separator: "/").joined(separator: "%2F")
    return WebAddress("\(url)/\(repository.id)/resolve/\(revision)/\(file)")
  }
}

/// A text that no description shows.
private struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  let text: String
  var description: String { "…" }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension String {
  /// The text without what fulfils the condition at both ends.
  fileprivate func trimming(while condition: (Character) -> Bool) -> String {
    String(drop(while: condition).reversed().drop(while: condition).reversed())
  }
}
