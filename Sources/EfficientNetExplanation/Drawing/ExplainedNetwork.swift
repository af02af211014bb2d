package import EfficientNet
package import EfficientNetCompute

/// A network that is asked where it looks.
package struct ExplainedNetwork {
  package let name: String
  package let model: Model
  package let explainer: Explainer

  package init(
    name: String, model: Model, method: ExplanationMethod, pool: ThreadPool, precision: Precision
  ) throws {
    (self.name, self.model) = (name, model)
    explainer = try Explainer(model, method: method, pool: pool, precision: precision)
  }

  package var labels: [ClassLabel] { model.description.classes }

  /// What a class is called, with its identifier or number if others are called so as well.
  package func title(of index: Int) -> String {
    let label = labels[index]
    guard labels.count(where: { $0.name == label.name }) > 1 else { return label.name }
    return "\(label.name) (\(label.wnid ?? "\(index)"))"
  }
}
