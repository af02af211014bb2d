internal import EfficientNetCompute

extension GroupWorkspace {
  func run(
    _ step: Plan.Step, _ piece: Schedule.Piece, places: Range<Int>, scratch: Region
  ) {
    let kernels = engine.kernels
    let constants = engine.constants
    let (x, y) = (map(step.input, places), map(step.output, places))
    func mean(of x: FeatureMap, count: Int, to y: Region) {
      let codes = engine.codes(of: step.codes.input)
      kernels.mean(
        x: x, count: count, scale: codes.scale, zeroPoint: codes.zeroPoint, y: y, memory: memory)
    }
    /// Calls `body` for each image, one after another for the same weights.
    func forEachImage(
      _ body: (_ x: FeatureMap, _ y: FeatureMap, _ residual: Region?, _ second: Region?) -> Void
    ) {
      for place in places {
        let place = place..<place + 1
        body(
          map(step.input, place), map(step.output, place),
          step.residual.map { map($0, place).region }, step.second.map { map($0, place).region })
      }
    }
    switch step.kernel {
    case .product(let layer):
      let residual = step.residual.map { map($0, places).region }
      let second = step.second.map { map($0, places).region }
      for share in panelShares(piece, places, step) {
        kernels.product(
          layer, x: x, residual: residual, y: y, rows: piece.rows(of: places.count),
          panels: share.panels, scaledWeights: second, upcoming: share.upcoming, memory: memory,
          constants: constants)
      }
    case .convolution(let layer):
      for share in panelShares(piece, places, step) {
        forEachImage { x, y, residual, _ in
          kernels.convolution(
            layer, x: x, residual: residual, y: y, rows: piece.rows, panels: share.panels,
            upcoming: share.upcoming, memory: memory, constants: constants)
        }
      }
    case .separable(let layer), .averagePool(let layer):
      for slab in piece.columns {
        let upcoming = step.upcoming.part(slab, of: y.layout.slabs)
        forEachImage { x, y, _, sums in
          kernels.separable(
            layer, x: x, y: y, sums: sums, ring: scratch, slab: slab, rows: piece.rows,
            upcoming: upcoming, memory: memory, constants: constants)
        }
      }
    case .squeeze(let count, nil):
      forEachImage { x, y, _, _ in mean(of: x, count: count, to: y.region) }
    case .squeeze(let count, let layer?):
      // Every thread computes the means itself, since they are little work.
      let means = FeatureMap(
        scratch, .nhwc(pixels: places.count, channels: x.layout.channels, precision: .float32))
      var row = 0
      forEachImage { x, _, _, _ in
        mean(of: x, count: count, to: means.pixels(row..<row + 1).region)
        row += 1
      }
      kernels.product(
        layer, x: means, residual: nil, y: y, rows: piece.rows(of: places.count),
        panels: piece.columns, memory: memory, constants: constants)
    case .excite(let layer, let target):
      excite(layer, target, step, places, slabs: piece.columns)
    case .pooledProduct(let layer):
      for share in panelShares(piece, places, step) {
        forEachImage { x, y, _, _ in
          kernels.pooledProduct(
            layer, x: x, mean: y, scratch: scratch, panels: share.panels,
            upcoming: share.upcoming, memory: memory, constants: constants)
        }
      }
    }
  }

  /// The weight panels of a piece that are computed for all images before the next ones, with the
  /// weights to prefetch then: all panels for one image, each panel for several, which then find it
  /// in the cache.
  private func panelShares(
    _ piece: Schedule.Piece, _ places: Range<Int>, _ step: Plan.Step
  ) -> [(panels: Range<Int>, upcoming: Prefetch)] {
    let panels = piece.columns
    guard places.count > 1 else { return [(panels, step.upcoming)] }
    return panels.map { panel in
      // A kernel prefetches the next panel, and only the last one weights of later steps.
      (panel..<panel + 1, panel + 1 == panels.upperBound ? step.upcoming : Prefetch())
    }
  }

  /// Computes the gates for some slabs of channels and multiplies weights or maps by them.
  private func excite(
    _ layer: ProductLayer, _ target: Plan.Gate, _ step: Plan.Step, _ places: Range<Int>,
    slabs: Range<Int>
  ) {
    guard let second = step.second else { preconditionFailure("\(step.name) has no gate") }
    let kernels = engine.kernels
    let constants = engine.constants
    let y = map(step.output, places)
    let width =
      switch target {
      case .weights: MapLayout.slabChannels
      case .map: y.layout.slab
      }
    let channels = slabs.lowerBound * width..<min(slabs.upperBound * width, layer.columns)
    kernels.product(
      layer, x: map(step.input, places), residual: nil, y: map(second, places),
      rows: 0..<places.count,
      panels: kernels.panels(
        columns: channels.lowerBound)..<kernels.panels(
          columns: channels.upperBound),
      memory: memory, constants: constants)
    for place in places {
      let place = place..<place + 1
      let (y, gate) = (map(step.output, place), map(second, place).region)
      switch target {
      case .weights(let projection):
        kernels.scaleWeights(
          of: projection,
          inputs: channels.lowerBound..<min(channels.upperBound, projection.depth),
          gate: gate, y: y.region, memory: memory, constants: constants)
      case .map(let activation, let codes):
        for slab in slabs {
          kernels.scale(
            y, slab: slab, gate: gate, activation: activation, codes: codes, memory: memory,
            constants: constants)
        }
      }
    }
  }
}
