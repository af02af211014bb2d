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

  /// The 1,000 classes of ImageNet's challenge, in the order of every published network's outputs.
  ///
  /// Source: [ILSVRC 2012](https://image-net.org/challenges/LSVRC/2012/); the names are WordNet's first
  /// words in the form that is common today. They stand in imagenet-classes.tsv, a file as ``read(path:)`` reads it.
  public static let imageNet: [ClassLabel] = {
    let text = String(decoding: PackageResources.imagenet_classes_tsv, as: UTF8.self)
    do { return try parse(text, source: "imagenet-classes.tsv") } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Labels for outputs whose meaning is unknown: "class 0", "class 1", …; none for a count below 1.
  package static func numbered(_ count: Int) -> [ClassLabel] {
    (0..<max(count, 0)).map { ClassLabel(name: "class \($0)") }
  }
}

extension Collection<ClassLabel> {
  /// Whether a class has a number as its name, as folders called 1, 2 and 3 make them. A number that a user gives is then
  /// the name of a class, never its index.
  package var hasNumbersAsNames: Bool { contains { $0.name.isDecimalNumber } }
}

extension String {
  /// Whether the text has the digits 0 to 9 only, at least one.
  package var isDecimalNumber: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
