/// A model on Hugging Face or on a server with the same interface.
///
///     let repository = try HubRepository("timm/efficientnet_b0.ra_in1k")
///     let snapshot = try repository.pull()
///     let model = try snapshot.model()
public struct HubRepository: Hashable, Sendable, CustomStringConvertible {
  /// The owner and name, such as "timm/efficientnet_b0.ra_in1k".
  public let id: String
  /// The branch, tag or commit.
  public let revision: String

  /// The default revision.
  public static let standardRevision = "main"

  /// Creates a repository from its name: "owner/name" or "owner/name@revision".
  ///
  /// The name has up to 96 ASCII letters, digits, ".", "_" and "-", without ".." and "--"; neither
  /// part starts or ends with "." or "-".
  ///
  /// Source: the rules of [huggingface_hub](https://github.com/huggingface/huggingface_hub),
  /// `validate_repo_id`.
  ///
  /// - Parameter text: The name.
  /// - Throws: ``HubError/repository(_:)`` if the name or the revision is invalid.
  public init(_ text: String) throws(HubError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let id = parts.first ?? ""
    let revision = parts.count == 2 ? parts[1] : Substring(Self.standardRevision)
    let names = id.split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy(Self.isName), id.utf8.count <= 96 else {
      throw .repository(text)
    }
    // A branch may have several parts, such as "refs/pr/1".
    let steps = revision.split(separator: "/", omittingEmptySubsequences: false)
    guard steps.allSatisfy(Self.isName), revision.utf8.count <= 96 else { throw .repository(text) }
    (self.id, self.revision) = (String(id), String(revision))
  }

  /// The name in the form that ``init(_:)`` reads; the default revision is left out.
  public var description: String {
    revision == Self.standardRevision ? id : "\(id)@\(revision)"
  }

  /// The name of a folder that is unique to this repository and revision: no name contains "--",
  /// "@" or "%".
  var folderName: String {
    let name = id.split(separator: "/").joined(separator: "--")
    guard revision != Self.standardRevision else { return name }
    return "\(name)@\(revision.split(separator: "/").joined(separator: "%2F"))"
  }

  private static func isName(_ text: Substring) -> Bool {
    isPlainName(text) && text.first.map(".-".contains) == false
      && text.last.map(".-".contains) == false && !text.contains("..") && !text.contains("--")
  }
}

/// Returns whether a text consists of ASCII letters, digits, ".", "_" and "-".
func isPlainName(_ text: some StringProtocol) -> Bool {
  text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || "._-".contains($0) }
}
