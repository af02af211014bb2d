extension ModelSource {
  /// The name that all commands show for a network: the file of one's own weights, or the folder of
  /// a run for its best weights; otherwise the network as it was named. Nil for the default network.
  var title: String? {
    guard let weights else { return name }
    var parts = weights.split(separator: "/")
    if parts.count > 1, parts.last == "best.safetensors" { parts.removeLast() }
    return parts.last.map(String.init)
  }
}
