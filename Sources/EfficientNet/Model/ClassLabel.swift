/// The label of one output of the classifier.
public struct ClassLabel: Hashable, Codable, Sendable {
  /// The name, for instance "tench".
  public var name: String
  /// The identifier in WordNet, for instance "n01440764"; nil for classes that are not ImageNet's.
  public var wnid: String?

  /// Creates a label.
  ///
  /// - Parameters:
  ///   - name: The name of the class.
  ///   - wnid: The identifier in WordNet, if there is one.
  public init(name: String, wnid: String? = nil) {
    (self.name, self.wnid) = (name, wnid)
  }

  /// The 1,000 classes of the ImageNet challenge, in the order in which every published network
  /// outputs them.
  ///
  /// Source: [ILSVRC 2012](https://image-net.org/challenges/LSVRC/2012/); the names are WordNet's
  /// first words in today's usual spelling. The file imagenet-classes.tsv has the format of
  /// label files.
  public static let imageNet: [ClassLabel] = {
    let text = String(decoding: PackageResources.imagenet_classes_tsv, as: UTF8.self)
    do { return try parse(text, source: "imagenet-classes.tsv") } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Returns labels for outputs of unknown meaning: "class 0", "class 1", and so on; none for a
  /// count below 1.
  package static func numbered(_ count: Int) -> [ClassLabel] {
    (0..<max(count, 0)).map { ClassLabel(name: "class \($0)") }
  }
}

extension Collection<ClassLabel> {
  /// Whether the name of a class is a number, as from folders named 1, 2 and 3. A number in the
  /// user's input then means a class name, never an index.
  package var hasNumbersAsNames: Bool { contains { $0.name.isDecimalNumber } }
}

extension String {
  /// Whether the text consists of one or more digits 0 to 9.
  package var isDecimalNumber: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
