extension Architecture {
  /// The number of stages in which a depthwise filter larger than 1×1 reads maps of one pixel, at
  /// this network's resolution. Such a filter uses only its middle weight.
  package var onePixelStages: Int {
    let graph = Graph(self)
    let shapes = graph.shapes(input: inputShape)
    var stages: Set<Int> = []
    for node in graph.nodes {
      guard case .block(let stage, _) = node.part,
        case .depthwiseConvolution(let c) = node.operation,
        c.kernel > 1, let input = node.inputs.first, (shapes[input].h, shapes[input].w) == (1, 1)
      else { continue }
      stages.insert(stage)
    }
    return stages.count
  }
}
