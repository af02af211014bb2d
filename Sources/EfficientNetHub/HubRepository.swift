/// A model on Hugging Face or a server like it.
///
///     let repository = try HubRepository("timm/efficientnet_b0.ra_in1k")
///     let snapshot = try repository.pull()
///     let preprocessing = try snapshot.configuration.preprocessing()
public struct HubRepository: Hashable, Sendable, CustomStringConvertible {
  /// Owner and name, for instance "timm/efficientnet_b0.ra_in1k".
  public let id: String
  /// A branch, a tag or a commit.
  public let revision: String

  /// The revision where none is named.
  public static let standardRevision = "main"

  /// A repository by its name: "owner/name", or "owner/name@revision".
  ///
  /// Source: the rules of [huggingface_hub](https://github.com/huggingface/huggingface_hub), `validate_repo_id`:
  /// up to 96 letters, digits, ".", "_", "-"; neither ".." nor "--"; neither part starts or ends with "." or "-".
  ///
  /// - Throws: ``HubError`` if no repository or revision can have this name.
  public init(_ text: String) throws(HubError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let id = parts.first ?? ""
    let revision = parts.count == 2 ? parts[1] : Substring(Self.standardRevision)
    let names = id.split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy(Self.isName), id.utf8.count <= 96 else {
      throw .repository(text)
    }
    // Branches may have parts too: "refs/pr/1".
    let steps = revision.split(separator: "/", omittingEmptySubsequences: false)
    guard steps.allSatisfy(Self.isName), revision.utf8.count <= 96 else { throw .repository(text) }
    (self.id, self.revision) = (String(id), String(revision))
  }

  /// The name as ``init(_:)`` takes it; the standard revision is left out.
  public var description: String {
    revision == Self.standardRevision ? id : "\(id)@\(revision)"
  }

  /// A folder's name, of this repository and revision only: no name has "--", "@" or "%".
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

/// Whether a text has letters and digits of ASCII, ".", "_" and "-" only.
func isPlainName(_ text: some StringProtocol) -> Bool {
  text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || "._-".contains($0) }
}
