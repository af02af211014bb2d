extension ModelSource {
  /// The name to show for one's own weights: the file, or the folder of a run for its best weights;
  /// otherwise the name of the network. Nil for the default network.
  var title: String? {
    guard var parts = (weights ?? name)?.split(separator: "/") else { return nil }
    if weights != nil, parts.count > 1, parts.last == "best.safetensors" { parts.removeLast() }
    return parts.last.map(String.init)
  }
}
