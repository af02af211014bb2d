import ArgumentParser
import EfficientNet
import EfficientNetFormats

/// The outputs of the stages, collected over the batches, and the folder they go to.
final class ActivationFolder {
  private let folder: String
  private let layout: ArrayLayout
  private var values: [(name: String, tensor: Tensor)] = []

  /// Makes the folder.
  ///
  /// - Parameters:
  ///   - inputs: Files that may not be replaced.
  ///   - output: The file of the logits, which is none of the folder's.
  init(
    _ folder: String, of engine: Engine, layout: ArrayLayout, images: Int,
    inputs: [String], output: String
  ) throws {
    guard images <= 64 else {
      throw ValidationError(
        "--activations keeps every stage of \(images) images in memory; give it 64 at most")
    }
    let names = engine.architecture.stageNames.map { "\($0).npy" }
    for name in names {
      if let input = inputs.first(where: { isSameFile("\(folder)/\(name)", $0) }) {
        throw ValidationError("--activations \(folder) would replace \(input), which is read")
      }
    }
    let outputFolder = output.lastIndex(of: "/").map { String(output[...$0]) } ?? "."
    let outputName = output.split(separator: "/").last.map(String.init) ?? ""
    if names.contains(outputName), isSameFile(outputFolder, folder) {
      throw ValidationError("--activations \(folder) would replace --output \(output)")
    }
    (self.folder, self.layout) = (folder, layout)
    try Folder.make(folder)
  }

  func add(_ activations: [StageOutput]) throws {
    if values.isEmpty {
      values = activations.map { ($0.name, $0.value) }
      return
    }
    for (index, activation) in activations.enumerated() {
      var shape = values[index].tensor.shape
      shape.n += activation.value.shape.n
      values[index].tensor = Tensor(
        shape: shape, elements: values[index].tensor.elements + activation.value.elements)
    }
  }

  func write() throws {
    for (name, tensor) in values {
      try layout.array(tensor).write(to: "\(folder)/\(name).npy")
    }
  }
}
