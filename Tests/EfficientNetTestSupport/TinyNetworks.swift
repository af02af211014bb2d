package import EfficientNet
internal import EfficientNetCompute

extension Architecture {
  /// Small networks that together have every operation, odd sizes and odd numbers of channels.
  package static let tiny: [Architecture] = [
    Architecture(
      name: "tiny-silu", resolution: 33, stem: 12,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 10, repeats: 1),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 20, repeats: 2),
        .mbConv(expand: 4, kernel: 5, stride: 2, channels: 20, repeats: 2),
        .mbConv(expand: 3, kernel: 7, stride: 1, channels: 24, repeats: 2),
      ], head: 50, classes: 17, activation: .silu, dropout: 0.2),
    Architecture(
      name: "tiny-relu6", resolution: 46, inputChannels: 1, stem: 8,
      stages: [
        .mbConv(expand: 1, kernel: 5, stride: 1, channels: 8, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 16, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 1, squeeze: nil),
      ], head: 64, classes: 5, activation: .relu6, dropout: 0, batchNormEpsilon: 1e-5,
      padding: .symmetric),
    Architecture(
      name: "tiny-fused", resolution: 35, stem: 10,
      stages: [
        .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 10, repeats: 2),
        .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 20, repeats: 2),
        .fusedMBConv(
          expand: 3, kernel: 5, stride: 1, channels: 12, repeats: 2, skip: .none, expandedFrom: 8),
        .mbConv(expand: 4, kernel: 3, stride: 2, channels: 24, repeats: 2),
      ], head: 33, classes: 9, activation: .relu, dropout: 0.1, padding: .symmetric),
    Architecture(
      name: "tiny-fused-5", resolution: 34, stem: 8,
      stages: [
        .fusedMBConv(expand: 1, kernel: 5, stride: 1, channels: 20, repeats: 2),
        .fusedMBConv(expand: 4, kernel: 5, stride: 2, channels: 52, repeats: 2).squeezed,
      ], head: 33, classes: 9, activation: .silu, dropout: 0.1),
    Architecture(
      name: "tiny-article", resolution: 31, stem: 8,
      stages: [
        .articleMBConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 2),
        .articleMBConv(expand: 6, kernel: 5, stride: 2, channels: 14, repeats: 2),
      ], head: 40, classes: 7, activation: .silu, dropout: 0.2, convolutionBias: true),
    Architecture(
      name: "tiny-separable", resolution: 37, stem: 9,
      stages: [
        .separable(kernel: 3, stride: 1, channels: 20, repeats: 2),
        .separable(kernel: 5, stride: 2, channels: 52, repeats: 2),
        .separable(kernel: 3, stride: 2, channels: 70, repeats: 1),
      ], head: nil, classes: 11, activation: .relu, dropout: 0.1),
    Architecture(
      name: "tiny-bottleneck", resolution: 39, stem: 14,
      stages: [
        .bottleneck(stride: 1, channels: 30, repeats: 2),
        .bottleneck(expand: 2, kernel: 5, stride: 2, channels: 60, repeats: 2),
        .bottleneck(expand: 7, stride: 2, channels: 60, repeats: 2),
      ], head: nil, classes: 8, activation: .relu, dropout: 0.1, padding: .symmetric),
    Architecture(
      name: "tiny-pool", resolution: 37, stem: 12,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 2, channels: 12, repeats: 2, skip: .pool),
        .fusedMBConv(expand: 1, kernel: 5, stride: 2, channels: 12, repeats: 2, skip: .pool),
        .fusedMBConv(expand: 3, kernel: 3, stride: 1, channels: 52, repeats: 2, skip: .pool),
        .mbConv(expand: 2, kernel: 5, stride: 2, channels: 52, repeats: 2, skip: .pool),
      ], head: 40, classes: 6, activation: .silu, dropout: 0.1),
  ]

  /// Networks that are valid but unusual: blocks in orders whose steps cannot be fused, filters of
  /// one pixel, feature maps of one pixel.
  package static let unusual: [Architecture] = [
    Architecture(
      name: "tiny-plain", resolution: 40, stem: 12,
      stages: [
        .mbConv(expand: 5, kernel: 3, stride: 2, channels: 14, repeats: 2, squeeze: nil),
        .mbConv(expand: 1, kernel: 3, stride: 2, channels: 18, repeats: 2, skip: .none),
        .fusedMBConv(expand: 1, kernel: 1, stride: 1, channels: 18, repeats: 1),
        .fusedMBConv(expand: 4, kernel: 1, stride: 1, channels: 16, repeats: 1),
        .mbConv(expand: 1, kernel: 1, stride: 1, channels: 64, repeats: 1, squeeze: nil),
        .fusedMBConv(expand: 1, kernel: 3, stride: 2, channels: 70, repeats: 1),
      ], head: 30, classes: 6, activation: .relu6, dropout: 0.1),
    Architecture(
      name: "tiny-pixel", resolution: 3, stem: 17,
      stages: [
        .mbConv(expand: 4, kernel: 5, stride: 2, channels: 19, repeats: 2),
        .fusedMBConv(expand: 3, kernel: 3, stride: 2, channels: 23, repeats: 2),
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 23, repeats: 2),
      ], head: 21, classes: 3, activation: .silu, dropout: 0),
    Architecture(
      name: "tiny-mixed", resolution: 22, stem: 16,
      stages: [
        .bottleneck(expand: 1, stride: 1, channels: 16, repeats: 1),
        .bottleneck(expand: 3, stride: 2, channels: 40, repeats: 2, skip: .none),
        .separable(kernel: 3, stride: 1, channels: 40, repeats: 1),
        .bottleneck(kernel: 1, stride: 2, channels: 33, repeats: 2),
        .mbConv(expand: 2, kernel: 3, stride: 1, channels: 33, repeats: 2),
      ], head: nil, classes: 4, activation: .silu, dropout: 0, convolutionBias: true),
    Architecture(
      name: "tiny-mixed-head", resolution: 12, stem: 50,
      stages: [
        .separable(kernel: 1, stride: 2, channels: 55, repeats: 1),
        .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 55, repeats: 1),
        .separable(kernel: 3, stride: 1, channels: 100, repeats: 1),
        .bottleneck(expand: 50, stride: 2, channels: 12, repeats: 1),
        .bottleneck(stride: 1, channels: 12, repeats: 1, skip: .none),
      ], head: 20, classes: 5, activation: .relu6, dropout: 0.2),
    Architecture(
      name: "tiny-pool-symmetric", resolution: 26, stem: 100,
      stages: [
        .mbConv(
          expand: 1, kernel: 3, stride: 2, channels: 100, repeats: 1, squeeze: nil, skip: .pool),
        .fusedMBConv(expand: 1, kernel: 1, stride: 2, channels: 100, repeats: 2, skip: .pool),
        .fusedMBConv(expand: 2, kernel: 3, stride: 2, channels: 100, repeats: 2, skip: .pool),
        .mbConv(expand: 1, kernel: 5, stride: 2, channels: 100, repeats: 2, skip: .pool),
      ], head: nil, classes: 4, activation: .relu, dropout: 0, padding: .symmetric),
  ]
}

extension Stage {
  /// The stage with a squeeze of a quarter of the channels that enter it.
  package var squeezed: Stage {
    var stage = self
    stage.squeeze = 0.25
    return stage
  }
}
