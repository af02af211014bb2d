import ArgumentParser
import EfficientNet
import EfficientNetExplanation

extension ExplainedNetwork {
  /// The number of a class by its name, whatever the case, its WordNet identifier, or the number itself, unless
  /// classes have numbers as their names.
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
        "--class \(text.oneLine) is the name of \(list.joined(separator: " and ")) of \(name); give the number"
      )
    }
    if let index = named.first { return index }
    if let index = Int(text), !labels.hasNumbersAsNames {
      guard labels.indices.contains(index) else {
        throw ValidationError(
          "--class is \(index); the classes of \(name) are 0 to \(labels.count - 1)")
      }
      return index
    }
    let similar = labels.map(\.name).filter { $0.lowercased().contains(wanted) }
    let hint =
      similar.isEmpty
      ? "'effnet inspect' lists them"
      : "is it one of \(similar.prefix(5).joined(separator: ", "))?"
    throw ValidationError("\(name) has no class '\(text.oneLine)'; \(hint)")
  }

  /// The number of what is class `index` of another network: the same where all classes are, else that of its name.
  func index(of index: Int, in other: ExplainedNetwork) throws -> Int {
    if labels == other.labels { return index }
    let label = other.labels[index]
    return try self.index(
      ofClass: label.wnid.flatMap { id in
        labels.contains { $0.wnid == id } ? id : nil
      } ?? label.name)
  }
}
