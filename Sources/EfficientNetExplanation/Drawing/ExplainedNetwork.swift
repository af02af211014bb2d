package import EfficientNet
package import EfficientNetCompute

/// A network together with its explainer, for sheets that compare networks.
package struct ExplainedNetwork {
  package let name: String
  package let model: Model
  package let explainer: Explainer

  package init(
    name: String, model: Model, method: ExplanationMethod, pool: ThreadPool, precision: Precision?
  ) throws {
    (self.name, self.model) = (name, model)
    explainer = try Explainer(model, method: method, pool: pool, precision: precision)
  }

  /// The name as a part of the names of files, at most 40 bytes: "cats" for "cats.safetensors" and
  /// "timm.b0" for "timm/b0".
  package var fileName: String {
    let ending = ".safetensors"
    var text = name.split(separator: "/").joined(separator: ".")
    if text.hasSuffix(ending), text.count > ending.count { text.removeLast(ending.count) }
    while text.utf8.count > 40 { text.removeLast() }
    return text
  }

  package var labels: [ClassLabel] { model.description.classes }

  /// The name of a class, followed by its identifier or number if another class has the same name.
  package func title(of index: Int) -> String {
    let label = labels[index]
    guard labels.count(where: { $0.name == label.name }) > 1 else { return label.name }
    return "\(label.name) (\(label.wnid ?? "\(index)"))"
  }
}
