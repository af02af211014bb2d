import ArgumentParser
import EfficientNet
import EfficientNetExplanation

extension ExplainedNetwork {
  /// Returns the number of a class, which is given by its name (upper or lower case), by its
  /// WordNet identifier, or, unless classes have numbers as names, by the number itself.
  ///
  /// - Throws: `ValidationError` if there is no such class, or more than one.
  func index(ofClass text: String) throws -> Int {
    let wanted = text.lowercased()
    if let index = labels.firstIndex(where: { $0.wnid == wanted }) { return index }
    let exact = labels.indices.filter { ExactText(labels[$0].name) == ExactText(text) }
    let named =
      exact.isEmpty
      ? labels.indices.filter { labels[$0].name.lowercased() == wanted } : exact
    if named.count > 1 {
      let list = named.map { "\($0)\(labels[$0].wnid.map { " (\($0))" } ?? "")" }
      throw ValidationError(
        "--class \(text.oneLine) names classes \(list.joined(separator: " and ")) of \(name); use the number"
      )
    }
    if let index = named.first { return index }
    if let index = Int(text), !labels.hasNumbersAsNames {
      guard labels.indices.contains(index) else {
        throw ValidationError(
          "--class is \(index); for \(name) it must be from 0 to \(labels.count - 1)")
      }
      return index
    }
    let similar = text.suggestions(among: labels.map(\.name))
    let hint =
      similar.isEmpty
      ? "the field 'classes' of 'effnet inspect FILE --json' lists them"
      : "did you mean \(similar.map { "'\($0.oneLine)'" }.joined(separator: ", "))?"
    throw ValidationError("\(name) has no class '\(text.oneLine)'; \(hint)")
  }

  /// Returns the number of the class that has number `index` in another network: the same number if
  /// both have the same classes, otherwise the number of the class with the same name.
  func index(of index: Int, in other: ExplainedNetwork) throws -> Int {
    if labels == other.labels { return index }
    let label = other.labels[index]
    return try self.index(
      ofClass: label.wnid.flatMap { id in
        labels.contains { $0.wnid == id } ? id : nil
      } ?? label.name)
  }
}
