internal import EfficientNet
internal import EfficientNetSystem

/// The classes of photos, in the order of the network's outputs.
struct SortedClasses {
  let labels: [ClassLabel]
  /// The class numbers by the listing's label indices; labels that are no class are missing.
  let numbers: [Int: Int]
  /// Whether the labels were read as indices of classes, not as names.
  var areIndices = false

  /// The classes of some photos of a listing, sorted by their UTF-8 bytes; numbers are sorted by
  /// value.
  ///
  /// Other photos of the listing may have names that differ only in their Unicode form.
  init(_ listing: PhotoListing, of photos: [Int]) {
    let used = Set(photos.map { listing.entries[$0].label })
    let sorted = used.sorted { first, second in
      let (first, second) = (listing.labels[first], listing.labels[second])
      if listing.labelsAreNumbers, let a = UInt(first), let b = UInt(second) { return a < b }
      return ExactText(first) < ExactText(second)
    }
    let imageNet = Self.imageNetNames
    labels = sorted.map { index in
      let name = listing.labels[index]
      guard name.isWordNetIdentifier else { return ClassLabel(name: name) }
      return ClassLabel(name: imageNet[name] ?? name, wnid: name)
    }
    let places = Places(of: sorted.map { listing.labels[$0] })
    numbers = Self.numbers(listing) { places[$0] }
  }

  /// The given classes of a network, for labels of one kind: see ``EvaluationData``.
  init(_ listing: PhotoListing, known: [ClassLabel]) {
    let names = Places(of: known.map(\.name))
    let identifiers = Places(of: known.map { $0.wnid ?? "" })
    let values = Places(of: known.map { UInt($0.name).map(String.init) ?? "" })
    let imageNet = Self.imageNetNames
    let named = Self.numbers(listing) { label in
      identifiers[label] ?? names[label] ?? imageNet[label].flatMap { names[$0] }
        // A number may be written in different ways: 01 is 1.
        ?? (listing.labelsAreNumbers ? values[label] : nil)
    }
    areIndices =
      named.isEmpty && !known.hasNumbersAsNames
      && listing.labels.allSatisfy { $0.isEmpty || $0.isDecimalNumber }
    numbers =
      areIndices
      ? Self.numbers(listing) { Int($0).flatMap { known.indices.contains($0) ? $0 : nil } } : named
    labels = known
  }

  private static func numbers(
    _ listing: PhotoListing, _ number: (String) -> Int?
  ) -> [Int: Int] {
    Dictionary(
      uniqueKeysWithValues: listing.labels.enumerated().compactMap { index, label in
        number(label).map { (index, $0) }
      })
  }

  /// The names of ImageNet's classes by WordNet identifier.
  private static var imageNetNames: [String: String] {
    Dictionary(uniqueKeysWithValues: ClassLabel.imageNet.map { ($0.wnid ?? $0.name, $0.name) })
  }

  /// The positions of texts in a list; repeated texts have none, such as ImageNet's two classes
  /// "crane".
  private struct Places {
    private let exact: [ExactText: Int]
    private let similar: [String: Int]

    init(of texts: [String]) {
      let indices = texts.indices.filter { !texts[$0].isEmpty }
      exact = Dictionary(grouping: indices) { ExactText(texts[$0]) }
        .compactMapValues { $0.count == 1 ? $0[0] : nil }
      similar = Dictionary(grouping: indices) { texts[$0] }
        .compactMapValues { $0.count == 1 ? $0[0] : nil }
    }

    /// The position of a text, or of the only text that differs just in its Unicode form: macOS
    /// file systems change it.
    subscript(text: String) -> Int? { exact[ExactText(text)] ?? similar[text] }
  }
}

extension PhotoListing {
  /// Leaves out photos of unknown classes and adds a note.
  ///
  /// - Parameter none: Returns the error to throw if all photos are unknown, given the name of a
  ///   class.
  mutating func leaveOut(
    _ photos: inout [Int], unknownTo classes: SortedClasses, noun: String, reason: String,
    none: (String) -> DataError
  ) throws(DataError) {
    let unknown = photos.filter { classes.numbers[entries[$0].label] == nil }
    guard !unknown.isEmpty else { return }
    let names = labels(of: unknown)
    guard unknown.count < photos.count else { throw none(names[0]) }
    photos.removeAll { classes.numbers[entries[$0].label] == nil }
    note("\(unknown.count.counted(noun)) left out (\(reason)): \(names.summary)")
  }
}

extension String {
  /// Whether the text is "n" and eight digits.
  fileprivate var isWordNetIdentifier: Bool {
    utf8.count == 9 && utf8.first == UInt8(ascii: "n")
      && utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
