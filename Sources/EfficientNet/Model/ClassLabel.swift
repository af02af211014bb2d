/// What one output of the classifier stands for.
public struct ClassLabel: Hashable, Codable, Sendable {
  /// The name, for instance "tench".
  public var name: String
  /// The identifier in WordNet, for instance "n01440764", for the classes of ImageNet.
  public var wnid: String?

  /// A label.
  public init(name: String, wnid: String? = nil) {
    (self.name, self.wnid) = (name, wnid)
  }
}
