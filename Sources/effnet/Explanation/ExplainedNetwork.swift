#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetExplanation

  /// A network that is asked where it looks, and for which classes.
  struct ExplainedNetwork {
    let name: String
    let model: Model
    let explainer: Explainer
    /// Numbers of the classes that were named; empty for none.
    let classes: [Int]

    init(
      name: String, model: Model, method: ExplanationMethod, classes: [String], pool: ThreadPool,
      precision: Precision
    ) throws {
      (self.name, self.model) = (name, model)
      self.classes = try classes.map { try Self.index($0, in: model.description, of: name) }
      explainer = try Explainer(model, method: method, pool: pool, precision: precision)
    }

    /// The number of a class by its name, whatever the case, its WordNet identifier, or the number itself.
    private static func index(
      _ text: String, in description: ModelDescription, of network: String
    ) throws -> Int {
      let labels = description.classes
      let wanted = text.lowercased()
      if let index = labels.firstIndex(where: {
        $0.name.lowercased() == wanted || $0.wnid == wanted
      }) {
        return index
      }
      if let index = Int(text) {
        guard labels.indices.contains(index) else {
          throw ValidationError(
            "--class is \(index); the classes of \(network) are 0 to \(labels.count - 1)")
        }
        return index
      }
      let similar = labels.map(\.name).filter { $0.lowercased().contains(wanted) }
      let hint =
        similar.isEmpty
        ? "'effnet inspect' lists them"
        : "is it one of \(similar.prefix(5).joined(separator: ", "))?"
      throw ValidationError("\(network) has no class '\(text.oneLine)'; \(hint)")
    }

    /// The number of a class that another network calls so.
    func index(of label: ClassLabel) -> Int? {
      model.description.classes.firstIndex(of: label)
    }
  }
#endif
