internal import CEfficientNetKernels

/// A stored map of one image, with the operations that training applies when it reads the map:
/// `value = gate · act(scale · y + shift)`.
///
/// Training stores the outputs of convolutions and computes batch norm, activation and gate
/// wherever the value is read. A missing scale or gate means ones, a missing shift zeros. All
/// regions are in one arena.
package struct MapView: Hashable, Sendable {
  package var y: FeatureMap
  /// The factor on each channel.
  package var scale: Region?
  /// The term added to each channel.
  package var shift: Region?
  package var activation: Activation
  /// The factor on each channel of this image.
  package var gate: Region?

  package init(
    y: FeatureMap, scale: Region? = nil, shift: Region? = nil, activation: Activation = .identity,
    gate: Region? = nil
  ) {
    (self.y, self.scale, self.shift) = (y, scale, shift)
    (self.activation, self.gate) = (activation, gate)
  }

  /// Whether the value is the stored map itself.
  package var isPlain: Bool {
    scale == nil && shift == nil && activation == .identity && gate == nil
  }

  func kernelView(in memory: Arena) -> effnet_view {
    let channels = y.layout.channels
    for (region, name) in [(scale, "scale"), (shift, "shift"), (gate, "gate")] {
      precondition((region?.count ?? channels) >= channels, "the \(name) of \(y.layout)")
    }
    return unsafe effnet_view(
      y: y.kernelMap(in: memory), scale: memory.optionalPointer(scale),
      shift: memory.optionalPointer(shift), activation: activation.kernelCode,
      gate: memory.optionalPointer(gate))
  }
}

/// The gradient of the stored map of a view: `dy = c1 · before + c2 · y + c3`, where `before = (g ·
/// gate + pooled / pixels) · act'(scale · y + shift)`.
package struct MapGradient: Hashable, Sendable {
  /// The coefficients by which batch norm changes the gradient before the activation; see
  /// `Kernels.normBackward`.
  package struct Coefficients: Hashable, Sendable {
    package var c1: Region
    package var c2: Region
    package var c3: Region

    package init(c1: Region, c2: Region, c3: Region) {
      (self.c1, self.c2, self.c3) = (c1, c2, c3)
    }
  }

  package var view: MapView
  /// The gradient of the view's value, in any layout.
  package var g: FeatureMap?
  /// The gradient of the view's mean over all pixels.
  package var pooled: Region?
  /// The coefficients of batch norm; nil if there is no batch norm.
  package var coefficients: Coefficients?

  package init(
    view: MapView, g: FeatureMap?, pooled: Region? = nil, coefficients: Coefficients? = nil
  ) {
    (self.view, self.g, self.pooled, self.coefficients) = (view, g, pooled, coefficients)
  }

  func kernelGradient(in memory: Arena) -> effnet_gradient {
    let layout = view.y.layout
    precondition(
      (g?.layout.pixels ?? layout.pixels) == layout.pixels
        && (g?.layout.channels ?? layout.channels) == layout.channels
        && (g?.layout.precision ?? layout.precision) == layout.precision
        && (pooled?.count ?? layout.channels) >= layout.channels,
      "the gradient of \(layout)")
    for region in coefficients.map({ [$0.c1, $0.c2, $0.c3] }) ?? [] {
      region.requireRoom(for: layout.channels, "batch norm's coefficients")
    }
    return unsafe effnet_gradient(
      view: view.kernelView(in: memory),
      g: g.map { unsafe $0.kernelMap(in: memory) } ?? effnet_map(),
      pooled: memory.optionalPointer(pooled), pooled_share: 1 / Float(layout.pixels),
      c1: memory.optionalPointer(coefficients?.c1), c2: memory.optionalPointer(coefficients?.c2),
      c3: memory.optionalPointer(coefficients?.c3))
  }
}
