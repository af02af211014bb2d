import ArgumentParser
import EfficientNet
import EfficientNetExplanation
import EfficientNetReports

extension ExplainedNetwork {
  /// Returns the number of a class, which is given by its name (upper or lower case), by its
  /// WordNet identifier, or, unless classes have numbers as names, by the number itself.
  ///
  /// - Throws: `ValidationError` if there is no such class, or more than one.
  func index(ofClass text: String) throws -> Int {
    let found = indices(ofClass: text)
    if found.count > 1 {
      let list = found.map { "\($0)\(labels[$0].wnid.map { " (\($0))" } ?? "")" }
      throw ValidationError(
        "--class \(text.oneLine) names classes \(list.joined(separator: " and ")) of \(name); use the number"
      )
    }
    if let index = found.first { return index }
    if let index = Int(text), !labels.hasNumbersAsNames {
      throw ValidationError(
        "--class is \(index); for \(name) it must be from 0 to \(labels.count - 1)")
    }
    throw ValidationError("\(name) has no class '\(text.oneLine)'; \(text.hint(among: labels))")
  }

  /// The numbers of the classes that a text may mean.
  fileprivate func indices(ofClass text: String) -> [Int] {
    let wanted = text.lowercased()
    if let index = labels.firstIndex(where: { $0.wnid == wanted }) { return [index] }
    let named = indices(named: text)
    guard named.isEmpty, let index = Int(text), !labels.hasNumbersAsNames else { return named }
    return labels.indices.contains(index) ? [index] : []
  }

  /// The numbers of the classes with exactly this name, or else with the name in upper or lower
  /// case.
  private func indices(named text: String) -> [Int] {
    let exact = labels.indices.filter { ExactText(labels[$0].name) == ExactText(text) }
    if !exact.isEmpty { return exact }
    return labels.indices.filter { labels[$0].name.lowercased() == text.lowercased() }
  }

  /// Returns the number of the class that has number `index` in another network: the same number if
  /// both have the same names in the same order, otherwise that of the class with the same WordNet
  /// identifier or name.
  func index(of index: Int, in other: ExplainedNetwork) throws -> Int {
    if labels.map(\.name) == other.labels.map(\.name) { return index }
    let label = other.labels[index]
    if let id = label.wnid, let index = labels.firstIndex(where: { $0.wnid == id }) { return index }
    // Not by its number, which a name may look like.
    let found = indices(named: label.name)
    if found.count > 1 {
      let list = found.map { "\($0)\(labels[$0].wnid.map { " (\($0))" } ?? "")" }
      throw ValidationError(
        "the class '\(label.name.oneLine)' of \(other.name) may be \(list.joined(separator: " or ")) "
          + "of \(name); compare networks in which it is one class")
    }
    guard let index = found.first else {
      throw ValidationError(
        "\(name) has no class '\(label.name.oneLine)'; \(label.name.hint(among: labels))")
    }
    return index
  }
}

extension [ExplainedNetwork] {
  /// Returns the number of a class in the first network, after checking that the others have the
  /// class too.
  ///
  /// - Throws: `ValidationError` if a network does not have it.
  func index(ofClass text: String) throws -> Int {
    guard count == 1 || contains(where: { !$0.indices(ofClass: text).isEmpty }) else {
      let names = map(\.name).joined(separator: " and ")
      throw ValidationError(
        "\(names) have no class '\(text.oneLine)'; \(text.hint(among: flatMap(\.labels)))")
    }
    // The first network may know the class by another name or identifier than the given one.
    let knowing = first { $0.indices(ofClass: text).count == 1 } ?? self[0]
    let index = try self[0].index(of: knowing.index(ofClass: text), in: knowing)
    for other in dropFirst() { _ = try other.index(of: index, in: self[0]) }
    return index
  }

  /// The classes of the first network that all others have, too.
  private var commonClasses: [ClassLabel] {
    let others = dropFirst().map { Set($0.labels.flatMap(\.keys)) }
    return self[0].labels.filter { label in
      others.allSatisfy { !$0.isDisjoint(with: label.keys) }
    }
  }

  var haveSameClasses: Bool {
    let count = commonClasses.count
    return allSatisfy { $0.labels.count == count }
  }

  /// An explanation for networks whose classes differ; nil if all have the same classes.
  func noteOnClasses(top: Int) -> String? {
    if haveSameClasses { return nil }
    let isDisjoint = commonClasses.isEmpty
    let compared = map { "\($0.name) (\($0.labels.count.counted("class", "classes")))" }
    return compared.joined(separator: " and ")
      + (isDisjoint ? " have no class in common" : " have different classes")
      + ", so each network explains its own most probable class\(top > 1 ? "es" : "")"
      + (isDisjoint ? "" : "; --class explains one that all have")
  }
}

extension ClassLabel {
  /// The texts that mean the same class in other networks.
  fileprivate var keys: [String] { [name.lowercased()] + [wnid].compactMap(\.self) }
}

extension String {
  /// Similar names of classes, or all names if they are few, or the way to list all.
  fileprivate func hint(among labels: [ClassLabel]) -> String {
    // Two classes of ImageNet have the name "crane".
    var seen: Set<ExactText> = []
    let names = labels.map(\.name).filter { seen.insert(ExactText($0)).inserted }
    let similar = suggestions(among: names)
    if !similar.isEmpty { return "did you mean \(similar.quotedList)?" }
    if names.count > 10 { return "'effnet inspect FILE --classes' lists them" }
    return "the classes are \(names.quotedList)"
  }
}

extension [String] {
  /// For instance "'cat', 'dog'".
  fileprivate var quotedList: String {
    map { "'\($0.oneLine)'" }.joined(separator: ", ")
  }
}
