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
    throw ValidationError(
      "\(name) has no class '\(text.oneLine)'; \(text.hint(among: labels))")
  }

  /// The numbers of the classes that a text may mean.
  fileprivate func indices(ofClass text: String) -> [Int] {
    let wanted = text.lowercased()
    if let index = labels.firstIndex(where: { $0.wnid == wanted }) { return [index] }
    let exact = labels.indices.filter { ExactText(labels[$0].name) == ExactText(text) }
    guard exact.isEmpty else { return exact }
    let named = labels.indices.filter { labels[$0].name.lowercased() == wanted }
    guard named.isEmpty, let index = Int(text), !labels.hasNumbersAsNames else { return named }
    return labels.indices.contains(index) ? [index] : []
  }

  /// Whether two networks have the same classes in the same order.
  func hasClasses(of other: ExplainedNetwork) -> Bool {
    labels.map(\.name) == other.labels.map(\.name)
  }

  /// Returns the number of the class that has number `index` in another network: the same number if
  /// both have the same classes, otherwise the number of the class with the same name.
  func index(of index: Int, in other: ExplainedNetwork) throws -> Int {
    if hasClasses(of: other) { return index }
    let label = other.labels[index]
    return try self.index(
      ofClass: label.wnid.flatMap { id in
        labels.contains { $0.wnid == id } ? id : nil
      } ?? label.name)
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
    let index = try self[0].index(ofClass: text)
    for other in dropFirst() { _ = try other.index(of: index, in: self[0]) }
    return index
  }

  /// An explanation for networks whose classes differ; nil if all have the same classes.
  var noteOnClasses: String? {
    guard let other = first(where: { !$0.hasClasses(of: self[0]) }) else { return nil }
    let names = Set(self[0].labels.flatMap(\.keys))
    let isDisjoint = names.isDisjoint(with: other.labels.flatMap(\.keys))
    let compared = [self[0], other].map {
      "\($0.name) (\($0.labels.count.counted("class", "classes")))"
    }
    return compared.joined(separator: " and ")
      + (isDisjoint ? " have no class in common" : " have different classes")
      + ", so each network explains its own most probable class"
      + (isDisjoint ? "" : "; --class explains one that all have")
  }
}

extension ClassLabel {
  /// The texts that mean the same class in other networks.
  fileprivate var keys: [String] { [name.lowercased()] + [wnid].compactMap(\.self) }
}

extension String {
  /// Similar names of classes, or the way to list all.
  fileprivate func hint(among labels: [ClassLabel]) -> String {
    let similar = suggestions(among: labels.map(\.name))
    return similar.isEmpty
      ? "the field 'classes' of 'effnet inspect FILE --json' lists them"
      : "did you mean \(similar.map { "'\($0.oneLine)'" }.joined(separator: ", "))?"
  }
}
