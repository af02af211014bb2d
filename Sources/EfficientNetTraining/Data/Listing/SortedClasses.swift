internal import EfficientNet

/// The classes of photos in the order of the network's outputs.
struct SortedClasses {
  /// The classes.
  let labels: [ClassLabel]
  /// Their numbers by the listing's indices; nil for labels that are no class.
  let numbers: [Int: Int]

  /// The classes of some photos of a listing, sorted by their UTF-8 bytes as elsewhere; numbers by their values.
  init(_ listing: PhotoListing, of photos: [Int]) {
    let used = Set(photos.map { listing.entries[$0].label })
    let sorted = used.sorted { first, second in
      let (first, second) = (listing.labels[first], listing.labels[second])
      if listing.labelsAreNumbers, let a = UInt(first), let b = UInt(second) { return a < b }
      return first.utf8.lexicographicallyPrecedes(second.utf8)
    }
    let imageNet = Dictionary(
      uniqueKeysWithValues: ClassLabel.imageNet.map { ($0.wnid ?? $0.name, $0.name) })
    labels = sorted.map { index in
      let name = listing.labels[index]
      guard name.isWordNetIdentifier else { return ClassLabel(name: name) }
      return ClassLabel(name: imageNet[name] ?? name, wnid: name)
    }
    numbers = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
  }

  /// Classes that a network knows already, for photos whose labels are their identifiers in WordNet, their names, or
  /// their numbers.
  init(_ listing: PhotoListing, known: [ClassLabel]) {
    var places: [String: Int] = [:]
    var ambiguous: Set<String> = []
    for (number, label) in known.enumerated() {
      if places.updateValue(number, forKey: label.name) != nil { ambiguous.insert(label.name) }
    }
    // ImageNet has two classes "crane": a name alone does not tell which.
    for name in ambiguous { places[name] = nil }
    for (number, label) in known.enumerated() { if let wnid = label.wnid { places[wnid] = number } }
    let imageNet = Dictionary(
      uniqueKeysWithValues: ClassLabel.imageNet.map { ($0.wnid ?? $0.name, $0.name) })
    let areNumbers = listing.labelsAreNumbers || listing.labels.allSatisfy { UInt($0) != nil }
    var numbers: [Int: Int] = [:]
    for (index, name) in listing.labels.enumerated() {
      if let number = places[name] ?? imageNet[name].flatMap({ places[$0] }) {
        numbers[index] = number
      } else if areNumbers, let number = Int(name), known.indices.contains(number) {
        numbers[index] = number
      }
    }
    (labels, self.numbers) = (known, numbers)
  }
}

extension String {
  /// Whether the text is "n" and eight digits.
  fileprivate var isWordNetIdentifier: Bool {
    utf8.count == 9 && utf8.first == UInt8(ascii: "n")
      && utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
