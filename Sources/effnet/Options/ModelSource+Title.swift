import EfficientNetSystem
import EfficientNetTraining

extension ModelSource {
  /// The name that all commands show for a network: the file of one's own weights, or the folder of
  /// a run for its best weights; otherwise the network as it was named. Nil for the default network.
  var title: String? {
    guard let weights else { return name }
    let isLast = Folder.name(of: weights) == "last.safetensors"
    let path = isLast ? weights : RunFolder.ofWeights(weights)?.path ?? weights
    let name = path.split(separator: "/").last.map(String.init)
    guard let name, ![".", ".."].contains(name) else {
      return Folder.resolved(path).map(Folder.name(of:))
    }
    return name
  }
}
